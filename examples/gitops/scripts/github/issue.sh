#!/bin/sh
# usage: scripts/github/issue.sh ENVIRONMENT
#
# Keeps one issue about what scripts/drift.sh found: opens it, brings it up to date, closes it when there is nothing left.
# Needs curl, and GITHUB_TOKEN with issues: write.
set -eu
cd "$(dirname "$0")/../.."
. scripts/github/api.sh

issues=repos/$GITHUB_REPOSITORY/issues
label=drift-$1
api GET "$issues?state=open&labels=$label" >"out/$1/issues.json"
open=$(jq -r '.[0].number // empty' "out/$1/issues.json")
case $(cat "out/$1/exit_code") in
0)
    [ -n "$open" ] || exit 0
    jq -n '{state: "closed", state_reason: "completed"}' >"out/$1/body.json"
    ;;
2)
    jq -n --rawfile body "out/$1/report.md" --arg title "Drift in $1" --arg drift "$label" \
        '{title: $title, body: $body, labels: [$drift]}' >"out/$1/body.json"
    ;;
*)
    printf '%s: the plan failed, so the issue stays as it is\n' "$0" >&2
    exit 1
    ;;
esac
if [ -n "$open" ]; then
    api PATCH "$issues/$open" "out/$1/body.json" >/dev/null
else
    api POST "$issues" "out/$1/body.json" >/dev/null
fi
