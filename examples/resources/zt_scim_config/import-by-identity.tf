import {
  to = zt_scim_config.okta
  identity = {
    account_id           = "5f0c7d1e9a2b4c3d8e6f7a1b2c3d4e5f"
    identity_provider_id = "2b1f6c0e-7d43-4b58-9a6e-0c5d8f3a1e77"
  }
}
