#!/bin/sh
# usage: scripts/github/comment.sh ENVIRONMENT
#
# Shows out/ENVIRONMENT/comment.md on the pull request PULL_REQUEST, in the place of the one from the run before. Needs
# curl, and GITHUB_TOKEN with pull-requests: write.
set -eu
cd "$(dirname "$0")/../.."
. scripts/github/api.sh

comment=out/$1/comment.md
issues=repos/$GITHUB_REPOSITORY/issues
# The first line names the environment.
first=$(head -n 1 "$comment")
api GET "$issues/$PULL_REQUEST/comments?per_page=100" >"out/$1/comments.json"
earlier=$(jq -r --arg first "$first" 'map(select(.body | startswith($first)))[0].id // empty' "out/$1/comments.json")
jq -n --rawfile body "$comment" '{body: $body}' >"out/$1/body.json"
if [ -n "$earlier" ]; then
    api PATCH "$issues/comments/$earlier" "out/$1/body.json" >/dev/null
else
    api POST "$issues/$PULL_REQUEST/comments" "out/$1/body.json" >/dev/null
fi
