//! `okta_scim_app`: the app through which Okta keeps people and groups in sync.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use zt::mock::okta::Quirks;
use zt::mock::{Fault, Options, ProvisioningApi};

use crate::harness::story::Story;

const APP: &str = "okta_scim_app.scim";
/// What an import cannot know: the token, and therefore who set the connection up.
const UNREADABLE: &[&str] = &["scim_token", "provisioning_mode"];

/// A story with an identity provider in Cloudflare whose SCIM is on.
struct Scim {
    story: Story,
    base_url: String,
    token: String,
}

impl Scim {
    fn new(api: ProvisioningApi) -> Self {
        Self::in_story(Story::with(Options { provisioning_api: api, ..Options::default() }))
    }

    fn in_story(story: Story) -> Self {
        let path = format!("/accounts/{}/access/identity_providers", story.mock().account_id());
        let body = json!({
            "name": "Okta",
            "type": "okta",
            "config": {"client_id": "0oa0", "client_secret": "not-used-here", "okta_account": story.mock().org_url()},
            "scim_config": {"enabled": true},
        });
        let made = story.in_cloudflare("POST", &path, Some(&body));
        let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
        let (base_url, token) = (text("/scim_config/scim_base_url"), text("/scim_config/secret"));
        Self { story, base_url, token }
    }

    /// Writes the configuration: base URL, token, and `more`.
    fn configure(&self, more: &str) {
        self.configure_bare(&format!(
            "  scim_base_url = {:?}\n  scim_token    = {:?}\n{more}\n",
            self.base_url, self.token
        ));
    }

    fn configure_bare(&self, body: &str) {
        let label = if body.contains("label ") { "" } else { "  label = \"SCIM\"\n" };
        let text = format!("resource \"okta_scim_app\" \"scim\" {{\n  provider = zt\n{label}{body}}}\n");
        self.story.write("main.tf", &text);
    }

    fn app(&self) -> Value {
        self.story.resource(APP)
    }

    fn id(&self) -> String {
        self.app()["id"].as_str().unwrap().to_owned()
    }

    /// An Okta group's id.
    fn group(&self, name: &str) -> String {
        self.story.mock().okta().group_id(name).unwrap()
    }

    fn user(&self, name: &str) -> String {
        self.story.mock().okta().user_id(&format!("{name}@acme.example")).unwrap()
    }

    /// A person fills in the form of the console.
    fn fill_in_the_form(&self, switches: Value) {
        let mut form = switches;
        form["base_url"] = json!(self.base_url);
        form["token"] = json!(self.token);
        self.story.in_okta("POST", &format!("/_mock/okta/apps/{}/provisioning", self.id()), Some(&form));
    }

    /// One call to something of the app.
    fn okta(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.story.in_okta(method, &format!("/api/v1/apps/{}{path}", self.id()), body)
    }

    fn groups(&self) -> BTreeSet<String> {
        ids(&self.okta("GET", "/groups", None))
    }

    fn mappings(&self) -> Vec<Value> {
        self.okta("GET", "/group-push/mappings", None).as_array().unwrap().clone()
    }

    fn counts(&self, noun: &str) -> usize {
        self.story.mock().okta().counts()[noun]
    }

    /// The writes to Okta while `step` runs, without the app's id.
    fn writes(&self, step: impl FnOnce(&Story)) -> Vec<String> {
        let mark = self.story.mock().journal().len();
        step(&self.story);
        let all = self.story.mock().journal().writes_since(mark);
        all.into_iter().map(|write| shortened(&write)).collect()
    }
}

/// `PUT /api/v1/apps/0oa…/groups/00g…` as `PUT apps/*/groups/*`.
fn shortened(write: &str) -> String {
    let (method, path) = write.split_once(' ').unwrap();
    let path = path.split(['?', ' ']).next().unwrap_or_default();
    let is_id = |part: &str| part.len() == 20 && ["0oa", "00g", "00u", "gPm"].iter().any(|kind| part.starts_with(kind));
    let parts = path.trim_start_matches("/api/v1/").split('/').map(|part| if is_id(part) { "*" } else { part });
    format!("{method} {}", parts.collect::<Vec<_>>().join("/"))
}

