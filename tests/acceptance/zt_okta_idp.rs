//! `zt_okta_idp`: Okta as a login method of Cloudflare Access.

use serde_json::{Value, json};
use zt::mock::{Fault, Options};

use crate::harness::story::Story;

const IDP: &str = "zt_okta_idp.okta";
/// What an import cannot know: Cloudflare never shows them.
const UNREADABLE: &[&str] = &["client_secret", "api_token"];
const ALL: &str = "/client/v4/accounts/*/access/identity_providers";
const ONE: &str = "/client/v4/accounts/*/access/identity_providers/*";
const SECRET: &str = "  client_secret = \"a-client-secret-of-this-test-0123456789\"";

fn configure(story: &Story, name: &str, more: &str) {
    let org = story.mock().org_url();
    story.write(
        "main.tf",
        &format!(
            "resource \"zt_okta_idp\" \"okta\" {{\n  name = {name:?}\n  okta_account = {org:?}\n  client_id = \"0oa1\"\n{more}\n}}\n"
        ),
    );
}

fn created(more: &str) -> (Story, String) {
    created_with(Options::default(), more)
}

fn created_with(options: Options, more: &str) -> (Story, String) {
    let story = Story::with(options);
    configure(&story, "Okta", &format!("{SECRET}\n{more}"));
    story.apply();
    let id = id(&story);
    (story, id)
}

fn id(story: &Story) -> String {
    story.resource(IDP)["id"].as_str().unwrap().to_owned()
}

/// A member of `config` as the mock stores it, secrets included.
fn stored(story: &Story, id: &str, member: &str) -> Value {
    let account = story.mock().cloudflare();
    account.identity_provider(id).and_then(|found| found.config(member).cloned()).unwrap_or_default()
}

fn by_hand(story: &Story, id: &str, member: &str, value: Value) {
    story.mock().cloudflare().identity_provider_mut(id).unwrap().set_config(member, value);
}

fn count(story: &Story) -> usize {
    story.mock().cloudflare().identity_providers().len()
}

fn refusal(message: &str) -> Value {
    json!({"success": false, "errors": [{"code": 12130, "message": format!("access.api.error.invalid_request: {message}")}],
        "messages": [], "result": null})
}

#[test]
fn create_sends_what_is_configured_and_destroy_deletes_it() {
    let (story, id) = created(
        "  api_token = \"an-okta-token\"\n  pkce_enabled = true\n  claims = [\"groups\", \"dept\"]\n  \
         authorization_server_id = \"default\"\n  email_claim_name = \"mail\"",
    );
    let state = story.resource(IDP);
    assert_eq!(state["account_id"], json!(story.mock().account_id()));
    let redirect = state["redirect_url"].as_str().unwrap();
    assert_eq!(redirect, format!("{}/cdn-cgi/access/callback", story.mock().auth_url()));
    for (member, value) in [
        ("client_id", json!("0oa1")),
        ("client_secret", json!("a-client-secret-of-this-test-0123456789")),
        ("api_token", json!("an-okta-token")),
        ("okta_account", json!(story.mock().org_url())),
        ("pkce_enabled", json!(true)),
        ("authorization_server_id", json!("default")),
        ("email_claim_name", json!("mail")),
    ] {
        assert_eq!(stored(&story, &id, member), value, "{member}");
    }
    story.import_verify(IDP, &format!("{}/{id}", story.mock().account_id()), UNREADABLE);
    story.destroy();
    assert_eq!(count(&story), 0);
}

#[test]
fn every_form_of_import_id_is_understood() {
    let (story, id) = created("  pkce_enabled = true");
    let account = story.mock().account_id();
    for import in [format!("{account}/{id}"), format!("accounts/{account}/{id}"), id.clone()] {
        story.import_verify(IDP, &import, UNREADABLE);
    }
    let mut story = Story::new();
    configure(&story, "Okta", "");
    assert!(story.import_fails(IDP, "a/b/c/d").contains("ACCOUNT_ID/IDENTITY_PROVIDER_ID"));
    story.workspace_mut().remove_env("CLOUDFLARE_ACCOUNT_ID");
    assert!(story.import_fails(IDP, &id).contains("CLOUDFLARE_ACCOUNT_ID"));
}

