//! What breaks on the way, and what is left then.

use super::*;

#[test]
fn a_create_that_breaks_leaves_nothing_behind() {
    let oidc = Oidc::new();
    oidc.configure(&everything(&oidc));
    oidc.story.mock().fail(Fault::on("PUT", "/api/v1/apps/*/groups/*").answering(403, forbidden()).times(1));
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
    let route = "/api/v1/internal/apps/*/settings/oauth/idToken";
    oidc.story.mock().fail(Fault::on("POST", route).answering(403, forbidden()).times(1));
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
fn a_create_whose_answer_is_lost_is_found_and_not_made_twice() {
    for fault in [Fault::on("POST", "/api/v1/apps").closing(), Fault::on("POST", "/api/v1/apps").truncating()] {
        let oidc = Oidc::new();
        oidc.configure("");
        oidc.story.mock().fail(fault.carried_out().times(1));
        oidc.story.apply();
        assert_eq!(oidc.apps(), 1);
        assert_eq!(oidc.id(), oidc.story.mock().okta().app_id("Access").unwrap());
        assert_eq!(oidc.story.mock().journal().matching("POST", "/api/v1/apps").len(), 1);
        assert!(oidc.story.resource(APP)["client_secret"].is_string());
        oidc.story.destroy();
        assert_eq!(oidc.apps(), 0);
    }
}

#[test]
fn a_create_that_was_lost_altogether_is_not_sent_again_and_says_what_to_look_for() {
    let oidc = Oidc::new();
    oidc.configure("");
    oidc.story.mock().fail(Fault::on("POST", "/api/v1/apps").closing().times(1));
    let error = oidc.story.apply_fails().error();
    for word in ["\"Access\"", "may still appear", "terraform import", "okta_oidc_app", "0oa", "no second one"] {
        assert!(error.text().contains(word), "{word}: {error}");
    }
    assert_eq!((oidc.story.addresses().len(), oidc.apps()), (0, 0));
    assert_eq!(oidc.story.mock().journal().matching("POST", "/api/v1/apps").len(), 1);
    oidc.story.apply();
    assert_eq!(oidc.apps(), 1);
}
