//! Many changes at once: two hundred identity providers with SCIM on them, both halves of each changed by one apply, and
//! applies of two processes on one object.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::process::{self, Output};
use crate::harness::story::{PLUGIN, REQUIRED_PROVIDERS, Story};
use crate::harness::workspace::{Installation, Workspace};
use crate::table::{Outcome, Table};

/// How many identity providers there are.
const MANY: usize = 200;

const BOTH_HALVES: &str = "identity providers and their SCIM configs, 50 at a time";
const TWO_PROCESSES: &str = "two applies from two states";

/// No command on so many objects takes longer than this, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(900);

/// Runs both; `short` with fewer identity providers.
pub fn run(table: &mut Table, only: Option<&str>, short: bool) {
    let wanted = |row: &str| only.is_none_or(|only| row.contains(only));
    if wanted(BOTH_HALVES) {
        let many = if short { MANY / 10 } else { MANY };
        table.add(&format!("{many} {BOTH_HALVES}"), both_halves(many));
    }
    if wanted(TWO_PROCESSES) {
        table.add(TWO_PROCESSES, two_processes());
    }
}

/// What one apply makes of both halves of each object, by the world of the mock.
fn both_halves(many: usize) -> Vec<Outcome> {
    let story = Story::new();
    let terraform = |command: &[&str]| {
        process::run(story.workspace().command(&[command, &["-no-color", "-parallelism=50"]].concat()), PATIENCE)
    };
    let apply = |round: usize, behaviour: &str| {
        story.write("main.tf", &configuration(&story, many, round, behaviour));
        terraform(&["apply", "-auto-approve"])
    };
    let mut all = Vec::new();
    for (round, behaviour) in ["automatic", "reauth", "no_action"].into_iter().enumerate() {
        let output = apply(round, behaviour);
        let ids: Vec<String> =
            story.mock().cloudflare().identity_providers().iter().map(|found| found.id().to_owned()).collect();
        let documents: Vec<Value> = ids.iter().map(|id| document(&story, id)).collect();
        for index in 0..many {
            let case = format!("identity provider {index} in apply {}", round + 1);
            let mut outcome = Outcome { case, ..Outcome::default() };
            if !output.success() {
                outcome.complain(&tail(&output));
            }
            let name = format!("Okta {index} {round}");
            let mut named = documents.iter().filter(|found| found["name"] == name.as_str());
            match (named.next(), named.count()) {
                (None, _) => {
                    outcome.lost += 1;
                    outcome.complain(&format!("no identity provider is called {name:?}"));
                }
                (Some(found), more) => {
                    outcome.duplicated += more;
                    let halves = (&found["config"]["pkce_enabled"], &found["scim_config"]["identity_update_behavior"]);
                    if halves != (&json!(round.is_multiple_of(2)), &json!(behaviour)) {
                        outcome.complain(&format!("a half is not as written: {halves:?}"));
                    }
                }
            }
            all.push(outcome);
        }
        let plan = terraform(&["plan", "-detailed-exitcode"]);
        if let (false, Some(first)) = (plan.success(), all.last_mut()) {
            first.complain(&format!("the plan after apply {} is not empty: {}", round + 1, tail(&plan)));
        }
    }
    let destroyed = terraform(&["destroy", "-auto-approve"]);
    let left = story.mock().cloudflare().counts()["identity_providers"];
    let mut outcome = Outcome { case: "destroy".into(), duplicated: left, ..Outcome::default() };
    if !destroyed.success() || left > 0 {
        outcome.complain(&format!("{left} are left: {}", tail(&destroyed)));
    }
    all.push(outcome);
    all
}

fn configuration(story: &Story, many: usize, round: usize, behaviour: &str) -> String {
    let (org, pkce) = (story.mock().org_url(), round.is_multiple_of(2));
    format!(
        r#"resource "zt_okta_idp" "many" {{
  count         = {many}
  name          = "Okta ${{count.index}} {round}"
  okta_account  = "{org}"
  client_id     = "0oa${{count.index}}"
  client_secret = "a-client-secret-of-this-test-0123456789"
  pkce_enabled  = {pkce}
}}