fn ids(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

const SWITCHES: &str = "  provisioning = {\n    create_users = true\n    update_user_attributes = true\n    deactivate_users = true\n  }\n";

fn everything(scim: &Scim) -> String {
    format!(
        "{SWITCHES}  assigned_group_ids = [{:?}]\n  push_groups = [{{ source_group_id = {:?} }}]\n",
        scim.group("Zero Trust Users"),
        scim.group("Engineering"),
    )
}

#[test]
fn one_apply_connects_everything_in_order_and_destroy_undoes_it() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(
        writes,
        [
            "POST apps",
            "POST apps/*/connections/default",
            "PUT apps/*/features/USER_PROVISIONING",
            "PUT apps/*/groups/*",
            "POST apps/*/group-push/mappings",
        ]
    );

    let app = scim.app();
    assert_eq!(app["app_name"], "scim2headerauth");
    assert_eq!(app["status"], "ACTIVE");
    assert_eq!((&app["hide_web"], &app["hide_ios"]), (&json!(true), &json!(true)));
    assert_eq!(app["connection_status"], "ENABLED");
    assert_eq!(app["setup_pending"], false);
    assert_eq!(app["setup_instructions"], Value::Null);
    let (url, enabled, right_token) = scim.story.mock().okta().connection(&scim.id(), &scim.token).unwrap();
    assert_eq!((url, enabled, right_token), (scim.base_url.clone(), true, true));
    let features = scim.okta("GET", "", None)["features"].clone();
    for feature in ["PUSH_NEW_USERS", "PUSH_PROFILE_UPDATES", "PUSH_USER_DEACTIVATION"] {
        assert!(features.as_array().unwrap().contains(&json!(feature)), "{features}");
    }
    assert_eq!(scim.groups(), [scim.group("Zero Trust Users")].into());
    assert_eq!(scim.mappings()[0]["sourceGroupId"], json!(scim.group("Engineering")));

    scim.story.import_verify(APP, &scim.id(), UNREADABLE);

    let writes = scim.writes(|story| drop(story.destroy()));
    assert_eq!(
        writes,
        [
            "PATCH apps/*/group-push/mappings/*",
            "DELETE apps/*/group-push/mappings/*",
            "DELETE apps/*/groups/*",
            "POST apps/*/connections/default/lifecycle/deactivate",
            "POST apps/*/lifecycle/deactivate",
            "DELETE apps/*",
        ]
    );
    assert_eq!((scim.counts("apps"), scim.counts("connections")), (0, 0));
}

#[test]
fn terraform_installs_the_provider_and_negotiates_with_it() {
    let scim = Scim::in_story(Story::through_a_mirror());
    scim.story.init();
    scim.configure(SWITCHES);
    scim.story.apply();
    scim.story.destroy();
}

#[test]
fn the_token_shows_up_in_the_state_only() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&everything(&scim));
    let plan = scim.story.plan();
    assert!(!plan.text.contains(&scim.token), "{}", plan.text);
    scim.story.apply();
    assert!(!scim.app()["setup_instructions"].as_str().unwrap().contains(&scim.token));
    assert!(!serde_json::to_string(&scim.story.mock().journal().all()).unwrap().contains(&scim.token));
}

#[test]
fn an_update_writes_what_differs_and_nothing_else() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    let id = scim.id();

    let (one, two) = (scim.group("Zero Trust Users"), scim.group("Engineering"));
    let body = format!(
        "{SWITCHES}  assigned_group_ids = [{one:?}, {two:?}]\n  push_groups = [{{ source_group_id = {two:?} }}]\n"
    );
    scim.configure(&body);
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["PUT apps/*/groups/*"], "the document, the connection and the other group stay untouched");

    scim.configure(&format!(
        "  label = \"SCIM 2\"\n  hide_web = false\n  user_name_template = \"$${{source.email}}\"\n{body}"
    ));
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["PUT apps/*"]);
    let app = scim.okta("GET", "", None);
    assert_eq!(app["label"], "SCIM 2");
    assert_eq!(app["visibility"]["hide"], json!({"iOS": true, "web": false}));
    assert_eq!(app["credentials"]["userNameTemplate"]["template"], "${source.email}");
    assert_eq!(scim.id(), id);

    scim.configure(&body.replace("deactivate_users = true", "deactivate_users = false"));
    let plan = scim.story.plan();
    assert_eq!(plan.action(APP), ["update"]);
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["PUT apps/*", "PUT apps/*/features/USER_PROVISIONING"], "what was removed is cleared");
    let app = scim.okta("GET", "", None);
    assert_eq!(app["label"], "SCIM");
    assert_eq!(app["visibility"]["hide"]["web"], true);
    assert_eq!(app["credentials"]["userNameTemplate"]["template"], "${source.login}");
    assert_eq!(scim.app()["provisioning"]["deactivate_users"], false);
}

