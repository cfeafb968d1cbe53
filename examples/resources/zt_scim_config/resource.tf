resource "zt_scim_config" "okta" {
  identity_provider_id     = "2b1f6c0e-7d43-4b58-9a6e-0c5d8f3a1e77"
  user_deprovision         = true
  identity_update_behavior = "automatic"
}
