variable "identity_provider_id" {
  type = string
}

variable "scim_app_id" {
  type = string
}

# terraform apply -invoke=action.zt_test_handshake.okta
action "zt_test_handshake" "okta" {
  config {
    identity_provider_id = var.identity_provider_id
    scim_app_id          = var.scim_app_id
  }
}
