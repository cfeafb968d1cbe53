resource "okta_oidc_app" "wiki" {
  provider = zt

  label         = "Wiki"
  redirect_uris = ["https://wiki.acme.example/callback"]
  omit_secret   = true
}

resource "okta_client_secret" "wiki" {
  provider = zt

  app_id      = okta_oidc_app.wiki.id
  omit_secret = true
}

# In neither state nor plan. Every plan reads it, and Okta logs that.
ephemeral "okta_client_secret" "wiki" {
  provider = zt

  app_id    = okta_client_secret.wiki.app_id
  secret_id = okta_client_secret.wiki.id
}

# For the write-only argument of another resource, or for the configuration of another provider.
locals {
  wiki_client_secret = ephemeral.okta_client_secret.wiki.client_secret
}
