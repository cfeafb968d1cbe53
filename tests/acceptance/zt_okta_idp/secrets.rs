//! The three ways to hold the client secret, and what `client_secret_status` says of each when somebody changes a side.

use serde_json::{Value, json};
use zt::mock::{Fault, Options};

use super::{IDP, SECRET, app, configure, id, stored};
use crate::harness::browser::Browser;
use crate::harness::feature::{self, WRITE_ONLY};
use crate::harness::plan::Plan;
use crate::harness::story::Story;
use crate::needs;

const TEXT: &str = "a-client-secret-of-this-test-0123456789";
const SECRETS: &str = "/api/v1/apps/*/credentials/secrets";
pub(super) const ADA: &str = "ada@acme.example";

/// A way to hold the secret, and the attribute that warnings about it point at.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Held {
    InState,
    WriteOnly,
    Managed,
}

/// Every way that this Terraform knows.
fn ways() -> impl Iterator<Item = Held> {
    let known = |way: &Held| *way != Held::WriteOnly || feature::available(WRITE_ONLY);
    [Held::InState, Held::WriteOnly, Held::Managed].into_iter().filter(known)
}

impl Held {
    fn attribute(self) -> &'static str {
        match self {
            Self::InState => "client_secret",
            Self::WriteOnly => "client_secret_wo",
            Self::Managed => "managed_client_secret",
        }
    }

    fn hold(self, story: &Story, version: &str) {
        let text = match self {
            Self::InState => SECRET.to_owned(),
            Self::WriteOnly => {
                format!("  client_secret_wo = var.secret\n  client_secret_wo_version = {version:?}")
            }
            Self::Managed => {
                let (app, secret) = (app(story), secret_id(story));
                format!("  managed_client_secret = {{\n    app_id = {app:?}\n    secret_id = {secret:?}\n  }}")
            }
        };
        configure(story, "Okta", &text);
        if self == Self::WriteOnly {
            let variable = "variable \"secret\" {\n  type = string\n  ephemeral = true\n}\n";
            story.write("variables.tf", variable);
        }
    }

    fn story(self, options: Options) -> (Story, String) {
        let mut story = Story::with(options);
        story.set_variable("secret", TEXT);
        self.hold(&story, "1");
        story.apply();
        let id = id(&story);
        (story, id)
    }
}

/// The newest secret of the app as Okta lists it.
fn listed(story: &Story) -> Value {
    let all = story.in_okta("GET", &format!("/api/v1/apps/{}/credentials/secrets", app(story)), None);
    all.as_array().unwrap().last().unwrap().clone()
}

fn secret_id(story: &Story) -> String {
    listed(story)["id"].as_str().unwrap().to_owned()
}

fn rotate(story: &Story) {
    story.in_okta("POST", &format!("/_mock/okta/apps/{}/rotate-secret", app(story)), None);
}

fn in_dashboard(story: &Story, id: &str, config: Value) {
    let path = format!("/_mock/cloudflare/identity_providers/{id}");
    story.in_okta("PATCH", &path, Some(&json!({"config": config})));
}

fn status(story: &Story) -> Value {
    story.resource(IDP)["client_secret_status"].clone()
}

/// What a plan finds out, whether it has something to do or not.
fn planned_status(plan: &Plan) -> Value {
    plan.json["prior_state"]["values"]["root_module"]["resources"][0]["values"]["client_secret_status"].clone()
}

/// Ada logs in; what the team's domain shows her.
pub(super) fn log_in(story: &Story, id: &str) -> Browser {
    let group = story.mock().okta().group_id("Engineering").unwrap();
    let app = app(story);
    story.in_okta("PUT", &format!("/api/v1/apps/{app}/groups/{group}"), Some(&json!({})));
    let claim = json!({"valueType": "GROUPS", "groupFilterType": "STARTS_WITH", "issuerMode": "ORG_URL",
        "name": "groups", "value": "Engineering"});
    story.in_okta("POST", &format!("/api/v1/internal/apps/{app}/settings/oauth/idToken"), Some(&claim));
    let password = story.mock().okta().password(ADA).unwrap().to_owned();
    let mut browser = Browser::new(story.mock());
    browser.open(&format!("{}/cdn-cgi/access/test-idp/{id}", story.mock().auth_url())).log_in(ADA, &password);
    browser
}

