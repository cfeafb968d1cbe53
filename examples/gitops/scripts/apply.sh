#!/bin/sh
# usage: scripts/apply.sh ENVIRONMENT
#
# Plans with credentials that write, holds that plan against policy/, and applies exactly it. Runs after the merge, behind
# an approval.
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh

trap 'rm -f "$plan" "$out/plan.json"' EXIT
init
terraform -chdir="$root" plan -no-color -out="$plan"
show "$out/comment.md"
scripts/policy.sh "$environment"
terraform -chdir="$root" apply -no-color "$plan"
