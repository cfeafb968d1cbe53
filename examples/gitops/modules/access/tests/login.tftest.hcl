# Runs against zt-mock, which `scripts/test.sh` starts: it stands for both tenants, and the environment points at it.

provider "zt" {}

variables {
  people_group  = "Zero Trust Users"
  pushed_groups = ["Engineering"]
}

run "apply" {
  assert {
    condition     = contains(okta_oidc_app.access.redirect_uris, zt_okta_idp.okta.redirect_url)
    error_message = "Okta would not send people back to Cloudflare."
  }

  assert {
    condition     = okta_oidc_app.access.pkce_required && zt_okta_idp.okta.pkce_enabled
    error_message = "PKCE has to be on at both ends."
  }

  assert {
    condition     = output.client_secret_status == "in_sync"
    error_message = "Okta would not accept the client secret that Cloudflare has."
  }

  assert {
    condition     = output.scim_connection_status == "ENABLED"
    error_message = "Users and groups would not be sent."
  }
}

run "no_secret_in_state" {
  assert {
    condition = alltrue([
      okta_oidc_app.access.client_secret == null,
      okta_client_secret.access.client_secret == null,
      zt_scim_config.okta.secret == null,
    ])
    error_message = "A secret is in the state."
  }
}

run "rotation" {
  variables {
    client_secret_rotation = "2"
    scim_token_rotation    = "2"
  }

  assert {
    condition     = zt_okta_idp.okta.managed_client_secret.secret_id == okta_client_secret.access.id
    error_message = "Cloudflare was not given the new secret."
  }

  assert {
    condition     = output.client_secret_status == "in_sync"
    error_message = "Okta would not accept the new client secret."
  }
}