#[test]
fn a_secret_that_nobody_touched_is_in_sync_and_people_log_in_with_it() {
    for way in ways() {
        let (story, id) = way.story(Options::default());
        assert_eq!(stored(&story, &id, "client_secret"), TEXT, "{way:?}");
        let state = story.resource(IDP);
        assert_eq!(state["client_secret_status"], "in_sync", "{way:?}");
        assert_eq!(state["client_secret_fingerprint"], listed(&story)["secret_hash"], "{way:?}");
        assert_eq!(log_in(&story, &id).field("email"), ADA, "{way:?}");
    }
}

#[test]
fn a_rotation_in_okta_is_a_warning_with_what_okta_has_and_no_endless_diff() {
    for way in ways() {
        let (story, id) = way.story(Options::default());
        rotate(&story);
        let plan = story.plan();
        assert_eq!((plan.exit_code, planned_status(&plan)), (0, json!("rejected_by_okta")), "{way:?}: {}", plan.text());
        let [warning] = plan.diagnostics.as_slice() else { panic!("{way:?}: {:?}", plan.diagnostics) };
        assert!(warning.points_at(way.attribute()), "{way:?}: {warning}");
        for part in ["id", "created", "secret_hash"] {
            assert!(warning.text().contains(listed(&story)[part].as_str().unwrap()), "{way:?}: {warning}");
        }
        assert!(!warning.text().contains(listed(&story)["client_secret"].as_str().unwrap()), "{warning}");
        assert_eq!(stored(&story, &id, "client_secret"), TEXT, "{way:?}");
    }
}

#[test]
fn another_managed_or_write_only_secret_is_one_push_in_place() {
    for way in ways().filter(|way| *way != Held::InState) {
        let third = if way == Held::Managed { "managed_client_secret" } else { "client_secret_wo_version" };
        let pushes = ["client_secret_fingerprint", "client_secret_status", third];
        let (mut story, id) = way.story(Options::default());
        rotate(&story);
        let rotated = listed(&story)["client_secret"].as_str().unwrap().to_owned();
        story.set_variable("secret", &rotated);
        way.hold(&story, "2");
        let plan = story.plan();
        assert_eq!(
            (plan.action(IDP), plan.changed_attributes(IDP)),
            (vec!["update"], pushes.map(String::from).to_vec())
        );
        let mark = story.mock().journal().len();
        story.apply();
        assert_eq!(story.mock().journal().writes_since(mark).len(), 1, "{way:?}");
        assert_eq!(stored(&story, &id, "client_secret"), rotated.as_str(), "{way:?}");
        assert_eq!((self::id(&story), status(&story)), (id.clone(), json!("in_sync")), "{way:?}");
        assert_eq!(log_in(&story, &id).field("email"), ADA, "{way:?}");
    }
}

#[test]
fn a_write_only_value_without_another_version_is_not_pushed() {
    needs!(WRITE_ONLY);
    let (mut story, id) = Held::WriteOnly.story(Options::default());
    story.set_variable("secret", "some-other-secret-that-is-long-enough-too");
    story.expect_empty_plan();
    configure(&story, "Renamed", "  client_secret_wo = var.secret\n  client_secret_wo_version = \"1\"");
    story.apply();
    assert_eq!(stored(&story, &id, "client_secret"), TEXT);
}

#[test]
fn an_edit_in_the_dashboard_is_named_and_repaired_by_the_next_apply() {
    for way in ways() {
        let (story, id) = way.story(Options::default());
        in_dashboard(&story, &id, json!({"client_secret": "somebody-elses"}));
        assert_ne!(log_in(&story, &id).status(), 200, "{way:?}");
        let plan = story.plan();
        assert_eq!((plan.exit_code, planned_status(&plan)), (2, json!("changed_outside")), "{way:?}");
        assert_eq!(plan.changed_attributes(IDP), ["client_secret_fingerprint", "client_secret_status"], "{way:?}");
        let [warning] = plan.diagnostics.as_slice() else { panic!("{way:?}: {:?}", plan.diagnostics) };
        assert!(warning.points_at(way.attribute()), "{way:?}: {warning}");
        let email = story.mock().cloudflare().email().to_owned();
        assert!(warning.text().contains(&format!("{email} in the dashboard")), "{way:?}: {warning}");
        story.apply();
        assert_eq!((stored(&story, &id, "client_secret"), status(&story)), (json!(TEXT), json!("in_sync")), "{way:?}");
        assert_eq!(log_in(&story, &id).field("email"), ADA, "{way:?}");
    }
}

