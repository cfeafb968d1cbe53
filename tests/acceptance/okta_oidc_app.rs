//! `okta_oidc_app`: the app that people log in with.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use zt::mock::Fault;
use zt::mock::okta::Quirks;

use crate::harness::story::Story;

const APP: &str = "okta_oidc_app.access";
const CALLBACK: &str = "https://acme.cloudflareaccess.com/cdn-cgi/access/callback";
const CLAIM: &str = "  groups_claim = {\n    filter_type = \"STARTS_WITH\"\n    value       = \"access-\"\n  }\n";

/// A story about one app.
struct Oidc {
    story: Story,
}

impl Oidc {
    fn new() -> Self {
        Self { story: Story::new() }
    }

    /// An applied app with these attributes beside the required ones.
    fn applied(more: &str) -> Self {
        let oidc = Self::new();
        oidc.configure(more);
        oidc.story.apply();
        oidc
    }

    fn configure(&self, more: &str) {
        let label = if more.contains("label ") { "" } else { "  label = \"Access\"\n" };
        let uris = if more.contains("  redirect_uris") {
            String::new()
        } else {
            format!("  redirect_uris = [{CALLBACK:?}]\n")
        };
        self.story.write(
            "main.tf",
            &format!("resource \"okta_oidc_app\" \"access\" {{\n  provider = zt\n{label}{uris}{more}}}\n"),
        );
    }

    fn app(&self) -> Value {
        self.story.resource(APP)
    }

    fn text(&self, attribute: &str) -> String {
        self.app()[attribute].as_str().unwrap().to_owned()
    }

    fn id(&self) -> String {
        self.text("id")
    }

    /// The app's document in Okta.
    fn document(&self) -> Value {
        self.okta("GET", "", None)
    }

    fn okta(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.story.in_okta(method, &format!("/api/v1/apps/{}{path}", self.id()), body)
    }

    /// Changes the app behind Terraform's back.
    fn edit(&self, pointer: &str, value: Value) {
        assert!(self.story.mock().okta().edit_app(&self.id(), pointer, value), "{pointer}");
    }

    fn rotate(&self) -> String {
        let now = self.story.mock().world().clock.now();
        self.story.mock().okta().rotate_client_secret(&self.id(), now).unwrap()
    }

    fn accepts(&self, secret: &str) -> bool {
        self.story.mock().okta().accepts_client_secret(&self.text("client_id"), secret)
    }

    fn group(&self, name: &str) -> String {
        self.story.mock().okta().group_id(name).unwrap()
    }

    fn user(&self, name: &str) -> String {
        self.story.mock().okta().user_id(&format!("{name}@acme.example")).unwrap()
    }