#[test]
fn an_imported_login_method_plans_empty_and_keeps_its_secret() {
    let story = Story::new();
    let path = format!("/accounts/{}/access/identity_providers", story.mock().account_id());
    let body = json!({"name": "By hand", "type": "okta", "config": {"client_id": "0oa1", "client_secret": "kept",
        "okta_account": story.mock().org_url(), "pkce_enabled": true, "claims": ["groups"]}});
    let id = story.in_cloudflare("POST", &path, Some(&body))["id"].as_str().unwrap().to_owned();
    configure(&story, "By hand", "");
    story.import(IDP, &id);
    story.expect_empty_plan();

    configure(&story, "Renamed", "");
    assert_eq!(story.plan().changed_attributes(IDP), ["name"]);
    story.apply();
    assert_eq!(stored(&story, &id, "client_secret"), "kept");
    assert_eq!(stored(&story, &id, "claims"), json!(["groups"]));
}

#[test]
fn update_in_place_writes_once_and_only_what_differs() {
    let (story, id) = created("  pkce_enabled = true\n  claims = [\"a\", \"b\"]\n  email_claim_name = \"mail\"");
    configure(&story, "Okta", &format!("{SECRET}\n  pkce_enabled = true\n  claims = [\"b\", \"c\"]"));
    let plan = story.plan();
    assert_eq!(plan.action(IDP), ["update"]);
    assert_eq!(plan.changed_attributes(IDP), ["claims", "email_claim_name"]);
    let mark = story.mock().journal().len();
    story.apply();
    assert_eq!(story.mock().journal().writes_since(mark).len(), 1);
    assert_eq!(self::id(&story), id);
    assert_eq!(stored(&story, &id, "email_claim_name"), Value::Null, "an attribute that is removed is cleared");
    assert_eq!(stored(&story, &id, "pkce_enabled"), json!(true));
}

#[test]
fn switches_and_tokens_that_are_removed_are_cleared() {
    let (story, id) = created("  pkce_enabled = true\n  api_token = \"an-okta-token\"");
    configure(&story, "Okta", SECRET);
    story.apply();
    assert_ne!(stored(&story, &id, "pkce_enabled"), json!(true));
    assert_eq!(stored(&story, &id, "api_token"), Value::Null);
    assert_eq!(stored(&story, &id, "client_secret"), "a-client-secret-of-this-test-0123456789");
}

#[test]
fn a_new_secret_is_pushed() {
    let (story, id) = created("");
    configure(&story, "Okta", "  client_secret = \"another-client-secret-0123456789-abcdef\"");
    assert_eq!(story.plan().changed_attributes(IDP), ["client_secret"]);
    story.apply();
    assert_eq!(stored(&story, &id, "client_secret"), "another-client-secret-0123456789-abcdef");

    // Leaving it out afterwards keeps it.
    configure(&story, "Okta", "");
    let mark = story.mock().journal().len();
    story.apply();
    assert!(story.mock().journal().writes_since(mark).is_empty());
    assert_eq!(stored(&story, &id, "client_secret"), "another-client-secret-0123456789-abcdef");
}

#[test]
fn drift_of_what_is_configured_is_repaired() {
    let (story, id) = created("  pkce_enabled = true\n  claims = [\"groups\"]");
    by_hand(&story, &id, "pkce_enabled", json!(false));
    by_hand(&story, &id, "claims", json!(["other"]));
    story.mock().cloudflare().identity_provider_mut(&id).unwrap().rename("Somebody's");
    let plan = story.plan();
    assert_eq!(plan.drifted(), [IDP]);
    assert_eq!(plan.changed_attributes(IDP), ["claims", "name", "pkce_enabled"]);
    story.apply();
    assert_eq!(stored(&story, &id, "pkce_enabled"), json!(true));
}

#[test]
fn what_nobody_configured_stays_as_somebody_set_it() {
    let (story, id) = created("");
    by_hand(&story, &id, "claims", json!(["theirs"]));
    by_hand(&story, &id, "pkce_enabled", json!(true));
    story.expect_empty_plan();
    configure(&story, "Renamed", SECRET);
    story.apply();
    assert_eq!(stored(&story, &id, "claims"), json!(["theirs"]));
    assert_eq!(stored(&story, &id, "pkce_enabled"), json!(true));
}

#[test]
fn other_spellings_of_the_org_are_the_same_org() {
    let (story, id) = created("");
    by_hand(&story, &id, "okta_account", json!(format!("{}/", story.mock().org_url())));
    story.expect_empty_plan();
}

#[test]
fn an_order_of_claims_is_no_change() {
    let (story, id) = created("  claims = [\"a\", \"b\"]");
    by_hand(&story, &id, "claims", json!(["b", "a"]));
    story.expect_empty_plan();
}

