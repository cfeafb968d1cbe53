terraform {
  required_version = ">= 1.6"

  required_providers {
    zt = {
      source = "zt-okta/zt"
    }
  }
}

# No credentials here: they come from the pipeline's environment (OKTA_API_TOKEN, CLOUDFLARE_API_TOKEN), and are others
# for a plan than for an apply.
provider "zt" {
  okta = {
    org_url = var.okta_org_url
  }

  cloudflare = {
    account_id = var.cloudflare_account_id
  }

  secret_checks = var.secret_checks
}