#[test]
fn a_new_token_is_sent_and_nothing_else() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(SWITCHES);
    scim.story.apply();
    let idp = scim.story.mock().cloudflare().identity_providers()[0].id().to_owned();
    let token = scim.story.mock().cloudflare().identity_provider_mut(&idp).unwrap().regenerate_scim_secret().unwrap();
    let scim = Scim { token, ..scim };
    scim.configure(SWITCHES);
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/connections/default"]);
    assert_eq!(scim.story.mock().okta().connection(&scim.id(), &scim.token), Some((scim.base_url.clone(), true, true)));
}

#[test]
fn another_template_is_another_app() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let people = format!("  assigned_user_ids = [{:?}]\n", scim.user("ada"));
    scim.configure(&people);
    scim.story.apply();
    let id = scim.id();
    scim.configure(&format!("  app_name = \"scim2testapp\"\n{people}"));
    let plan = scim.story.plan();
    assert!(plan.replaces(APP));
    assert_eq!(plan.replace_paths(APP), ["app_name"]);
    assert!(plan.diagnostics.iter().any(|found| found.text().contains("1 person will lose")), "{:?}", plan.diagnostics);
    scim.story.apply();
    assert_ne!(scim.id(), id);
    assert_eq!(scim.counts("apps"), 1);
}

#[test]
fn drift_is_shown_and_repaired() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    let id = scim.id();

    scim.story.mock().okta().edit_app(&id, "/label", json!("Renamed"));
    let group = scim.group("Zero Trust Users");
    scim.story.mock().okta().remove_group_assignment(&id, &group);
    let body = json!({"update": {"lifecycleDeactivate": {"status": "DISABLED"}}});
    scim.okta("PUT", "/features/USER_PROVISIONING", Some(&body));
    let plan = scim.story.plan();
    assert_eq!(plan.action(APP), ["update"]);
    let changed = plan.changed_attributes(APP);
    for attribute in ["label", "assigned_group_ids", "provisioning"] {
        assert!(changed.iter().any(|name| name == attribute), "{changed:?}");
    }
    scim.story.apply();
    assert_eq!(scim.okta("GET", "", None)["label"], "SCIM");
    assert_eq!(scim.groups().len(), 1);
}

#[test]
fn another_base_url_is_drift_and_so_is_a_connection_switched_off() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(SWITCHES);
    scim.story.apply();
    let id = scim.id();

    scim.story.mock().okta().edit_connection(&id, "https://elsewhere.example/scim/v2", "other");
    let plan = scim.story.plan();
    assert!(plan.changed_attributes(APP).contains(&"scim_base_url".to_owned()), "{}", plan.text);
    scim.story.apply();
    assert_eq!(scim.story.mock().okta().connection(&id, &scim.token), Some((scim.base_url.clone(), true, true)));

    scim.okta("POST", "/connections/default/lifecycle/deactivate", Some(&json!({})));
    let plan = scim.story.plan();
    assert_eq!(plan.action(APP), ["update"]);
    scim.story.apply();
    assert_eq!(scim.app()["connection_status"], "ENABLED");
}

#[test]
fn an_app_that_is_gone_is_planned_anew_and_deleting_it_succeeds() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    scim.story.mock().okta().delete_app(&scim.id());
    assert_eq!(scim.story.plan().action(APP), ["create"]);
    scim.story.apply();
    scim.story.mock().okta().delete_app(&scim.id());
    scim.story.destroy();
}

#[test]
fn a_token_that_cloudflare_refuses_is_an_error_on_it_and_leaves_nothing() {
    for mode in ["auto", "api"] {
        let scim = Scim::new(ProvisioningApi::Supported);
        let right = scim.token.clone();
        let scim = Scim { token: "wrong-token-of-some-length".into(), ..scim };
        scim.configure(&format!("  provisioning_mode = {mode:?}\n{}", everything(&scim)));
        let error = scim.story.apply_fails().error();
        assert!(error.points_at("scim_token"), "{error}");
        assert!(error.text().contains("E0000059"), "{error}");
        assert!(!error.text().contains(&scim.token), "{error}");
        assert_eq!(scim.counts("apps"), 0);
        assert_eq!(scim.story.addresses(), Vec::<String>::new());

        let scim = Scim { token: right, ..scim };
        scim.configure(&everything(&scim));
        scim.story.apply();
    }
}

fn forbidden() -> Value {
    json!({
        "errorCode": "E0000006",
        "errorSummary": "You do not have permission to perform the requested action",
        "errorLink": "E0000006",
        "errorId": "oaeQ",
        "errorCauses": [],
    })
}

