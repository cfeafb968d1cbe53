# Everything that a pull request changes is here.
okta_org_url          = "https://acme-staging.okta.com"
cloudflare_account_id = "5f0c7d1e9a2b4c3d8e6f7a1b2c3d4e5f"
people_group          = "Zero Trust Users"
pushed_groups         = ["Engineering"]
