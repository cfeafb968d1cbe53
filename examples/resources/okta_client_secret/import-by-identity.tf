# Where Terraform is to write the configuration (-generate-config-out), add `provider = zt` to the block.
import {
  to = okta_client_secret.access
  identity = {
    app_id = "0oaq7ZtNhV3sKd9xW5d7"
    id     = "ocsq8FmT2cRw4YbN1K5d7"
  }
}