resource "zt_scim_config" "many" {{
  count                    = {many}
  identity_provider_id     = zt_okta_idp.many[count.index].id
  identity_update_behavior = "{behaviour}"
  user_deprovision         = {pkce}
}}
"#
    )
}

/// The object as Cloudflare has it.
fn document(story: &Story, id: &str) -> Value {
    let path = format!("/accounts/{}/access/identity_providers/{id}", story.mock().account_id());
    story.in_cloudflare("GET", &path, None)
}

/// One state has the login method and the other its SCIM config. Each plans first; then the one applies, and then the
/// other, whose plan is from before. Neither undoes what the other did.
fn two_processes() -> Vec<Outcome> {
    let story = Story::new();
    let mut second = Workspace::new(std::path::Path::new(PLUGIN), Installation::Override);
    story.mock().env().iter().for_each(|(name, value)| second.set_env(name, value));
    let write = |text: &str| {
        std::fs::write(second.config().join("main.tf"), format!("{REQUIRED_PROVIDERS}{text}")).expect("it is written");
    };
    let login = |round: usize| {
        let org = story.mock().org_url();
        story.write(
            "main.tf",
            &format!(
                "resource \"zt_okta_idp\" \"okta\" {{\n  name = \"Okta {round}\"\n  okta_account = {org:?}\n  client_id = \
                 \"0oa1\"\n  client_secret = \"a-client-secret-of-this-test-0123456789\"\n  pkce_enabled = {}\n}}\n",
                round.is_multiple_of(2)
            ),
        );
    };
    login(0);
    story.apply_only();
    let id = story.resource("zt_okta_idp.okta")["id"].as_str().unwrap_or_default().to_owned();
    let scim = |round: usize| {
        let behaviour = ["automatic", "reauth", "no_action"][round % 3];
        write(&format!(
            "resource \"zt_scim_config\" \"okta\" {{\n  identity_provider_id = {id:?}\n  identity_update_behavior = \
             {behaviour:?}\n}}\n"
        ));
        behaviour
    };
    let mut all = Vec::new();
    for round in 1..=6 {
        let (one, other) = (story.workspace(), &second);
        login(round);
        let behaviour = scim(round);
        let mut outcome = Outcome { case: format!("round {round}"), ..Outcome::default() };
        let mut expect = |output: Output| {
            if !output.success() {
                outcome.complain(&tail(&output));
            }
        };
        for workspace in [one, other] {
            expect(workspace.terraform(&["plan", "-no-color", "-out=../saved"]));
        }
        let order = if round.is_multiple_of(2) { [one, other] } else { [other, one] };
        for workspace in order {
            expect(workspace.terraform(&["apply", "-no-color", "../saved"]));
        }
        let found = document(&story, &id);
        let seen =
            (&found["name"], &found["config"]["pkce_enabled"], &found["scim_config"]["identity_update_behavior"]);
        if seen != (&json!(format!("Okta {round}")), &json!(round.is_multiple_of(2)), &json!(behaviour)) {
            outcome.lost += 1;
            outcome.complain(&format!("a change is lost: {seen:?}"));
        }
        for workspace in [one, other] {
            let plan = workspace.terraform(&["plan", "-detailed-exitcode", "-no-color"]);
            if !plan.success() {
                outcome.complain(&format!("the plan is not empty: {}", tail(&plan)));
            }
        }
        all.push(outcome);
    }
    all
}

/// The last lines of what a command said.
fn tail(output: &Output) -> String {
    let text = output.text();
    let lines: Vec<&str> = text.lines().collect();
    format!("`{}`:\n{}", output.command, lines[lines.len().saturating_sub(30)..].join("\n"))
}
