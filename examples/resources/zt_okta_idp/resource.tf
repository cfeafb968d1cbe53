resource "zt_okta_idp" "okta" {
  name         = "Okta"
  okta_account = "https://acme.okta.com"
  client_id    = "0oaq7ZtNhV3sKd9xW5d7"

  # The id of a secret is no secret. Another id hands that secret to Cloudflare.
  managed_client_secret = {
    app_id    = "0oaq7ZtNhV3sKd9xW5d7"
    secret_id = "ocsc4vqnGk8mLZ2Tb5d7"
  }
}
