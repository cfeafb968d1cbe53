//! Changes in place, drift, and what is nobody's business here.

use super::*;

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
    oidc.edit("/visibility/hide/web", json!(true));
    oidc.okta("POST", "/lifecycle/deactivate", Some(&json!({})));
    oidc.okta("PUT", &format!("/groups/{}", oidc.group("Engineering")), Some(&json!({})));
    oidc.story.expect_empty_plan();
    oidc.configure("  label = \"Access 2\"\n");
    oidc.story.apply();
    let client = oidc.document()["settings"]["oauthClient"].clone();
    assert_eq!(client["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(client["consent_method"], "REQUIRED");
    assert_eq!(oidc.document()["visibility"]["hide"]["web"], true);
    assert_eq!(oidc.document()["status"], "INACTIVE", "the default is that of a new app only");
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
fn another_order_is_no_change_on_either_side() {
    let oidc = Oidc::new();
    let (one, two) = (oidc.group("Engineering"), oidc.group("Zero Trust Users"));
    let (ada, bo) = (oidc.user("ada"), oidc.user("bo"));
    let uris = ["https://a.example/cb", "https://b.example/cb"];
    let body = |[a, b]: [&str; 2], [one, two]: [&str; 2], [ada, bo]: [&str; 2], [grant, other]: [&str; 2]| {
        format!(
            "  redirect_uris = [{a:?}, {b:?}]\n  post_logout_redirect_uris = [{b:?}, {a:?}]\n  \
             assigned_group_ids = [{one:?}, {two:?}]\n  assigned_user_ids = [{ada:?}, {bo:?}]\n  \
             grant_types = [{grant:?}, {other:?}]\n"
        )
    };
    let grants = ["authorization_code", "refresh_token"];
    oidc.configure(&body(uris, [&one, &two], [&ada, &bo], grants));
    oidc.story.apply();
    let turned = |[a, b]: [&'static str; 2]| [b, a];
    oidc.configure(&body(turned(uris), [&two, &one], [&bo, &ada], turned(grants)));
    oidc.story.expect_empty_plan();
    for (place, values) in [("redirect_uris", uris), ("post_logout_redirect_uris", uris), ("grant_types", grants)] {
        for values in [values, turned(values)] {
            oidc.edit(&format!("/settings/oauthClient/{place}"), json!(values));
            oidc.story.expect_empty_plan();
        }
    }
}

#[test]
fn null_absent_and_false_of_a_switch_are_one() {
    for more in ["", "  hide_web = false\n  pkce_required = false\n"] {
        let oidc = Oidc::applied(more);
        oidc.edit("/visibility/hide", json!({"iOS": null}));
        oidc.edit("/credentials/oauthClient/pkce_required", Value::Null);
        oidc.story.expect_empty_plan();
        oidc.edit("/visibility/hide", json!({"iOS": false, "web": false}));
        oidc.edit("/credentials/oauthClient/pkce_required", json!(false));
        oidc.story.expect_empty_plan();
    }
}

#[test]
fn a_wildcard_in_a_redirect_uri_is_allowed_by_the_write_that_brings_it() {
    let oidc = Oidc::applied("");
    oidc.configure("  redirect_uris = [\"https://*.acme.example/callback\"]\n  issuer_mode = \"DYNAMIC\"\n");
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["PUT apps/*"]);
    let client = oidc.document()["settings"]["oauthClient"].clone();
    assert_eq!(client["wildcard_redirect"], "SUBDOMAIN");
    assert_eq!(client["issuer_mode"], "DYNAMIC");
    oidc.configure("");
    oidc.story.apply();
    assert_eq!(oidc.document()["settings"]["oauthClient"]["issuer_mode"], "ORG_URL");
}
