#!/bin/sh
# usage: scripts/drift.sh ENVIRONMENT
#
# Whether what is there is still what was applied. Leaves report.md in out/ENVIRONMENT, and the exit code in exit_code:
#
#   0  nothing changed, and every check passes
#   2  something changed, or a check fails; Terraform's own exit code knows nothing of checks
#   1  it could not be found out
#
# With credentials that may list client secrets, a secret rotated by hand is noticed too. With read-only ones it is not,
# and TF_VAR_secret_checks=never spares Okta's log the refusals.
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh

rm -f "$out/report.md"
echo 1 >"$out/exit_code"
init
code=0
terraform -chdir="$root" plan -no-color -lock=false -detailed-exitcode -out="$plan" || code=$?
[ "$code" -ne 1 ] || exit 1
show "$out/report.md"
# What is known only after an apply has not failed.
if jq -e 'any(.checks[]?; .status == "fail" or .status == "error")' "$out/plan.json" >/dev/null; then
    code=2
fi
rm -f "$plan" "$out/plan.json"
echo "$code" >"$out/exit_code"
exit "$code"
