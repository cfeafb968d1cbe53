output "redirect_url" {
  description = "Where Okta sends people back to."
  value       = zt_okta_idp.okta.redirect_url
}

output "client_id" {
  description = "Client id of the OIDC app."
  value       = okta_oidc_app.access.client_id
}

output "scim_base_url" {
  description = "Where Okta sends users and groups."
  value       = zt_scim_config.okta.scim_base_url
}

output "scim_connection_status" {
  description = "NEEDS_CONSOLE if Okta leaves the SCIM connection to a person; setup_instructions then say what to enter."
  value       = okta_scim_app.access.connection_status
}

output "setup_instructions" {
  description = "What is left to do by hand; null if nothing is."
  value       = okta_scim_app.access.setup_instructions
}