    fn groups(&self) -> BTreeSet<String> {
        let list = self.okta("GET", "/groups", None);
        list.as_array().unwrap().iter().map(|group| group["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Who has the app, and how.
    fn scope(&self, user: &str) -> Option<&'static str> {
        let users = self.story.mock().okta().app_users(&self.id());
        users.into_iter().find(|(id, ..)| id == user).map(|(_, scope, _)| scope)
    }

    fn apps(&self) -> usize {
        self.story.mock().okta().counts()["apps"]
    }

    /// The writes to Okta while `step` runs, ids as `*`.
    fn writes(&self, step: impl FnOnce(&Story)) -> Vec<String> {
        let mark = self.story.mock().journal().len();
        step(&self.story);
        let all = self.story.mock().journal().writes_since(mark);
        all.into_iter().map(|write| shortened(&write)).collect()
    }

    /// From now on the provider has an OAuth access token instead of the API token.
    fn use_oauth_alone(&mut self) {
        let now = self.story.mock().world().clock.now();
        let scopes =
            ["okta.apps.manage", "okta.apps.read", "okta.groups.read", "okta.users.read", "okta.policies.read"];
        let token = self.story.mock().okta().mint_access_token(&scopes, now);
        self.story.workspace_mut().remove_env("OKTA_API_TOKEN");
        self.story.workspace_mut().set_env("OKTA_ACCESS_TOKEN", &token);
    }
}

fn shortened(write: &str) -> String {
    let (method, path) = write.split_once(' ').unwrap();
    let path = path.split(['?', ' ']).next().unwrap_or_default();
    let is_id =
        |part: &str| part.len() == 20 && ["0oa", "00g", "00u", "rst", "ocs"].iter().any(|kind| part.starts_with(kind));
    let parts = path.trim_start_matches("/api/v1/").split('/').map(|part| if is_id(part) { "*" } else { part });
    format!("{method} {}", parts.collect::<Vec<_>>().join("/"))
}

fn refusal(code: &str, summary: &str, causes: &[&str]) -> Value {
    let causes: Vec<Value> = causes.iter().map(|cause| json!({"errorSummary": cause})).collect();
    json!({"errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oaeTest", "errorCauses": causes})
}

fn everything(oidc: &Oidc) -> String {
    format!(
        "{CLAIM}  pkce_required = true\n  consent_method = \"REQUIRED\"\n  hide_web = true\n  hide_ios = true\n  \
         post_logout_redirect_uris = [\"https://acme.example/bye\"]\n  \
         grant_types = [\"refresh_token\", \"authorization_code\"]\n  assigned_group_ids = [{:?}]\n  \
         assigned_user_ids = [{:?}]\n",
        oidc.group("Engineering"),
        oidc.user("ada"),
    )
}

#[test]
fn one_apply_makes_all_of_it_and_destroy_takes_it_away() {
    let oidc = Oidc::new();
    oidc.configure(&everything(&oidc));
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(
        writes,
        ["POST apps", "POST internal/apps/*/settings/oauth/idToken", "PUT apps/*/groups/*", "POST apps/*/users"]
    );

    let (app, document) = (oidc.app(), oidc.document());
    assert_eq!(document["settings"]["oauthClient"]["redirect_uris"], json!([CALLBACK]));
    assert_eq!(document["settings"]["oauthClient"]["consent_method"], "REQUIRED");
    assert_eq!(document["credentials"]["oauthClient"]["pkce_required"], true);
    assert_eq!(document["visibility"]["hide"], json!({"iOS": true, "web": true}));
    assert_eq!(app["response_types"], json!(["code"]));
    assert_eq!(app["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(app["status"], "ACTIVE");
    assert_eq!(app["client_id"], app["id"]);
    assert!(oidc.accepts(&oidc.text("client_secret")));
    assert!(oidc.text("client_secret_id").starts_with("ocs"));
    let secrets = oidc.okta("GET", "/credentials/secrets", None);
    assert_eq!(app["client_secret_hash"], secrets[0]["secret_hash"]);
    let claim = oidc.story.mock().okta().groups_claim(&oidc.id());
    assert_eq!(claim, Some(("groups".into(), Some("STARTS_WITH".into()), "access-".into())));
    assert_eq!(oidc.scope(&oidc.user("ada")), Some("USER"), "assigned directly, although a group covers her");

    let id = oidc.id();
    oidc.story.import_verify(APP, &id, &[]);
    let writes = oidc.writes(|story| drop(story.destroy()));
    assert_eq!(writes, ["POST apps/*/lifecycle/deactivate", "DELETE apps/*"]);
    assert_eq!(oidc.apps(), 0);
}

#[test]
fn terraform_installs_the_provider_and_negotiates_with_it() {
    let oidc = Oidc { story: Story::through_a_mirror() };
    oidc.story.init();
    oidc.configure("");
    oidc.story.apply();
    oidc.story.destroy();
}

#[test]
fn the_secret_shows_up_in_the_state_only() {
    let oidc = Oidc::applied("");
    let secret = oidc.text("client_secret");
    oidc.configure("  label = \"Other\"\n");
    let plan = oidc.story.plan();
    assert!(!plan.text.contains(&secret), "{}", plan.text);
    assert!(!serde_json::to_string(&oidc.story.mock().journal().all()).unwrap().contains(&secret));
}

#[test]
fn an_update_writes_what_differs_once_and_keeps_the_rest() {
    let oidc = Oidc::applied(CLAIM);
    let (id, secret) = (oidc.id(), oidc.text("client_secret"));
    oidc.edit("/settings/oauthClient/logo_uri", json!("https://acme.example/logo.png"));
    oidc.configure(&format!("{CLAIM}  label = \"Access 2\"\n  hide_web = false\n"));
    assert_eq!(oidc.story.plan().changed_attributes(APP), ["hide_web", "label"]);
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["PUT apps/*"]);
    let document = oidc.document();
    assert_eq!((&document["label"], &document["visibility"]["hide"]["web"]), (&json!("Access 2"), &json!(false)));
    assert_eq!(document["settings"]["oauthClient"]["logo_uri"], "https://acme.example/logo.png", "not ours, unchanged");
    assert_eq!((oidc.id(), oidc.text("client_secret")), (id, secret));

    oidc.configure(&format!("{}  label = \"Access 2\"\n  hide_web = false\n", CLAIM.replace("access-", "vpn-")));
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST internal/apps/*/settings/oauth/idToken"], "the app's document is left alone");
}

#[test]
fn what_is_taken_out_of_the_configuration_is_cleared() {
    let oidc = Oidc::new();
    oidc.configure(&everything(&oidc));
    oidc.story.apply();
    oidc.configure("");
    let applied = oidc.story.apply();
    let told: Vec<_> = applied.warnings.iter().map(|warning| warning.text()).collect();
    assert!(told.iter().any(|text| text.contains("Up to 3 people may no longer use the app")), "{told:?}");
    assert!(told.iter().any(|text| text.contains("Up to 1 person may no longer use the app")), "{told:?}");
    let document = oidc.document();
    let client = &document["settings"]["oauthClient"];
    assert!(client["post_logout_redirect_uris"].as_array().is_none_or(Vec::is_empty), "{client}");
    assert_eq!(client["grant_types"], json!(["authorization_code"]));
    assert_eq!(client["consent_method"], "TRUSTED");
    assert_eq!(document["credentials"]["oauthClient"]["pkce_required"], false);
    assert_eq!(document["visibility"]["hide"], json!({"iOS": false, "web": false}));
    assert_eq!(oidc.story.mock().okta().groups_claim(&oidc.id()), None);
    assert_eq!(oidc.groups(), BTreeSet::new());
    assert_eq!(oidc.scope(&oidc.user("ada")), None);
}

#[test]
fn what_nobody_sets_keeps_what_is_there() {
    let oidc = Oidc::applied("");
    oidc.edit("/settings/oauthClient/grant_types", json!(["authorization_code", "refresh_token"]));
    oidc.edit("/settings/oauthClient/consent_method", json!("REQUIRED"));
    oidc.okta("PUT", &format!("/groups/{}", oidc.group("Engineering")), Some(&json!({})));
    oidc.story.expect_empty_plan();
    oidc.configure("  label = \"Access 2\"\n");
    oidc.story.apply();
    let client = oidc.document()["settings"]["oauthClient"].clone();
    assert_eq!(client["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(client["consent_method"], "REQUIRED");
    assert_eq!(oidc.groups().len(), 1, "assigned by somebody else");
}

#[test]
fn drift_of_what_is_configured_is_shown_and_repaired() {
    let oidc = Oidc::applied(&format!("{CLAIM}  pkce_required = true\n"));
    oidc.edit("/label", json!("Changed by hand"));
    oidc.edit("/credentials/oauthClient/pkce_required", json!(false));
    let route = format!("/api/v1/internal/apps/{}/settings/oauth/idToken", oidc.id());
    oidc.story.in_okta("POST", &route, Some(&json!({"issuerMode": "ORG_URL"})));
    let plan = oidc.story.plan();
    assert_eq!(plan.action(APP), ["update"]);
    assert_eq!(plan.changed_attributes(APP), ["groups_claim", "label", "pkce_required"]);
    oidc.story.apply();
    assert_eq!(oidc.document()["label"], "Access");
    assert!(oidc.story.mock().okta().groups_claim(&oidc.id()).is_some());
}

#[test]
fn what_is_gone_is_planned_anew_and_destroying_it_succeeds() {
    let oidc = Oidc::applied("");
    let id = oidc.id();
    assert!(oidc.story.mock().okta().delete_app(&id));
    assert_eq!(oidc.story.plan().action(APP), ["create"]);
    oidc.story.apply();
    assert_ne!(oidc.id(), id);
    // Deleted after the refresh: the destroy finds nothing to delete.
    let path = format!("/api/v1/apps/{}/lifecycle/deactivate", oidc.id());
    oidc.story
        .mock()
        .fail(Fault::on("POST", &path).answering(404, refusal("E0000007", "Not found: Resource not found", &[])));
    oidc.story.destroy();
}

#[test]
fn a_replacement_is_another_app() {
    let oidc = Oidc::applied(CLAIM);
    let id = oidc.id();
    let option = format!("-replace={APP}");
    assert!(oidc.story.plan_with(&[&option]).replaces(APP));
    let output = oidc.story.workspace().terraform(&["apply", "-auto-approve", "-no-color", &option]);
    output.expect_success();
    assert_ne!(oidc.id(), id);
    oidc.story.expect_empty_plan();
    assert_eq!(oidc.apps(), 1);
}

#[test]
fn another_authentication_method_mints_a_secret() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    oidc.configure("  token_endpoint_auth_method = \"client_secret_post\"\n");
    let changed = oidc.story.plan().changed_attributes(APP);
    for attribute in ["client_secret", "client_secret_hash", "client_secret_id"] {
        assert!(changed.contains(&attribute.to_owned()), "{changed:?}");
    }
    oidc.story.apply();
    let after = oidc.app();
    for attribute in ["client_secret", "client_secret_hash", "client_secret_id"] {
        assert_ne!(after[attribute], before[attribute]);
    }
    assert!(oidc.accepts(after["client_secret"].as_str().unwrap()));
    assert_eq!(after["client_id"], before["client_id"]);
}

#[test]
fn a_rotation_in_the_console_is_followed_and_told() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    let rotated = oidc.rotate();
    let plan = oidc.story.plan();
    assert!(
        plan.diagnostics.iter().any(|told| told.text().contains("was changed outside of Terraform")),
        "{}",
        plan.text
    );
    assert_eq!(plan.drifted(), [APP]);
    oidc.story.workspace().terraform(&["apply", "-refresh-only", "-auto-approve"]).expect_success();
    let after = oidc.app();
    assert_eq!(after["client_secret"], json!(rotated));
    assert_ne!(after["client_secret_id"], before["client_secret_id"]);
    assert_ne!(after["client_secret_hash"], before["client_secret_hash"]);
    oidc.story.expect_empty_plan();
}

#[test]
fn a_second_secret_changes_nothing_until_the_first_is_deactivated() {
    let oidc = Oidc::applied("");
    let first = oidc.text("client_secret_id");
    let second = oidc.okta("POST", "/credentials/secrets", Some(&json!({})));
    oidc.story.workspace().terraform(&["apply", "-refresh-only", "-auto-approve"]).expect_success();
    assert_eq!(oidc.text("client_secret_id"), first);
    oidc.okta("POST", &format!("/credentials/secrets/{first}/lifecycle/deactivate"), Some(&json!({})));
    oidc.story.workspace().terraform(&["apply", "-refresh-only", "-auto-approve"]).expect_success();
    assert_eq!(oidc.app()["client_secret_id"], second["id"]);
    assert_eq!(oidc.app()["client_secret"], second["client_secret"]);
}

#[test]
fn omit_secret_keeps_the_app() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    let secret = oidc.text("client_secret");
    oidc.configure("  omit_secret = true\n");
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, Vec::<String>::new());
    let omitted = oidc.app();
    assert_eq!(omitted["client_secret"], Value::Null);
    for attribute in ["id", "client_id", "client_secret_id", "client_secret_hash"] {
        assert_eq!(omitted[attribute], before[attribute]);
    }
    assert!(!oidc.story.state_file().contains(&secret));
    oidc.configure("");
    oidc.story.apply();
    assert_eq!(oidc.text("client_secret"), secret);
    assert_eq!(oidc.app()["id"], before["id"]);
}

#[test]
fn an_app_made_without_its_secret_never_has_it_in_the_state() {
    let oidc = Oidc::applied("  omit_secret = true\n");
    let secrets = oidc.okta("GET", "/credentials/secrets", None);
    assert!(!oidc.story.state_file().contains(secrets[0]["client_secret"].as_str().unwrap()));
    assert_eq!(oidc.app()["client_secret_id"], secrets[0]["id"]);
}

#[test]
fn secrets_that_may_not_be_read_stay_as_known() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    oidc.rotate();
    let forbidden = refusal("E0000006", "You do not have permission to perform the requested action", &[]);
    oidc.story.mock().fail(Fault::on("GET", "/api/v1/apps/*/credentials/secrets").answering(403, forbidden));
    let plan = oidc.story.plan();
    assert!(plan.is_empty(), "{}", plan.text);
    assert_eq!(plan.diagnostics.len(), 1);
    assert!(plan.diagnostics[0].text().contains("cannot be read"));
    assert_eq!(oidc.app(), before);
}

#[test]
fn a_claim_that_is_not_there_at_once_is_waited_for() {
    let oidc = Oidc::new();
    oidc.story.mock().okta().set_quirks(Quirks { token_setting_late_by: 2, ..Quirks::default() });
    oidc.configure(CLAIM);
    oidc.story.apply();
    assert!(oidc.story.mock().okta().groups_claim(&oidc.id()).is_some());
}

#[test]
fn with_oauth_alone_the_claim_is_kept_and_not_written() {
    let mut oidc = Oidc::applied(CLAIM);
    oidc.use_oauth_alone();
    let plan = oidc.story.plan();
    assert!(plan.is_empty(), "{}", plan.text);
    assert!(plan.diagnostics[0].text().contains("The groups claim cannot be read"));

    oidc.configure(&CLAIM.replace("access-", "vpn-"));
    let error = oidc.story.plan_fails().error();
    assert!(error.points_at("groups_claim"), "{error}");
    assert!(error.text().contains("custom authorization server"), "{error}");

    oidc.configure("");
    let error = oidc.story.apply_fails().error();
    assert!(error.text().contains("needs an API token"), "clearing is a write too: {error}");
}

#[test]
fn without_a_claim_oauth_alone_is_enough_and_quiet() {
    let mut oidc = Oidc::new();
    oidc.use_oauth_alone();
    oidc.configure("");
    assert!(oidc.story.apply().warnings.is_empty());
    assert!(oidc.story.plan().diagnostics.is_empty());
    oidc.story.destroy();
}

#[test]
fn only_ours_are_unassigned_and_nothing_is_written_twice() {
    let oidc = Oidc::new();
    let (ours, other, ada, bo) =
        (oidc.group("Engineering"), oidc.group("Zero Trust Users"), oidc.user("ada"), oidc.user("bo"));
    oidc.configure(&format!("  assigned_group_ids = [{ours:?}]\n  assigned_user_ids = [{ada:?}, {bo:?}]\n"));
    oidc.story.apply();
    oidc.okta("PUT", &format!("/groups/{other}"), Some(&json!({})));
    oidc.story.expect_empty_plan();

    // Bo goes; the group that covers him keeps him in the app.
    oidc.configure(&format!("  assigned_group_ids = [{ours:?}]\n  assigned_user_ids = [{ada:?}]\n"));
    let plan = oidc.story.plan();
    assert!(plan.diagnostics.iter().any(|told| told.text().contains("Up to 1 person may no longer")), "{}", plan.text);
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/users/*"]);
    assert_eq!(oidc.scope(&bo), Some("GROUP"));

    // What is there already is adopted without a write; what is no longer listed goes.
    oidc.configure(&format!("  assigned_group_ids = [{other:?}]\n  assigned_user_ids = [{ada:?}]\n"));
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["DELETE apps/*/groups/*"]);
    assert_eq!(oidc.groups(), [other.clone()].into());

    // A group that was taken away by hand is assigned again.
    assert!(oidc.story.mock().okta().remove_group_assignment(&oidc.id(), &other));
    assert_eq!(oidc.story.plan().changed_attributes(APP), ["assigned_group_ids"]);
    oidc.story.apply();
    assert_eq!(oidc.groups(), [other].into());
}

#[test]
fn people_whom_no_group_covers_are_unassigned() {
    let oidc = Oidc::new();
    let (ada, bo) = (oidc.user("ada"), oidc.user("bo"));
    oidc.configure(&format!("  assigned_user_ids = [{ada:?}, {bo:?}]\n"));
    oidc.story.apply();
    oidc.configure(&format!("  assigned_user_ids = [{bo:?}]\n"));
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["DELETE apps/*/users/*"]);
    assert_eq!((oidc.scope(&ada), oidc.scope(&bo)), (None, Some("USER")));
}

#[test]
fn an_import_records_what_is_there_and_plans_nothing() {
    let oidc = Oidc::new();
    oidc.configure(&everything(&oidc));
    oidc.story.apply();
    let id = oidc.id();
    oidc.story.workspace().terraform(&["state", "rm", APP]).expect_success();
    // Only what must be set is set: the rest is there and stays.
    oidc.configure("");
    oidc.story.import(APP, &id);
    oidc.story.expect_empty_plan();
    assert_eq!(oidc.app()["assigned_group_ids"], json!([oidc.group("Engineering")]));
    assert_eq!(oidc.app()["assigned_user_ids"], json!([oidc.user("ada")]));
}

#[test]
fn only_oidc_apps_are_imported() {
    let oidc = Oidc::new();
    oidc.configure("");
    let saml = oidc.story.in_okta(
        "POST",
        "/api/v1/apps",
        Some(&json!({"name": "scim2headerauth", "label": "SCIM", "signOnMode": "SAML_2_0"})),
    );
    let said = oidc.story.import_fails(APP, saml["id"].as_str().unwrap());
    assert!(said.contains("SAML_2_0") && said.contains("okta_scim_app"), "{said}");
    assert!(oidc.story.import_fails(APP, "Access").contains("0oa"));
}

#[test]
fn a_policy_is_bound_and_the_default_one_comes_back() {
    let oidc = Oidc::new();
    let default = oidc.story.mock().okta().default_access_policy();
    let name = {
        let policies = oidc.story.in_okta("GET", "/api/v1/policies?type=ACCESS_POLICY", None);
        let other = policies.as_array().unwrap().iter().find(|policy| policy["id"] != json!(default)).cloned();
        other.unwrap()["name"].as_str().unwrap().to_owned()
    };
    let other = oidc.story.mock().okta().policy_id(&name).unwrap();
    oidc.configure(&format!("  authentication_policy = {other:?}\n"));
    oidc.story.apply();
    assert_eq!(oidc.story.mock().okta().access_policy_of(&oidc.id()), Some(other));
    oidc.configure("");
    oidc.story.apply();
    assert_eq!(oidc.text("authentication_policy"), default);
    assert_eq!(oidc.story.mock().okta().access_policy_of(&oidc.id()), Some(default));
}

#[test]
fn an_app_can_be_switched_off_and_on() {
    let oidc = Oidc::applied("  status = \"INACTIVE\"\n");
    assert_eq!(oidc.document()["status"], "INACTIVE");
    oidc.configure("");
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/lifecycle/activate"]);
    oidc.configure("  status = \"INACTIVE\"\n");
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/lifecycle/deactivate"]);
    oidc.story.destroy();
    assert_eq!(oidc.apps(), 0);
}

#[test]
fn a_create_that_breaks_leaves_nothing_behind() {
    let oidc = Oidc::new();
    oidc.configure(&everything(&oidc));
    let no = refusal("E0000006", "You do not have permission to perform the requested action", &[]);
    oidc.story.mock().fail(Fault::on("PUT", "/api/v1/apps/*/groups/*").answering(403, no).times(1));
    let error = oidc.story.apply_fails().error();
    assert!(error.points_at("assigned_group_ids"), "{error}");
    assert!(error.text().contains("deleted again"), "{error}");
    assert_eq!(oidc.apps(), 0);
    assert_eq!(oidc.story.addresses(), Vec::<String>::new());
    oidc.story.apply();
}

#[test]
fn a_create_that_cannot_be_rolled_back_is_kept_as_tainted() {
    let oidc = Oidc::new();
    oidc.configure(CLAIM);
    let broken = refusal("E0000060", "Unsupported operation.", &[]);
    let mock = oidc.story.mock();
    mock.fail(
        Fault::on("POST", "/api/v1/internal/apps/*/settings/oauth/idToken").answering(501, broken.clone()).times(1),
    );
    mock.fail(Fault::on("DELETE", "/api/v1/apps/*").answering(501, broken).times(1));
    let error = oidc.story.apply_fails().error();
    assert!(error.points_at("groups_claim"), "{error}");
    assert!(error.text().contains("Cannot set the groups claim") && error.text().contains("failed too"), "{error}");
    assert!(oidc.story.is_tainted(APP));
    assert_eq!(oidc.apps(), 1);
    assert!(oidc.story.plan().replaces(APP));
    oidc.story.apply();
    assert_eq!(oidc.apps(), 1);
}

#[test]
fn an_update_that_breaks_keeps_what_was_done() {
    let oidc = Oidc::applied("");
    oidc.configure(&format!("  label = \"Access 2\"\n{CLAIM}"));
    let no = refusal("E0000006", "You do not have permission to perform the requested action", &[]);
    let route = "/api/v1/internal/apps/*/settings/oauth/idToken";
    oidc.story.mock().fail(Fault::on("POST", route).answering(403, no).times(1));
    oidc.story.apply_fails();
    assert_eq!(oidc.app()["label"], "Access 2");
    assert!(!oidc.story.is_tainted(APP));
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST internal/apps/*/settings/oauth/idToken"]);
}

#[test]
fn what_okta_blames_is_pointed_at() {
    let oidc = Oidc::new();
    oidc.configure("");
    let blamed = refusal("E0000001", "Api validation failed: label", &["label: The field is not to Okta's taste"]);
    oidc.story
        .mock()
        .fail(Fault::on("POST", "/api/v1/apps").answering(400, blamed).with_header("x-okta-request-id", "req-77"));
    let error = oidc.story.apply_fails().error();
    assert!(error.points_at("label"), "{error}");
    assert!(error.text().contains("not to Okta's taste") && error.text().contains("req-77"), "{error}");
}

#[test]
fn a_bad_value_is_pointed_at_before_anything_is_called() {
    let oidc = Oidc::new();
    let claim = |kind: &str, filter: &str, value: &str| {
        format!("  groups_claim = {{\n    type = {kind:?}\n{filter}    value = {value:?}\n  }}\n")
    };
    let regex = "    filter_type = \"REGEX\"\n";
    for (more, attribute, instead) in [
        ("  label = \"\"\n".to_owned(), "label", "1 to 100"),
        ("  redirect_uris = []\n".to_owned(), "redirect_uris", "1 or more"),
        ("  redirect_uris = [\"/callback\"]\n".to_owned(), "redirect_uris", "Write an absolute URL"),
        ("  redirect_uris = [\"ftp://acme.example/\"]\n".to_owned(), "redirect_uris", "Write an absolute URL"),
        ("  post_logout_redirect_uris = [\"bye\"]\n".to_owned(), "post_logout_redirect_uris", "Write an absolute URL"),
        ("  grant_types = [\"code\"]\n".to_owned(), "grant_types", "authorization_code"),
        ("  grant_types = [\"refresh_token\"]\n  response_types = [\"code\"]\n".to_owned(), "grant_types", "Add"),
        ("  response_types = [\"nonsense\"]\n".to_owned(), "response_types", "id_token"),
        ("  token_endpoint_auth_method = \"none\"\n".to_owned(), "token_endpoint_auth_method", "client_secret_post"),
        ("  consent_method = \"ALWAYS\"\n".to_owned(), "consent_method", "REQUIRED"),
        ("  issuer_mode = \"ORG\"\n".to_owned(), "issuer_mode", "ORG_URL"),
        ("  status = \"active\"\n".to_owned(), "status", "ACTIVE"),
        ("  authentication_policy = \"Any two factors\"\n".to_owned(), "authentication_policy", "rst"),
        ("  assigned_group_ids = [\"Engineering\"]\n".to_owned(), "assigned_group_ids", "00g"),
        ("  assigned_user_ids = [\"ada@acme.example\"]\n".to_owned(), "assigned_user_ids", "00u"),
        (claim("FILTER", regex, "access-("), "groups_claim", "STARTS_WITH"),
        (claim("EXPRESSION", regex, "x"), "groups_claim", "Remove filter_type"),
        (claim("FILTER", "", "x"), "groups_claim", "Add filter_type"),
    ] {
        oidc.configure(&more);
        let error = oidc.story.validate_fails();
        assert!(error.points_at(attribute), "{attribute}: {error}");
        assert!(error.text().contains(instead), "{attribute}: {error}");
    }
    assert!(oidc.story.mock().journal().is_empty());
}