#[test]
fn a_creation_that_fails_half_way_is_rolled_back() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story
        .mock()
        .fail(Fault::on("POST", "/api/v1/apps/*/group-push/mappings").answering(403, forbidden()).times(1));
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("push_groups"), "{error}");
    assert!(error.text().contains("do not have permission"), "{error}");
    assert_eq!(scim.counts("apps"), 0);
    assert_eq!(scim.story.addresses(), Vec::<String>::new());
    scim.story.apply();
}

#[test]
fn a_rollback_that_fails_keeps_what_exists_and_says_both() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.mock().fail(Fault::on("PUT", "/api/v1/apps/*/groups/*").answering(403, forbidden()).times(1));
    scim.story.mock().fail(Fault::on("DELETE", "/api/v1/apps/*").answering(403, forbidden()).times(1));
    let refused = scim.story.apply_fails();
    let texts: Vec<String> = refused.iter().map(|found| found.text()).collect();
    assert!(texts.iter().any(|text| text.starts_with("Cannot assign the group")), "{texts:?}");
    assert!(texts.iter().any(|text| text.starts_with("The unfinished app cannot be removed")), "{texts:?}");
    assert!(scim.story.is_tainted(APP));
    let id = scim.id();
    scim.story.apply();
    assert_ne!(scim.id(), id);
    assert_eq!(scim.counts("apps"), 1);
}

#[test]
fn an_update_that_fails_half_way_goes_on_where_it_stopped() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(SWITCHES);
    scim.story.apply();
    scim.story
        .mock()
        .fail(Fault::on("POST", "/api/v1/apps/*/group-push/mappings").answering(403, forbidden()).times(1));
    scim.configure(&format!("  label = \"Second\"\n{}", everything(&scim)));
    scim.story.apply_fails();
    assert_eq!(scim.app()["label"], "Second");
    assert!(!scim.story.is_tainted(APP));
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/group-push/mappings"]);
}

#[test]
fn bad_values_are_refused_at_their_attribute() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let base = scim.base_url.clone();
    for (body, attribute, word) in [
        (
            "  scim_base_url = \"https://a_b.example/scim\"\n  scim_token = \"t\"\n".to_owned(),
            "scim_base_url",
            "underscore",
        ),
        ("  scim_base_url = \"http://acme.example/scim\"\n  scim_token = \"t\"\n".into(), "scim_base_url", "https"),
        (
            "  scim_base_url = \"https://acme.example/scim/Users\"\n  scim_token = \"t\"\n".into(),
            "scim_base_url",
            "leave it out",
        ),
        (format!("  scim_base_url = {base:?}\n  scim_token = \"t\\n\"\n"), "scim_token", "chomp"),
        (format!("  scim_base_url = {base:?}\n  scim_token = \"t\"\n  status = \"OFF\"\n"), "status", "INACTIVE"),
        (
            format!("  scim_base_url = {base:?}\n  scim_token = \"t\"\n  provisioning_mode = \"manual\"\n"),
            "provisioning_mode",
            "console",
        ),
        (
            format!(
                "  scim_base_url = {base:?}\n  scim_token = \"t\"\n  push_groups = [{{ source_group_id = \"00g00000000000000000\" }}, {{ source_group_id = \"00g00000000000000000\", target_group_name = \"x\" }}]\n"
            ),
            "push_groups",
            "once",
        ),
    ] {
        scim.configure_bare(&body);
        let error = scim.story.validate_fails();
        assert!(error.points_at(attribute), "{error}");
        assert!(error.text().contains(word), "{error}");
    }
    scim.configure_bare(&format!("  scim_base_url = {base:?}\n"));
    assert!(scim.story.validate_fails().text().contains("The SCIM token is missing"));
    scim.configure_bare("  scim_token = \"t\"\n");
    assert!(scim.story.validate_fails().text().contains("The SCIM base URL is missing"));
    scim.configure_bare("  provisioning_mode = \"console\"\n");
    assert_eq!(scim.story.validate().len(), 0);
}

#[test]
fn an_endpoint_outside_of_the_team_is_refused_before_anybody_is_asked() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure_bare("  scim_base_url = \"https://elsewhere.example/scim/v2\"\n  scim_token = \"t\"\n");
    let refused = scim.story.plan_fails();
    let error = refused.error();
    assert!(error.points_at("scim_base_url"), "{error}");
    let team = scim.story.mock().auth_url().trim_start_matches("http://").to_owned();
    assert!(error.text().contains(&team), "{error}");
}

#[test]
fn a_template_that_the_catalogue_lacks_is_an_error_on_its_name() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure("  app_name = \"no_such_app\"\n");
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("app_name"), "{error}");
}

// The honesty rule