#[test]
fn a_repair_pushes_the_api_token_as_well() {
    let ways = ["api_token = \"an-okta-token\"", "api_token_wo = \"an-okta-token\"\n  api_token_wo_version = \"1\""];
    for token in ways.into_iter().take(if feature::available(WRITE_ONLY) { 2 } else { 1 }) {
        let story = Story::new();
        configure(&story, "Okta", &format!("{SECRET}\n  {token}"));
        story.apply();
        let id = id(&story);
        in_dashboard(&story, &id, json!({"api_token": "somebody-elses"}));
        assert_eq!(story.plan().exit_code, 2, "{token}");
        story.apply();
        assert_eq!(stored(&story, &id, "api_token"), "an-okta-token", "{token}");
    }
}

#[test]
fn a_secret_of_the_own_org_for_a_login_at_another_one_is_warned_about() {
    let story = Story::new();
    let (app, secret, own) = (app(&story), secret_id(&story), story.mock().org_url());
    let warned = |org: &str, held: &str| {
        let settings = format!("name = \"Okta\"\n  okta_account = {org:?}\n  client_id = {app:?}\n{held}");
        story.write("main.tf", &format!("resource \"zt_okta_idp\" \"okta\" {{\n  {settings}\n}}\n"));
        story.apply();
        let warnings = story.plan().diagnostics;
        assert!(
            warnings.iter().all(|told| told.points_at("okta_account") && told.text().contains(own)),
            "{warnings:?}"
        );
        !warnings.is_empty()
    };
    let managed = format!("  managed_client_secret = {{\n    app_id = {app:?}\n    secret_id = {secret:?}\n  }}");
    assert!(warned("https://globex.okta.com", &managed));
    assert!(!warned(own, &managed));
    // A secret that Okta's side did not name may be of any org.
    assert!(!warned("https://globex.okta.com", SECRET));
}

#[test]
fn an_edit_that_no_audit_log_attributes_is_unverified_and_no_diff() {
    for way in ways() {
        let (story, id) = way.story(Options { hide_audit_log: true, ..Options::default() });
        assert_eq!(status(&story), "in_sync", "{way:?}");
        in_dashboard(&story, &id, json!({"client_secret": "somebody-elses"}));
        let plan = story.plan();
        assert_eq!((plan.exit_code, planned_status(&plan)), (0, json!("unverified")), "{way:?}: {}", plan.text());
    }
}

#[test]
fn writes_of_the_other_half_never_read_as_somebody_elses() {
    for (hide_audit_log, expected) in [(false, "in_sync"), (true, "unverified")] {
        let story = Story::with(Options { hide_audit_log, ..Options::default() });
        let with = |more: &str| {
            let scim = format!(
                "resource \"zt_scim_config\" \"scim\" {{\n  identity_provider_id = zt_okta_idp.okta.id\n{more}"
            );
            configure(&story, "Okta", &format!("{SECRET}\n}}\n{scim}"));
        };
        with("  rotation_trigger = \"1\"");
        story.apply();
        let plan = story.plan_refresh_only();
        assert_eq!(planned_status(&plan), expected, "{}", plan.text());
        with("  rotation_trigger = \"2\"\n  user_deprovision = true");
        story.apply();
        assert_eq!(planned_status(&story.plan_refresh_only()), expected);
        // Our own half again, while the other one is taken away. Which of them comes last is not said.
        configure(&story, "Renamed", SECRET);
        story.apply();
        let found = planned_status(&story.plan_refresh_only());
        assert!(found == "in_sync" || hide_audit_log && found == "unverified", "{found}");
    }
}

#[test]
fn a_service_that_does_not_answer_leaves_the_last_status_and_one_warning() {
    for way in ways() {
        let (story, _) = way.story(Options::default());
        story.write("provider.tf", "provider \"zt\" {\n  max_retries = 0\n}\n");
        rotate(&story);
        story.mock().fail(Fault::on("GET", "/api/v1/**").closing());
        story.mock().fail(Fault::on("POST", "/oauth2/**").closing());
        let plan = story.plan();
        assert_eq!((plan.exit_code, planned_status(&plan)), (0, json!("in_sync")), "{way:?}");
        let [warning] = plan.diagnostics.as_slice() else { panic!("{way:?}: {:?}", plan.diagnostics) };
        assert!(warning.text().contains("could not be found out"), "{way:?}: {warning}");
    }
}

