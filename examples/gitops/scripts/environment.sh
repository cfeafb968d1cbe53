# What the other scripts begin with: . scripts/environment.sh, in the root of the repository, with the environment's
# name as the first argument.

# Plans hold every value in clear: nobody else on this machine reads them.
umask 077

environment=${1:?usage: $0 ENVIRONMENT}
root=environments/$environment
[ -f "$root/terraform.tfvars" ] || {
    printf '%s: there is no %s\n' "$0" "$root" >&2
    exit 1
}
out=$PWD/out/$environment
mkdir -p "$out"
export TF_IN_AUTOMATION=1 TF_INPUT=0

# Where Atlantis says so, the plan lies there.
plan=${PLANFILE:-$out/plan.tfplan}

init() {
    terraform -chdir="$root" init -no-color >"$out/init.log" 2>&1 || {
        cat "$out/init.log" >&2
        exit 1
    }
}

# The plan as JSON, for the policy, and as a report for people. The JSON is no artefact: whatever is sensitive in the
# configuration is in it in clear.
show() {
    terraform -chdir="$root" show -json "$plan" >"$out/plan.json"
    terraform -chdir="$root" show -no-color "$plan" >"$out/plan.txt"
    jq -r --arg environment "$environment" --rawfile text "$out/plan.txt" -f scripts/report.jq "$out/plan.json" >"$1"
}