#[test]
fn in_api_mode_an_app_that_the_api_does_not_know_is_an_error_and_leaves_nothing() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&format!("  provisioning_mode = \"api\"\n{}", everything(&scim)));
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("provisioning_mode"), "{error}");
    let text = error.text();
    for word in ["scim2headerauth", "UNKNOWN", "Configure API Integration", &scim.base_url, "Create Users"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains(&scim.token));
    assert_eq!(scim.counts("apps"), 0);
    assert_eq!(scim.story.addresses(), Vec::<String>::new());
}

#[test]
fn in_auto_mode_a_person_is_asked_and_the_second_apply_does_the_rest() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&everything(&scim));
    let mut warned = Vec::new();
    let writes = scim.writes(|story| warned = story.apply().warnings);
    assert_eq!(writes, ["POST apps", "POST apps/*/connections/default"], "nothing is sent too early");
    assert!(warned.iter().any(|warning| warning.text().contains("One form is left")), "{warned:?}");
    let app = scim.app();
    assert_eq!(app["connection_status"], "NEEDS_CONSOLE");
    assert_eq!(app["setup_pending"], true);
    assert_eq!(app["assigned_group_ids"].as_array().unwrap().len(), 1, "kept as configured");
    let form = app["setup_instructions"].as_str().unwrap();
    assert!(form.contains(&format!("/admin/app/scim2headerauth/instance/{}", scim.id())), "{form}");
    assert!(form.contains(&scim.base_url) && !form.contains(&scim.token), "{form}");

    let plan = scim.story.plan();
    assert!(plan.is_empty());
    assert!(plan.diagnostics.iter().any(|found| found.text().contains("waits for a person")), "{:?}", plan.diagnostics);

    scim.fill_in_the_form(json!({}));
    let plan = scim.story.plan();
    assert_eq!(plan.action(APP), ["update"]);
    let changed = plan.changed_attributes(APP);
    assert!(changed.contains(&"assigned_group_ids".into()) && changed.contains(&"push_groups".into()), "{changed:?}");
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["PUT apps/*/groups/*", "POST apps/*/group-push/mappings"]);
    let app = scim.app();
    assert_eq!(app["connection_status"], "ENABLED");
    assert_eq!(app["setup_pending"], false);
    assert_eq!(app["setup_instructions"], Value::Null);
    let synced: Vec<_> = scim.story.mock().okta().app_users(&scim.id());
    assert!(!synced.is_empty() && synced.iter().all(|(_, _, sync)| *sync != "DISABLED"), "{synced:?}");
    scim.story.destroy();
    assert_eq!(scim.counts("apps"), 0);
}

#[test]
fn in_console_mode_a_person_connects_the_app_whatever_the_api_can_do() {
    for api in [ProvisioningApi::Unknown, ProvisioningApi::Supported] {
        let scim = Scim::new(api);
        let body =
            format!("  scim_base_url = {:?}\n  provisioning_mode = \"console\"\n{}", scim.base_url, everything(&scim));
        scim.configure_bare(&body);
        let writes = scim.writes(|story| drop(story.apply()));
        assert_eq!(writes, ["POST apps"]);
        assert_eq!(scim.app()["connection_status"], "NEEDS_CONSOLE");

        scim.fill_in_the_form(json!({}));
        assert_eq!(scim.story.plan().action(APP), ["update"]);
        let writes = scim.writes(|story| drop(story.apply()));
        assert_eq!(writes, ["PUT apps/*/groups/*", "POST apps/*/group-push/mappings"]);
        assert_eq!(scim.app()["connection_status"], "ENABLED");
        scim.story.import_verify(
            APP,
            &scim.id(),
            if api == ProvisioningApi::Unknown { &["scim_base_url"] } else { &[] },
        );

        // Nothing here could change it back.
        scim.story.mock().okta().edit_connection(&scim.id(), "https://elsewhere.example/scim/v2", &scim.token);
        let plan = scim.story.plan();
        assert!(plan.is_empty());
        let told = plan.diagnostics.iter().any(|found| found.text().contains("another SCIM base URL"));
        assert_eq!(told, api == ProvisioningApi::Supported, "only where the API tells the URL");
    }
}

#[test]
fn switches_that_only_a_person_can_set_are_asked_for_once() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&everything(&scim));
    scim.story.apply();
    scim.fill_in_the_form(json!({"deactivate_users": false}));
    let plan = scim.story.plan();
    assert!(plan.changed_attributes(APP).contains(&"provisioning".into()), "{}", plan.text);

    let applied = scim.story.apply();
    assert!(applied.warnings.iter().any(|warning| warning.text().contains("enable Deactivate Users,")));
    assert_eq!(scim.app()["setup_pending"], true);
    assert_eq!(scim.groups(), BTreeSet::new(), "what would be half provisioned waits");

    scim.fill_in_the_form(json!({}));
    scim.story.apply();
    assert_eq!(scim.app()["setup_pending"], false);
    assert_eq!(scim.groups().len(), 1);
}

