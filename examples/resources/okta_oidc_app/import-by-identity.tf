# Where Terraform is to write the configuration (-generate-config-out), add `provider = zt` to the block.
import {
  to = okta_oidc_app.access
  identity = {
    id = "0oaq7ZtNhV3sKd9xW5d7"
  }
}
