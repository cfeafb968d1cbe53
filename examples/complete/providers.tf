terraform {
  required_version = ">= 1.6"

  required_providers {
    zt = {
      source = "zt-okta/zt"
    }
  }
}

# Credentials come from the environment: OKTA_API_TOKEN and CLOUDFLARE_API_TOKEN.
provider "zt" {
  okta = {
    org_url = var.okta_org_url
  }

  cloudflare = {
    account_id = var.cloudflare_account_id
  }
}