#[test]
fn secret_checks_never_ask_nothing() {
    for way in ways() {
        let (story, id) = way.story(Options::default());
        story.write("provider.tf", "provider \"zt\" {\n  secret_checks = \"never\"\n}\n");
        in_dashboard(&story, &id, json!({"client_secret": "somebody-elses"}));
        let mark = story.mock().journal().len();
        let plan = story.plan();
        assert_eq!((plan.exit_code, planned_status(&plan)), (0, json!("unverified")), "{way:?}");
        let asked: Vec<String> = story.mock().journal().since(mark).into_iter().map(|exchange| exchange.path).collect();
        let [only] = asked.as_slice() else { panic!("{way:?}: {asked:?}") };
        assert!(only.ends_with(&format!("/access/identity_providers/{id}")), "{way:?}: {only}");
    }
}

#[test]
fn without_okta_credentials_nothing_is_verified_and_nothing_is_an_error() {
    let (mut story, _) = Held::InState.story(Options::default());
    story.workspace_mut().remove_env("OKTA_API_TOKEN");
    let plan = story.plan();
    assert_eq!((plan.exit_code, planned_status(&plan), plan.diagnostics.len()), (0, json!("unverified"), 0));

    let (mut story, _) = Held::Managed.story(Options::default());
    rotate(&story);
    Held::Managed.hold(&story, "1");
    story.workspace_mut().remove_env("OKTA_API_TOKEN");
    let error = story.plan_fails().error();
    assert!(error.points_at("managed_client_secret") && error.text().contains("OKTA_API_TOKEN"), "{error}");
}

#[test]
fn an_imported_login_method_is_unmanaged_until_its_first_secret() {
    for way in ways() {
        let mut story = Story::new();
        story.set_variable("secret", TEXT);
        let path = format!("/accounts/{}/access/identity_providers", story.mock().account_id());
        let body = json!({"name": "Okta", "type": "okta", "config": {"client_id": app(&story),
            "client_secret": "from-before", "okta_account": story.mock().org_url()}});
        let id = story.in_cloudflare("POST", &path, Some(&body))["id"].as_str().unwrap().to_owned();
        configure(&story, "Okta", "");
        story.import(IDP, &id);
        story.expect_empty_plan();
        assert_eq!((status(&story), stored(&story, &id, "client_secret")), (json!("unverified"), json!("from-before")));
        way.hold(&story, "1");
        assert_eq!(story.plan().action(IDP), ["update"], "{way:?}");
        let mark = story.mock().journal().len();
        story.apply();
        assert_eq!(story.mock().journal().writes_since(mark).len(), 1, "{way:?}");
        assert_eq!((status(&story), stored(&story, &id, "client_secret")), (json!("in_sync"), json!(TEXT)), "{way:?}");
    }
}

#[test]
fn another_way_to_hold_it_is_a_change_in_place() {
    needs!(WRITE_ONLY);
    let (story, id) = Held::InState.story(Options::default());
    for way in [Held::Managed, Held::WriteOnly, Held::InState] {
        way.hold(&story, "1");
        assert_eq!(story.plan().action(IDP), ["update"], "{way:?}");
        story.apply();
        assert_eq!((self::id(&story), status(&story)), (id.clone(), json!("in_sync")), "{way:?}");
        assert_eq!(story.state_file().contains(TEXT), way == Held::InState, "{way:?}");
    }
}

#[test]
fn a_managed_secret_must_be_active_and_the_apps() {
    let story = Story::new();
    let (app, secret) = (app(&story), secret_id(&story));
    let manage = |secret: &str| {
        let named = format!("  managed_client_secret = {{\n    app_id = {app:?}\n    secret_id = {secret:?}\n  }}");
        configure(&story, "Okta", &named);
    };
    manage("ocs0");
    let error = story.apply_fails().error();
    assert!(error.points_at("managed_client_secret") && error.text().contains(&secret), "{error}");
    let second = story.in_okta("POST", &format!("/api/v1/apps/{app}/credentials/secrets"), Some(&json!({})));
    story.in_okta(
        "POST",
        &format!("/api/v1/apps/{app}/credentials/secrets/{secret}/lifecycle/deactivate"),
        Some(&json!({})),
    );
    manage(&secret);
    let error = story.apply_fails().error();
    assert!(error.points_at("managed_client_secret") && error.text().contains("not active"), "{error}");
    assert!(error.text().contains(second["id"].as_str().unwrap()), "{error}");
    assert_eq!(super::count(&story), 0);
    assert!(story.addresses().is_empty());
    manage(second["id"].as_str().unwrap());
    story.apply();
}

