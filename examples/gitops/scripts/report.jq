# The JSON of a plan → Markdown for people. Names, addresses and messages, no values; the text of the plan, in which
# Terraform hides what is sensitive, is folded away below.
#
# $environment: its name. $text: what `terraform show` prints.

# GitHub and GitLab take more than this, with room for the rest.
def folded: if length > 50000 then .[:50000] + "\n… cut: the whole is in the job's log" else . end;

def actions: .change.actions | join(", then ");

# In the words of Terraform's last line, where a replacement counts twice.
def counted:
  def count(action): map(select(.change.actions | index(action))) | length;
  "\(count("create")) to add, \(count("update")) to change, \(count("delete")) to destroy";

# The attributes that change, those that are known only after the apply included.
def attributes:
  .change
  | (.before // {}) as $before | (.after // {}) as $after | (.after_unknown // {}) as $unknown
  | if .actions == ["update"] or (.actions | contains(["create", "delete"])) then
      [$before + $after + $unknown | keys_unsorted[]
        | select($before[.] != $after[.] or ([$unknown[.] | .. | booleans] | any))]
      | unique | map("`\(.)`") | join(", ")
    else "" end;

[.resource_changes[]? | select(.mode == "managed" and .change.actions != ["no-op"])] as $changes
| [.resource_drift[]?.address] as $drifted
# One line for each instance that fails; a check that fails as a whole has none.
| [.checks[]? | select(.status == "fail" or .status == "error")
    | .address.to_display as $address
    | ([.instances[]?.problems[]?.message] | if length == 0 then ["could not be evaluated"] else . end)[]
    | "- `\($address)`: \(gsub("\n"; " "))"] as $failed
| [.checks[]? | select(.status == "unknown") | .address.to_display] as $pending
| "<!-- terraform: \($environment) -->",
  "## `\($environment)`: \(if $changes == [] then "no changes" else ($changes | counted) end)\(if $failed == [] then "" else ", \($failed | length) failed checks" end)",
  (if $changes == [] then empty else
    "",
    "| what | where | attributes | |",
    "| --- | --- | --- | --- |",
    ($changes[] | "| \(actions) | `\(.address)` | \(attributes) | \(if .address | IN($drifted[]) then "changed outside of Terraform" else "" end) |")
  end),
  (if $failed == [] then empty else "", "### Failed checks", "", $failed[] end),
  (if $pending == [] then empty else "", "Known after the apply: \($pending | map("`\(.)`") | join(", "))" end),
  "",
  "<details><summary>The plan</summary>",
  "",
  "<pre>",
  ($text | @html | folded),
  "</pre>",
  "</details>"
