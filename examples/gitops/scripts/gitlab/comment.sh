#!/bin/sh
# usage: scripts/gitlab/comment.sh ENVIRONMENT
#
# Shows out/ENVIRONMENT/comment.md on the merge request, in the place of the one from the run before. Needs curl, and
# GITLAB_TOKEN: a project access token with the scope api.
set -eu
cd "$(dirname "$0")/../.."
. scripts/gitlab/api.sh

comment=out/$1/comment.md
notes=merge_requests/$CI_MERGE_REQUEST_IID/notes
# The first line names the environment.
first=$(head -n 1 "$comment")
api GET "$notes?per_page=100&order_by=created_at&sort=asc" >"out/$1/comments.json"
earlier=$(jq -r --arg first "$first" 'map(select(.body | startswith($first)))[0].id // empty' "out/$1/comments.json")
jq -n --rawfile body "$comment" '{body: $body}' >"out/$1/body.json"
if [ -n "$earlier" ]; then
    api PUT "$notes/$earlier" "out/$1/body.json" >/dev/null
else
    api POST "$notes" "out/$1/body.json" >/dev/null
fi