#[test]
fn what_waited_is_sent_even_by_an_apply_that_did_not_look_before() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&everything(&scim));
    scim.story.apply();
    scim.fill_in_the_form(json!({}));
    scim.configure(&format!("  label = \"Second\"\n{}", everything(&scim)));
    scim.story.workspace().terraform(&["apply", "-auto-approve", "-refresh=false"]).expect_success();
    assert_eq!((scim.groups().len(), scim.mappings().len()), (1, 1));
    assert_eq!(scim.app()["setup_pending"], false);
    scim.story.expect_empty_plan();
}

#[test]
fn provisioning_that_somebody_switched_off_waits_again_and_is_told() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&everything(&scim));
    scim.story.apply();
    scim.fill_in_the_form(json!({}));
    scim.story.apply();

    scim.story.in_okta("DELETE", &format!("/_mock/okta/apps/{}/provisioning", scim.id()), None);
    let plan = scim.story.plan();
    assert!(plan.is_empty(), "{}", plan.text);
    assert!(plan.diagnostics.iter().any(|found| found.text().contains("waits for a person")), "{:?}", plan.diagnostics);
}

#[test]
fn a_token_that_changes_after_a_person_entered_it_is_theirs_to_enter() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    let switch = "  provisioning = {\n    create_users = true\n  }\n";
    scim.configure(switch);
    scim.story.apply();
    scim.fill_in_the_form(json!({"deactivate_users": false}));
    scim.story.apply();
    let scim = Scim { token: "another-token-of-some-length".into(), ..scim };
    scim.configure(switch);
    let applied = scim.story.apply();
    assert!(applied.warnings.iter().any(|warning| warning.text().contains("has to be entered in Okta's console")));
    assert_eq!(scim.app()["connection_status"], "ENABLED");
}

#[test]
fn features_lost_by_a_write_to_the_app_are_an_error_and_the_next_apply_repairs_them() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    scim.story.mock().okta().set_quirks(Quirks { put_loses_provisioning: true, ..Quirks::default() });
    scim.configure(&format!("  label = \"Second\"\n{}", everything(&scim)));
    let error = scim.story.apply_fails().error();
    assert!(error.text().contains("PUSH_NEW_USERS"), "{error}");
    scim.story.mock().okta().set_quirks(Quirks::default());
    assert_eq!(scim.story.plan().action(APP), ["update"]);
    scim.story.apply();
    assert_eq!(scim.app()["connection_status"], "ENABLED");
    assert_eq!(scim.app()["label"], "Second");
}

// Assignments

#[test]
fn what_was_never_ours_is_left_alone_unless_lists_are_exclusive() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let (one, other) = (scim.group("Zero Trust Users"), scim.group("Engineering"));
    let body = format!("{SWITCHES}  assigned_group_ids = [{one:?}]\n");
    scim.configure(&body);
    scim.story.apply();
    scim.okta("PUT", &format!("/groups/{other}"), Some(&json!({})));
    scim.story.expect_empty_plan();

    scim.configure(&format!("{body}  exclusive_assignments = true\n"));
    scim.story.apply();
    assert_eq!(scim.groups(), [one].into());
    scim.okta("PUT", &format!("/groups/{other}"), Some(&json!({})));
    assert_eq!(scim.story.plan().action(APP), ["update"]);
    scim.story.apply();
    assert_eq!(scim.groups().len(), 1);
}

#[test]
fn a_group_that_leaves_the_configuration_is_unassigned_after_a_warning_with_numbers() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let (one, two) = (scim.group("Zero Trust Users"), scim.group("Engineering"));
    scim.configure(&format!("{SWITCHES}  assigned_group_ids = [{one:?}, {two:?}]\n"));
    scim.story.apply();
    scim.configure(&format!("{SWITCHES}  assigned_group_ids = [{one:?}]\n"));
    let plan = scim.story.plan();
    let warning = plan
        .diagnostics
        .iter()
        .find(|found| found.text().contains("3 people will lose the SCIM app, and their accounts"))
        .expect("a warning");
    assert!(warning.text().contains("will be unassigned"), "{warning}");
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["DELETE apps/*/groups/*"]);

    scim.configure(SWITCHES);
    scim.story.apply();
    assert_eq!(scim.groups(), BTreeSet::new(), "a list given up takes its groups along");
    scim.okta("PUT", &format!("/groups/{two}"), Some(&json!({})));
    scim.story.expect_empty_plan();
}

