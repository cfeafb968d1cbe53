terraform {
  required_version = ">= 1.6"

  required_providers {
    zt = {
      source = "zt-okta/zt"
    }
  }
}
