#!/bin/sh
# usage: scripts/test.sh
#
# What needs no credentials: format, validity, and the module's tests against zt-mock, which stands for both tenants.
set -eu
cd "$(dirname "$0")/.."
export TF_IN_AUTOMATION=1 TF_INPUT=0

terraform fmt -check -diff -recursive
for root in environments/*; do
    terraform -chdir="$root" init -no-color -backend=false
    terraform -chdir="$root" validate -no-color
done
terraform -chdir=modules/access init -no-color
zt-mock run -- terraform -chdir=modules/access test -no-color
