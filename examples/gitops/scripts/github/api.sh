# One call of GitHub's REST API for the scripts beside this one: api METHOD PATH [FILE with the body].
# https://docs.github.com/rest

api() {
    # The token goes in by standard input: arguments are for everybody on the machine to see.
    printf 'Authorization: Bearer %s\n' "$GITHUB_TOKEN" |
        curl --silent --show-error --fail --header @- --header 'Accept: application/vnd.github+json' \
            --request "$1" ${3:+--data-binary "@$3"} "${GITHUB_API_URL:-https://api.github.com}/$2"
}
