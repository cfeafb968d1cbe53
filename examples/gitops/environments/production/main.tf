# The production org and account. The state holds no secret, but ids and names of everything: keep it where only this
# pipeline and the people on call get at it, for example
#
#   terraform {
#     backend "s3" {
#       bucket       = "acme-terraform"
#       key          = "zero-trust/production.tfstate"
#       region       = "eu-central-1"
#       use_lockfile = true
#     }
#   }
#
# and give the role that plans read access to it alone. Without a backend the state is a file here, which is for trying
# this out.

module "access" {
  source = "../../modules/access"

  okta_org_url  = var.okta_org_url
  name          = "Okta"
  people_group  = var.people_group
  pushed_groups = var.pushed_groups

  client_secret_rotation = var.client_secret_rotation
  scim_token_rotation    = var.scim_token_rotation
}

# No status of a secret is an output here: credentials that only read see "unverified", and an output that differs makes
# a plan non-empty.
output "identity_provider_id" {
  description = "Id of the login method, for Access policies."
  value       = module.access.identity_provider_id
}
