output "issuer" {
  # https://acme.okta.com
  value = provider::zt::okta_issuer("https://acme.okta.com", null)
}

output "custom_issuer" {
  # https://acme.okta.com/oauth2/default
  value = provider::zt::okta_issuer("https://acme.okta.com", "default")
}
