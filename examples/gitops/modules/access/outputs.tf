output "identity_provider_id" {
  description = "Id of the login method, for Access policies."
  value       = zt_okta_idp.okta.id
}

output "client_secret_status" {
  description = "Whether Okta accepts what Cloudflare was given last."
  value       = zt_okta_idp.okta.client_secret_status
}

output "scim_connection_status" {
  description = "NEEDS_CONSOLE if Okta leaves the SCIM connection to a person."
  value       = okta_scim_app.access.connection_status
}
