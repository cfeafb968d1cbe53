# One call of GitLab's REST API for the scripts beside this one: api METHOD PATH [FILE with the body].
# https://docs.gitlab.com/api/rest/

api() {
    # The token goes in by standard input: arguments are for everybody on the machine to see.
    printf 'PRIVATE-TOKEN: %s\n' "$GITLAB_TOKEN" |
        curl --silent --show-error --fail --header @- --header 'Content-Type: application/json' \
            --request "$1" ${3:+--data-binary "@$3"} "$CI_API_V4_URL/projects/$CI_PROJECT_ID/$2"
}
