//! From nothing to an app and back: creation, replacement, destruction.

use super::*;

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
fn a_redirect_uri_may_depend_on_what_does_not_exist_yet() {
    let oidc = Oidc::new();
    // Of a text whose beginning it knows, Terraform promises that beginning.
    oidc.story.write("team.tf", "resource \"terraform_data\" \"team\" {\n  input = \"acme\"\n}\n");
    let uri = CALLBACK.replace("acme", "${terraform_data.team.output}");
    oidc.configure(&format!("  redirect_uris = [\"{uri}\"]\n"));
    oidc.story.apply();
    assert_eq!(oidc.app()["redirect_uris"], json!([CALLBACK]));
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
fn what_is_gone_is_planned_anew_and_destroying_it_succeeds() {
    let oidc = Oidc::applied("");
    let id = oidc.id();
    assert!(oidc.story.mock().okta().delete_app(&id, oidc.story.mock().world().clock.now()));
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
