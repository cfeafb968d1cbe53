//! One thing wrong with SCIM at a time.

use serde_json::{Value, json};
use zt::mock::{Options, ProvisioningApi};

use super::{IDP, SCIM_APP, complete, failed, id, look_at, only, seen, status};
use crate::harness::story::Story;

#[test]
fn scim_switched_off_in_cloudflare() {
    let story = complete();
    let path = format!("/accounts/{}/access/identity_providers/{}", story.mock().account_id(), id(&story, IDP));
    let mut body = story.in_cloudflare("GET", &path, None);
    body["scim_config"]["enabled"] = json!(false);
    story.in_cloudflare("PUT", &path, Some(&body));
    let (plan, text) = only(&story, "scim_enabled");
    assert!(text.contains("Cloudflare Access SCIM"), "{text}");
    assert_eq!(status(&plan, "scim_connection"), "skipped");
}

#[test]
fn a_scim_app_that_is_gone_or_not_active() {
    let story = complete();
    let app = id(&story, SCIM_APP);
    story.in_okta("POST", &format!("/api/v1/apps/{app}/lifecycle/deactivate"), None);
    let (_, text) = only(&story, "scim_app");
    assert!(text.contains("not active"), "{text}");
    let now = story.mock().world().clock.now();
    assert!(story.mock().okta().delete_app(&app, now));
    let (plan, _) = only(&story, "scim_app");
    for check in ["scim_connection", "scim_user_name", "push_groups", "provisioning_log"] {
        assert_eq!(status(&plan, check), "skipped", "{check}");
    }
}

#[test]
fn a_scim_app_that_nobody_is_assigned_to() {
    let story = complete();
    let group = story.mock().okta().group_id("Zero Trust Users").unwrap();
    let (app, now) = (id(&story, SCIM_APP), story.mock().world().clock.now());
    assert!(story.mock().okta().remove_group_assignment(&app, &group, now));
    story.mock().drain_provisioning();
    let (_, text) = only(&story, "scim_app");
    assert!(text.contains("be sent to Cloudflare"), "{text}");
}

#[test]
fn a_base_url_that_is_another_one() {
    let story = complete();
    let config = json!({"client_id": "0oa0", "client_secret": "s", "okta_account": story.mock().org_url()});
    let body = json!({"name": "Other", "type": "okta", "config": config, "scim_config": {"enabled": true}});
    let path = format!("/accounts/{}/access/identity_providers", story.mock().account_id());
    let other = story.in_cloudflare("POST", &path, Some(&body));
    let text = |name: &str| other["scim_config"][name].as_str().unwrap();
    let connection =
        json!({"baseUrl": text("scim_base_url"), "profile": {"authScheme": "TOKEN", "token": text("secret")}});
    let path = format!("/api/v1/apps/{}/connections/default?activate=true", id(&story, SCIM_APP));
    story.in_okta("POST", &path, Some(&connection));
    let (_, told) = only(&story, "scim_connection");
    assert!(told.contains(text("scim_base_url")), "{told}");
    story.in_okta("POST", &path.replace("?activate=true", "/lifecycle/deactivate"), None);
    let (_, told) = only(&story, "scim_connection");
    assert!(told.contains("switched off"), "{told}");
}

#[test]
fn an_app_that_waits_for_a_person() {
    let story = Story::with(Options { provisioning_api: ProvisioningApi::Unknown, ..Options::default() });
    story.copy(std::path::Path::new(super::EXAMPLE));
    story.apply_only();
    look_at(&story, "");
    let plan = story.plan();
    // People wait with it: whoever is assigned too early is never sent.
    assert_eq!(failed(&plan), ["scim_app", "scim_connection"], "{}", seen(&plan)["summary"]);
    let remedy = seen(&plan)["checks"]["scim_connection"]["remedy"].as_str().unwrap();
    assert!(remedy.contains("setup_instructions"), "{remedy}");
}

#[test]
fn a_user_name_that_is_no_email_address() {
    let story = complete();
    let ada = story.mock().okta().user_id("ada@acme.example").unwrap();
    let path = format!("/api/v1/apps/{}/users/{ada}", id(&story, SCIM_APP));
    story.mock().pause_provisioning();
    story.in_okta("POST", &path, Some(&json!({"credentials": {"userName": "ada"}})));
    let (_, text) = only(&story, "scim_user_name");
    assert!(text.contains("address: ada.") && text.contains("user_name_template"), "{text}");
}

#[test]
fn a_push_that_is_paused_or_failed() {
    let story = complete();
    let app = id(&story, SCIM_APP);
    let path = format!("/api/v1/apps/{app}/group-push/mappings");
    let mapping = story.in_okta("GET", &path, None)[0]["id"].as_str().unwrap().to_owned();
    story.in_okta("PATCH", &format!("{path}/{mapping}"), Some(&json!({"status": "INACTIVE"})));
    let plan = story.plan();
    assert_eq!((status(&plan, "push_groups"), failed(&plan)), ("warn", Vec::new()));
    story.in_okta("PATCH", &format!("{path}/{mapping}"), Some(&json!({"status": "ACTIVE"})));
    story.mock().drain_provisioning();
    assert!(story.mock().okta().fail_push_mapping(&app, &mapping, "The remote server said no."));
    let (_, text) = only(&story, "push_groups");
    assert!(text.contains("Engineering (The remote server said no.)"), "{text}");
}

#[test]
fn a_scim_secret_that_was_regenerated() {
    let story = complete();
    let (idp, now) = (id(&story, IDP), story.mock().world().clock.now());
    let minted = story.mock().cloudflare().in_dashboard(&idp, now, |idp| idp.regenerate_scim_secret());
    assert!(minted.flatten().is_some());
    let ada = story.mock().okta().user_id("ada@acme.example").unwrap();
    let profile: Value = json!({"profile": {"firstName": "Augusta"}});
    story.in_okta("POST", &format!("/api/v1/users/{ada}"), Some(&profile));
    story.mock().drain_provisioning();
    let (_, text) = only(&story, "provisioning_log");
    assert!(text.contains("Unauthorized") && text.contains("Augusta"), "{text}");
}