#[test]
fn gone_is_planned_for_creation_and_deleting_what_is_gone_succeeds() {
    let (story, id) = created("");
    story.mock().cloudflare().remove_identity_provider(&id);
    assert_eq!(story.plan().action(IDP), ["create"]);
    story.apply();
    assert_ne!(self::id(&story), id);
    let id = self::id(&story);
    // The answer to the deletion is lost, and the repetition finds nothing.
    story.mock().fail(Fault::on("DELETE", ONE).carried_out().answering(503, refusal("try again")).times(1));
    story.destroy();
    assert!(story.mock().cloudflare().identity_provider(&id).is_none());
}

#[test]
fn another_account_or_zone_is_another_object() {
    let (story, _) = created("");
    let zone = story.mock().cloudflare().zone_id().to_owned();
    configure(&story, "Okta", &format!("{SECRET}\n  zone_id = {zone:?}"));
    let plan = story.plan();
    assert!(plan.replaces(IDP));
    assert!(plan.replace_paths(IDP).contains(&"zone_id".to_owned()), "{:?}", plan.replace_paths(IDP));
    story.apply();
    assert_eq!(story.resource(IDP)["account_id"], Value::Null);
    story.import_verify(IDP, &format!("zones/{zone}/{}", id(&story)), UNREADABLE);
    configure(&story, "Okta", SECRET);
    assert!(story.plan().replaces(IDP));
    story.apply();
    assert_eq!(story.resource(IDP)["account_id"], json!(story.mock().account_id()));
    story.destroy();
}

#[test]
fn the_account_of_the_provider_counts_on_create_only() {
    let (mut story, id) = created("");
    let account = story.mock().account_id();
    story.workspace_mut().set_env("CLOUDFLARE_ACCOUNT_ID", "00000000000000000000000000000000");
    let error = story.plan_fails().error();
    assert!(error.text().contains(&account), "{error}");
    configure(&story, "Okta", &format!("{SECRET}\n  account_id = {account:?}"));
    story.expect_empty_plan();
    assert_eq!(self::id(&story), id);
    story.destroy();
}

#[test]
fn without_any_account_the_error_says_where_to_name_one() {
    let mut story = Story::new();
    story.workspace_mut().remove_env("CLOUDFLARE_ACCOUNT_ID");
    configure(&story, "Okta", SECRET);
    let error = story.plan_fails().error();
    assert!(error.text().contains("CLOUDFLARE_ACCOUNT_ID"), "{error}");
}

#[test]
fn a_refused_create_saves_nothing_and_points_at_the_attribute() {
    let story = Story::new();
    configure(&story, "Okta", SECRET);
    story.mock().fail(Fault::on("POST", ALL).answering(400, refusal("config.client_id is unknown")).times(1));
    let error = story.apply_fails().error();
    assert!(error.points_at("client_id"), "{error}");
    assert!(error.text().contains("config.client_id is unknown"), "{error}");
    assert!(story.addresses().is_empty());
    story.apply();
}

#[test]
fn an_answer_that_is_lost_leaves_a_warning_of_a_second_one() {
    let story = Story::new();
    configure(&story, "Okta", SECRET);
    story.mock().fail(Fault::on("POST", ALL).carried_out().answering(201, Value::Null).times(1));
    let refused = story.apply_fails();
    assert!(refused.iter().any(|found| found.text().contains("adopt_existing")), "{}", refused.output);
    assert_eq!(count(&story), 1);
    configure(&story, "Okta", &format!("{SECRET}\n  adopt_existing = true"));
    let warnings = story.apply().warnings;
    assert!(warnings.iter().any(|found| found.text().contains("taken over")));
    assert_eq!(count(&story), 1);
}

#[test]
fn a_setting_that_cloudflare_ignores_is_an_error_and_the_new_object_goes_again() {
    let story = Story::new();
    configure(&story, "Okta", &format!("{SECRET}\n  pkce_enabled = true"));
    let answer = |id: &str| {
        json!({"success": true, "errors": [], "messages": [], "result": {"id": id, "type": "okta", "name": "Okta",
            "config": {"client_id": "0oa1", "okta_account": story.mock().org_url()}}})
    };
    // The object of the scripted answer does not exist, so its deletion finds nothing: that is a success.
    let id = "2b1f6c0e-7d43-4b58-9a6e-0c5d8f3a1e77";
    story.mock().fail(Fault::on("POST", ALL).answering(201, answer(id)).times(1));
    let error = story.apply_fails().error();
    assert!(error.points_at("pkce_enabled"), "{error}");
    assert!(story.addresses().is_empty());
    assert_eq!(story.mock().journal().matching("DELETE", ONE).len(), 1);

    // A rollback that fails keeps what exists, tainted, and the error says both.
    story.mock().fail(Fault::on("POST", ALL).answering(201, answer(id)).times(1));
    story.mock().fail(Fault::on("DELETE", ONE).answering(403, refusal("no")).times(1));
    let refused = story.apply_fails();
    let said: String = refused.iter().map(|found| found.text()).collect();
    assert!(said.contains("pkce_enabled") && said.contains("kept and tainted"), "{said}");
    assert!(story.is_tainted(IDP));
    assert_eq!(self::id(&story), id);
}

