#!/bin/sh
# usage: scripts/plan.sh ENVIRONMENT
#
# Plans with credentials that only read, for a pull request, and leaves in out/ENVIRONMENT:
#
#   plan.json   for scripts/policy.sh
#   comment.md  for people: addresses, names of attributes, checks, and the plan as Terraform prints it
#
# OKTA_API_TOKEN is of a read-only administrator, CLOUDFLARE_API_TOKEN has "Read" alone. Client secrets are not listed,
# since Okta shows them in clear, and the state is not locked, since that is a write.
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh

export TF_VAR_secret_checks=never
init
terraform -chdir="$root" plan -no-color -lock=false -out="$plan"
show "$out/comment.md"
