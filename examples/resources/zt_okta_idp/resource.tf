variable "okta_client_secret" {
  type      = string
  sensitive = true
}

resource "zt_okta_idp" "okta" {
  name          = "Okta"
  okta_account  = "https://acme.okta.com"
  client_id     = "0oaq7ZtNhV3sKd9xW5d7"
  client_secret = var.okta_client_secret
}