#[test]
fn contradictions_and_halves_say_what_to_write_instead() {
    needs!(WRITE_ONLY);
    let story = Story::new();
    for (more, attribute, hint) in [
        (
            "  client_secret_wo = \"x\"\n  client_secret_wo_version = \"1\"",
            "client_secret_wo",
            "remove client_secret_wo",
        ),
        (
            "  managed_client_secret = { app_id = \"a\", secret_id = \"b\" }",
            "managed_client_secret",
            "keep client_secret",
        ),
        (
            "  api_token = \"x\"\n  api_token_wo = \"y\"\n  api_token_wo_version = \"1\"",
            "api_token_wo",
            "remove api_token",
        ),
        ("  api_token_wo = \"y\"", "api_token_wo", "api_token_wo_version = \"1\""),
        ("  api_token_wo_version = \"1\"", "api_token_wo_version", "set api_token_wo"),
        ("  client_secret_wo_version = \"1\"", "client_secret_wo_version", "set client_secret_wo"),
    ] {
        configure(&story, "Okta", &format!("{SECRET}\n{more}"));
        let error = story.validate_fails();
        assert!(error.points_at(attribute) && error.text().contains(hint), "{more}: {error}");
    }
}

#[test]
fn a_short_secret_and_a_token_that_okta_refuses_are_warnings() {
    let story = Story::new();
    configure(&story, "Okta", "  client_secret = \"short\"");
    let plan = story.plan();
    assert!(plan.diagnostics[0].points_at("client_secret"), "{:?}", plan.diagnostics);

    for attribute in ["api_token", "api_token_wo"] {
        if attribute == "api_token_wo" && !feature::available(WRITE_ONLY) {
            continue;
        }
        let version = if attribute == "api_token" { "" } else { "\n  api_token_wo_version = \"1\"" };
        configure(&story, "Okta", &format!("{SECRET}\n  {attribute} = \"revoked-long-ago\"{version}"));
        story.apply();
        let plan = story.plan();
        let [warning] = plan.diagnostics.as_slice() else { panic!("{attribute}: {:?}", plan.diagnostics) };
        assert!(warning.points_at(attribute) && warning.text().contains("no longer accepts"), "{warning}");
        let good = story.mock().okta_token();
        configure(&story, "Okta", &format!("{SECRET}\n  {attribute} = {good:?}{}", version.replace('1', "2")));
        story.apply();
        assert!(story.plan().diagnostics.is_empty(), "{attribute}");
    }
}

#[test]
fn managed_and_write_only_secrets_are_found_nowhere() {
    for way in ways().filter(|way| *way != Held::InState) {
        let mut story = Story::new();
        story.workspace_mut().set_env("TF_LOG", "TRACE");
        story.set_variable("secret", TEXT);
        way.hold(&story, "1");
        let first = story.workspace().terraform(&["apply", "-auto-approve", "-no-color"]).expect_success().text();
        rotate(&story);
        let rotated = listed(&story)["client_secret"].as_str().unwrap().to_owned();
        story.set_variable("secret", &rotated);
        way.hold(&story, "2");
        let file = story.workspace().beside("look.plan").to_string_lossy().into_owned();
        let planned =
            story.workspace().terraform(&["plan", "-no-color", &format!("-out={file}")]).expect_success().text();
        let plan = story.workspace().terraform(&["show", "-json", &file]).expect_success().stdout;
        let second = story.workspace().terraform(&["apply", "-auto-approve", "-no-color"]).expect_success().text();
        let backup = story.workspace().config().join("terraform.tfstate.backup");
        let backup = std::fs::read_to_string(backup).unwrap();
        assert_eq!(stored(&story, &id(&story), "client_secret"), rotated.as_str(), "{way:?}");
        let logs = [first, planned, second].concat();
        let provider = logs.lines().filter(|line| line.contains("provider.terraform-provider-zt"));
        let provider = provider.collect::<Vec<_>>().join("\n");
        assert!(!provider.is_empty() && !backup.is_empty());
        for (place, text) in
            [("state", story.state_file()), ("backup", backup), ("plan", plan), ("the provider's log", provider)]
        {
            for secret in [TEXT, &rotated] {
                assert!(!text.contains(secret), "{way:?}: in {place}");
            }
        }
        if way == Held::Managed {
            assert!(!logs.contains(&rotated), "not even Terraform gets to see it");
        }
    }
}

#[test]
fn no_more_is_listed_than_it_takes() {
    let (story, _) = Held::Managed.story(Options::default());
    let mark = story.mock().journal().matching("GET", SECRETS).len();
    story.plan();
    assert_eq!(story.mock().journal().matching("GET", SECRETS).len(), mark + 1, "one look per refresh");
}
