variable "client_secret" {
  type      = string
  sensitive = true
}

resource "zt_okta_idp" "okta" {
  name          = "Okta"
  okta_account  = "https://acme.okta.com"
  client_id     = "0oa1a2b3c4d5e6f7g8h9"
  client_secret = var.client_secret
}

output "has_this_secret" {
  value = nonsensitive(provider::zt::secret_fingerprint(var.client_secret)) == zt_okta_idp.okta.client_secret_fingerprint
}
