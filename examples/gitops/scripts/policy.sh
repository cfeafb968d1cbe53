#!/bin/sh
# usage: scripts/policy.sh ENVIRONMENT
#
# Holds the plan of scripts/plan.sh against policy/. What is denied is printed and added to comment.md, and the exit code
# is 1. Needs opa.
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh

opa eval --format json --data policy --input "$out/plan.json" data.terraform.access.deny >"$out/policy.json"
# A result that is missing is no consent.
jq -re '.result[0].expressions[0].value | arrays | sort[]' "$out/policy.json" >"$out/denied.txt" || {
    jq -e '.result[0].expressions[0].value == []' "$out/policy.json" >/dev/null && exit 0
    printf '%s: opa gave no answer to data.terraform.access.deny\n' "$0" >&2
    exit 1
}
{
    printf '\n### Denied by policy\n\n'
    sed 's/^/- /' "$out/denied.txt"
} | tee -a "$out/comment.md"
exit 1