#[test]
fn people_are_assigned_directly_and_those_a_group_covers_are_never_deleted() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let (group, ada) = (scim.group("Zero Trust Users"), scim.user("ada"));
    let admin = scim.story.mock().okta().user_id("admin@acme.example").unwrap();
    scim.configure(&format!(
        "{SWITCHES}  assigned_group_ids = [{group:?}]\n  assigned_user_ids = [{ada:?}, {admin:?}]\n"
    ));
    scim.story.apply();
    let direct = |scim: &Scim| -> BTreeSet<String> {
        let all = scim.story.mock().okta().app_users(&scim.id());
        all.into_iter().filter(|(_, scope, _)| *scope == "USER").map(|(id, _, _)| id).collect()
    };
    assert_eq!(direct(&scim), [ada.clone(), admin.clone()].into());

    scim.configure(&format!("{SWITCHES}  assigned_group_ids = [{group:?}]\n  assigned_user_ids = []\n"));
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes.iter().filter(|write| write.starts_with("DELETE")).count(), 1, "{writes:?}");
    assert_eq!(direct(&scim), BTreeSet::new());
    let left = scim.story.mock().okta().app_users(&scim.id());
    assert!(left.iter().any(|(id, ..)| *id == ada) && !left.iter().any(|(id, ..)| *id == admin), "{left:?}");
}

#[test]
fn switches_that_leave_the_configuration_are_switched_off_if_they_were_ours() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure("  provisioning = {\n    create_users = true\n  }\n");
    scim.story.apply();
    let body = json!({"update": {"profile": {"status": "ENABLED"}}});
    scim.okta("PUT", "/features/USER_PROVISIONING", Some(&body));
    scim.story.expect_empty_plan();

    scim.configure("");
    scim.story.apply();
    let features = scim.okta("GET", "", None)["features"].clone();
    let features = features.as_array().unwrap();
    assert!(
        !features.contains(&json!("PUSH_NEW_USERS")) && features.contains(&json!("PUSH_PROFILE_UPDATES")),
        "{features:?}"
    );
}

#[test]
fn an_inactive_app_is_created_so_and_switched_on_and_off() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure("  status = \"INACTIVE\"\n");
    scim.story.apply();
    assert_eq!(scim.okta("GET", "", None)["status"], "INACTIVE");
    scim.configure("  status = \"ACTIVE\"\n");
    scim.story.apply();
    assert_eq!(scim.okta("GET", "", None)["status"], "ACTIVE");
    scim.okta("POST", "/lifecycle/deactivate", Some(&json!({})));
    assert_eq!(scim.story.plan().action(APP), ["update"]);
    scim.story.apply();
    scim.configure("  status = \"INACTIVE\"\n");
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/lifecycle/deactivate"]);
    scim.story.destroy();
}

// Push groups

#[test]
fn a_push_in_error_is_told_with_oktas_reason_and_can_be_removed() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    let mapping = scim.mappings()[0]["id"].as_str().unwrap().to_owned();
    scim.story.mock().okta().fail_push_mapping(&scim.id(), &mapping, "The remote server said no.");
    let plan = scim.story.plan();
    assert!(plan.is_empty());
    assert!(
        plan.diagnostics.iter().any(|found| found.text().contains("The remote server said no.")),
        "{:?}",
        plan.diagnostics
    );

    scim.story.mock().fail(Fault::on("PATCH", "/api/v1/apps/*/group-push/mappings/*").answering(403, forbidden()));
    scim.configure(SWITCHES);
    scim.story.apply();
    assert_eq!(scim.mappings(), Vec::<Value>::new());
}

#[test]
fn a_push_mapping_that_is_gone_or_paused_comes_back() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    let mapping = scim.mappings()[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/group-push/mappings/{mapping}");
    scim.okta("PATCH", &path, Some(&json!({"status": "INACTIVE"})));
    assert!(scim.story.plan().changed_attributes(APP).contains(&"push_groups".into()));
    scim.story.apply();
    assert_eq!(scim.mappings()[0]["status"], "ACTIVE");
    assert_eq!(scim.mappings()[0]["id"], json!(mapping));

    scim.okta("PATCH", &path, Some(&json!({"status": "INACTIVE"})));
    scim.okta("DELETE", &path, None);
    assert!(scim.story.plan().changed_attributes(APP).contains(&"push_groups".into()));
    scim.story.apply();
    assert_eq!(scim.mappings().len(), 1);

    scim.okta(
        "PATCH",
        &format!("/group-push/mappings/{}", scim.mappings()[0]["id"].as_str().unwrap()),
        Some(&json!({"status": "INACTIVE"})),
    );
    scim.okta("DELETE", &format!("/group-push/mappings/{}", scim.mappings()[0]["id"].as_str().unwrap()), None);
    scim.story.destroy();
}

