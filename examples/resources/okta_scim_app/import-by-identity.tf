# Where Terraform is to write the configuration (-generate-config-out), add `provider = zt` to the block.
import {
  to = okta_scim_app.access
  identity = {
    id = "0oaq7ZtTmB4wPf6zY5d7"
  }
}