#[test]
fn a_refused_update_changes_neither_side() {
    let (story, id) = created("");
    configure(&story, "Renamed", SECRET);
    story.mock().fail(Fault::on("PUT", ONE).answering(400, refusal("no")).times(1));
    story.apply_fails();
    assert_eq!(story.resource(IDP)["name"], "Okta");
    story.apply();
    assert_eq!(story.mock().cloudflare().identity_provider(&id).unwrap().name(), "Renamed");
}

#[test]
fn a_passing_fault_is_survived() {
    let story = Story::new();
    story.write("provider.tf", "provider \"zt\" {\n  min_wait_seconds = 0\n}\n");
    configure(&story, "Okta", SECRET);
    story.mock().fail(Fault::on("GET", ONE).answering(502, "<html>bad gateway</html>").times(1));
    story.apply();
    assert!(story.mock().journal().all().iter().any(|exchange| exchange.scripted));
    assert_eq!(count(&story), 1);
}

#[test]
fn bad_values_point_at_their_attribute() {
    let story = Story::new();
    let with = |org: &str, more: &str| {
        story.write(
            "main.tf",
            &format!(
                "resource \"zt_okta_idp\" \"okta\" {{\n  name = \"Okta\"\n  okta_account = {org:?}\n  client_id = \"0oa1\"\n{more}\n}}\n"
            ),
        );
    };
    for (org, hint) in [
        ("acme.okta.com", "https://acme.okta.com"),
        ("http://acme.okta.com", "https://acme.okta.com"),
        ("https://acme-admin.okta.com", "https://acme.okta.com"),
        ("https://acme.okta.com/oauth2/default", "https://acme.okta.com"),
    ] {
        with(org, SECRET);
        let error = story.validate_fails();
        assert!(error.points_at("okta_account"), "{error}");
        assert!(error.text().contains(hint), "{error}");
    }
    with("https://acme.okta.com", "  account_id = \"a\"\n  zone_id = \"b\"");
    assert!(story.validate_fails().points_at("zone_id"));
    with("https://acme.okta.com", "  claims = [\"\"]");
    assert!(story.validate_fails().points_at("claims"));
    assert!(story.mock().journal().is_empty());
}

#[test]
fn a_create_without_a_secret_is_refused_while_planning() {
    let story = Story::new();
    configure(&story, "Okta", "");
    let error = story.plan_fails().error();
    assert!(error.text().contains("client_secret"), "{error}");
}

#[test]
fn adoption_takes_the_one_that_is_there() {
    let (story, id) = created("  claims = [\"groups\"]");
    story.workspace().terraform(&["state", "rm", IDP]).expect_success();
    configure(&story, "Okta", &format!("{SECRET}\n  adopt_existing = true\n  pkce_enabled = true"));
    story.apply();
    assert_eq!((self::id(&story), count(&story)), (id.clone(), 1));
    assert_eq!(stored(&story, &id, "claims"), json!(["groups"]), "what nobody configures stays");
    assert_eq!(stored(&story, &id, "pkce_enabled"), json!(true));
}

#[test]
fn several_candidates_for_adoption_are_an_error() {
    let (story, _) = created("");
    story.workspace().terraform(&["state", "rm", IDP]).expect_success();
    configure(&story, "Okta", SECRET);
    story.apply();
    story.workspace().terraform(&["state", "rm", IDP]).expect_success();
    configure(&story, "Okta", &format!("{SECRET}\n  adopt_existing = true"));
    let error = story.apply_fails().error();
    assert!(error.points_at("adopt_existing"), "{error}");
    assert_eq!(count(&story), 2);
}

// The object that is shared with zt_scim_config

