# Everything that a pull request changes is here.
okta_org_url          = "https://acme.okta.com"
cloudflare_account_id = "9b3e6a0d4c7f41528d1e0f6a5b7c8d92"
people_group          = "Zero Trust Users"
pushed_groups         = ["Engineering"]
