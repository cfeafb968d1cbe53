terraform {
  required_providers {
    zt = {
      source = "zt-okta/zt"
    }
  }
}

provider "zt" {
  okta = {
    org_url = "https://acme.okta.com" # or OKTA_ORG_URL
    # api_token comes from OKTA_API_TOKEN
  }

  cloudflare = {
    account_id = "5f0c7d1e9a2b4c3d8e6f7a1b2c3d4e5f" # or CLOUDFLARE_ACCOUNT_ID
    # api_token comes from CLOUDFLARE_API_TOKEN
  }
}
