#!/bin/sh
# usage: scripts/gitlab/issue.sh ENVIRONMENT
#
# Keeps one issue about what scripts/drift.sh found: opens it, brings it up to date, closes it when there is nothing left.
# Needs curl, and GITLAB_TOKEN: a project access token with the scope api.
set -eu
cd "$(dirname "$0")/../.."
. scripts/gitlab/api.sh

label=drift-$1
api GET "issues?state=opened&labels=$label" >"out/$1/issues.json"
open=$(jq -r '.[0].iid // empty' "out/$1/issues.json")
case $(cat "out/$1/exit_code") in
0)
    [ -n "$open" ] || exit 0
    jq -n '{state_event: "close"}' >"out/$1/body.json"
    ;;
2)
    jq -n --rawfile body "out/$1/report.md" --arg title "Drift in $1" --arg drift "$label" \
        '{title: $title, description: $body, labels: $drift}' >"out/$1/body.json"
    ;;
*)
    printf '%s: the plan failed, so the issue stays as it is\n' "$0" >&2
    exit 1
    ;;
esac
if [ -n "$open" ]; then
    api PUT "issues/$open" "out/$1/body.json" >/dev/null
else
    api POST issues "out/$1/body.json" >/dev/null
fi