fn both(story: &Story, name: &str, scim: &str) {
    configure(
        story,
        name,
        &format!(
            "{SECRET}\n  api_token = \"an-okta-token\"\n}}\nresource \"zt_scim_config\" \"scim\" {{\n  identity_provider_id = zt_okta_idp.okta.id\n{scim}"
        ),
    );
}

#[test]
fn secrets_pushed_in_one_apply_survive_a_service_that_wipes_them() {
    for wipe_secret_on_put in [false, true] {
        let story = Story::with(Options { wipe_secret_on_put, ..Options::default() });
        both(&story, "Okta", "  user_deprovision = true");
        story.apply();
        let id = id(&story);
        assert_eq!(stored(&story, &id, "client_secret"), "a-client-secret-of-this-test-0123456789");
        assert_eq!(stored(&story, &id, "api_token"), "an-okta-token");
        // A change of the login method alone carries its secrets, too.
        both(&story, "Renamed", "  user_deprovision = true");
        story.apply();
        assert_eq!(stored(&story, &id, "client_secret"), "a-client-secret-of-this-test-0123456789");
        story.destroy();
    }
}

#[test]
fn parallel_changes_of_both_halves_never_lose_one() {
    let story = Story::new();
    // Without a reference between them nothing orders the two.
    let (story, id) = {
        both(&story, "Okta", "");
        story.apply();
        let id = id(&story);
        (story, id)
    };
    for (turn, behaviour) in ["reauth", "automatic", "no_action"].into_iter().enumerate() {
        let name = format!("Okta {turn}");
        configure(
            &story,
            &name,
            &format!(
                "{SECRET}\n  api_token = \"an-okta-token\"\n}}\nresource \"zt_scim_config\" \"scim\" {{\n  identity_provider_id = {id:?}\n  identity_update_behavior = {behaviour:?}"
            ),
        );
        let mark = story.mock().journal().len();
        story.apply();
        let shown = story.in_cloudflare(
            "GET",
            &format!("/accounts/{}/access/identity_providers/{id}", story.mock().account_id()),
            None,
        );
        assert_eq!(
            (&shown["name"], &shown["scim_config"]["identity_update_behavior"]),
            (&json!(name), &json!(behaviour))
        );
        // Between a write and the read it is made from there is no other write.
        let exchanges = story.mock().journal().since(mark);
        let ours: Vec<&str> = exchanges.iter().map(|exchange| exchange.method.as_str()).collect();
        let puts: Vec<usize> = (0..ours.len()).filter(|&i| ours[i] == "PUT").collect();
        assert_eq!(puts.len(), 2, "{ours:?}");
        for put in puts {
            assert_eq!(ours[put - 1], "GET", "{ours:?}");
        }
    }
}

#[test]
fn nothing_read_only_is_ever_sent_back() {
    for mask_secrets in [false, true] {
        let story = Story::with(Options { mask_secrets, ..Options::default() });
        both(&story, "Okta", "  identity_update_behavior = \"automatic\"");
        story.apply();
        both(&story, "Renamed", "  identity_update_behavior = \"reauth\"\n  user_deprovision = true");
        story.apply();
        let puts = story.mock().journal().matching("PUT", ONE);
        assert!(puts.len() >= 3);
        for put in puts {
            let body = put.request_body;
            for pointer in [
                "/id",
                "/uid",
                "/version",
                "/read_only",
                "/config/redirect_url",
                "/scim_config/scim_base_url",
                "/scim_config/secret",
                "/scim_config/group_member_deprovision",
            ] {
                assert!(body.pointer(pointer).is_none(), "{pointer} in {body}");
            }
            assert!(!body.to_string().contains("****"), "{body}");
        }
    }
}

#[test]
fn secrets_are_in_no_plan_text_and_no_log() {
    let mut story = Story::new();
    story.workspace_mut().set_env("TF_LOG", "TRACE");
    configure(&story, "Okta", &format!("{SECRET}\n  api_token = \"an-okta-token-to-look-for\""));
    let said = story.workspace().terraform(&["apply", "-auto-approve", "-no-color"]).expect_success().text();
    let provider: Vec<&str> = said.lines().filter(|line| line.contains("provider.terraform-provider-zt")).collect();
    assert!(!provider.is_empty());
    for line in provider {
        assert!(!line.contains("a-client-secret-of-this-test"), "{line}");
        assert!(!line.contains("an-okta-token-to-look-for"), "{line}");
    }
}

#[test]
fn it_works_through_the_real_installation() {
    let story = Story::through_a_mirror();
    story.init();
    configure(&story, "Okta", SECRET);
    story.apply();
    story.destroy();
}