#[test]
fn the_name_in_the_app_is_as_configured_and_a_change_pushes_anew() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let source = scim.group("Engineering");
    let body = |more: &str| format!("{SWITCHES}  push_groups = [{{ source_group_id = {source:?}{more} }}]\n");
    let target = |scim: &Scim| {
        let id = scim.mappings()[0]["targetGroupId"].as_str().unwrap().to_owned();
        scim.story.in_okta("GET", &format!("/api/v1/groups/{id}"), None)["profile"]["name"].clone()
    };
    scim.configure(&body(", target_group_name = \"Builders\", delete_target_group_on_destroy = true"));
    scim.story.apply();
    assert_eq!(target(&scim), "Builders");
    assert_eq!(scim.counts("app_groups"), 1);

    scim.configure(&body(", delete_target_group_on_destroy = false"));
    scim.story.apply();
    assert_eq!(target(&scim), "Engineering");
    assert_eq!(scim.counts("app_groups"), 1, "the former target was to be deleted");

    scim.configure(&body(", delete_target_group_on_destroy = true"));
    assert_eq!(scim.writes(|story| drop(story.apply())), Vec::<String>::new(), "the flag is Terraform's alone");
    scim.story.import_verify(APP, &scim.id(), &["scim_token", "provisioning_mode", "push_groups"]);
}

#[test]
fn a_mapping_made_by_somebody_else_is_adopted_if_it_fits_and_never_removed() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(SWITCHES);
    scim.story.apply();
    let source = scim.group("Engineering");
    let body = json!({"sourceGroupId": source, "status": "ACTIVE", "targetGroupName": "Elsewhere"});
    scim.okta("POST", "/group-push/mappings", Some(&body));
    scim.configure(&everything(&scim));
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("push_groups"), "{error}");
    assert!(error.text().contains("target_group_name = \"Elsewhere\""), "{error}");
    assert_eq!(scim.mappings().len(), 1);

    scim.configure(&format!(
        "{SWITCHES}  push_groups = [{{ source_group_id = {source:?}, target_group_name = \"Elsewhere\" }}]\n"
    ));
    assert_eq!(scim.writes(|story| drop(story.apply_only())).len(), 1, "the group that the failed apply assigned goes");
    scim.story.expect_empty_plan();
}

// Import

#[test]
fn an_import_records_what_is_there_and_plans_nothing_for_what_is_not_configured() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(&everything(&scim));
    scim.story.apply();
    let id = scim.id();

    let second = Scim { story: scim.story, base_url: scim.base_url, token: scim.token };
    drop(std::fs::remove_file(second.story.workspace().config().join("terraform.tfstate")));
    second.configure_bare("  provisioning_mode = \"console\"\n");
    second.story.import(APP, &id);
    let app = second.app();
    assert_eq!(app["scim_base_url"], json!(second.base_url));
    assert_eq!(
        app["provisioning"],
        json!({"create_users": true, "update_user_attributes": true, "deactivate_users": true})
    );
    assert_eq!(app["assigned_group_ids"].as_array().unwrap().len(), 1);
    assert_eq!(app["push_groups"].as_array().unwrap().len(), 1);
    second.story.expect_empty_plan();
}

#[test]
fn an_import_of_something_else_is_refused() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure("");
    assert!(scim.story.import_fails(APP, "0oa/1").contains("Not the id of an Okta app"));
    let oidc = scim.story.in_okta(
        "POST",
        "/api/v1/apps",
        Some(&json!({
            "name": "oidc_client",
            "label": "Login",
            "signOnMode": "OPENID_CONNECT",
            "credentials": {"oauthClient": {"token_endpoint_auth_method": "client_secret_post"}},
            "settings": {"oauthClient": {"application_type": "web", "redirect_uris": ["https://a.example/cb"], "response_types": ["code"], "grant_types": ["authorization_code"]}},
        })),
    );
    assert!(scim.story.import_fails(APP, oidc["id"].as_str().unwrap()).contains("okta_oidc_app"));
    assert!(scim.story.import_fails(APP, "0oaAAAAAAAAAAAAAAAAA").contains("Cannot import non-existent"));
}
