# Where Terraform is to write the configuration (-generate-config-out), add `provider = zt` to the block.
import {
  to = okta_client_secret.access
  id = "0oaq7ZtNhV3sKd9xW5d7/ocsq8FmT2cRw4YbN1K5d7"
}
