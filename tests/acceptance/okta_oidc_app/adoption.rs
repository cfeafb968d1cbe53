//! `adopt_existing`: the app that is there already.

use std::time::Duration;

use super::*;

/// The state has lost the app; the configuration has these lines.
fn forgotten(more: &str) -> (Oidc, String) {
    let oidc = Oidc::applied("");
    let id = oidc.text("id");
    oidc.story.workspace().terraform(&["state", "rm", APP]).expect_success();
    oidc.configure(more);
    (oidc, id)
}

fn apps(oidc: &Oidc) -> usize {
    oidc.story.mock().okta().counts()["apps"]
}

#[test]
fn it_is_left_alone_until_somebody_says_what_becomes_of_it_and_the_printed_block_takes_it_over() {
    let (oidc, id) = forgotten(CLAIM);
    let mark = oidc.story.mock().journal().len();
    let error = oidc.story.apply_fails().error();
    assert!(error.points_at("label"), "{error}");
    assert_eq!(oidc.story.mock().journal().writes_since(mark), [""; 0]);
    let block = format!("import {{ to = okta_oidc_app.NAME id = \"{id}\" }}");
    assert!(error.text().contains(&block), "{error}");
    oidc.story.apply_import(APP, &id);
    assert_eq!((oidc.text("id"), apps(&oidc)), (id, 1));
}

#[test]
fn adoption_brings_it_to_the_configuration_and_keeps_its_secret_and_who_is_assigned() {
    let oidc = Oidc::applied("");
    let (id, secret) = (oidc.text("id"), oidc.text("client_secret_id"));
    let group = oidc.story.mock().okta().group_id("Engineering").unwrap();
    oidc.story.in_okta("PUT", &format!("/api/v1/apps/{id}/groups/{group}"), Some(&json!({})));
    oidc.story.in_okta("POST", &format!("/api/v1/apps/{id}/lifecycle/deactivate"), Some(&json!({})));
    oidc.story.workspace().terraform(&["state", "rm", APP]).expect_success();
    oidc.configure(&format!("{CLAIM}  pkce_required = true\n  adopt_existing = true\n"));
    let applied = oidc.story.apply();
    assert!(applied.warning().text().contains("taken over"), "{}", applied.warning());
    assert_eq!((oidc.text("id"), oidc.text("client_secret_id"), apps(&oidc)), (id.clone(), secret, 1));
    let app = oidc.story.in_okta("GET", &format!("/api/v1/apps/{id}"), None);
    assert_eq!((&app["status"], &app["credentials"]["oauthClient"]["pkce_required"]), (&json!("ACTIVE"), &json!(true)));
    assert_eq!(oidc.story.mock().okta().counts()["group_assignments"], 1);
}

#[test]
fn an_adoption_that_breaks_off_neither_taints_nor_deletes_it() {
    let (oidc, id) = forgotten(&format!("{CLAIM}  adopt_existing = true\n"));
    oidc.story.mock().fail(Fault::on("POST", "/api/v1/internal/**").answering(403, forbidden()));
    let error = oidc.story.apply_fails().error();
    assert!(error.text().contains(&id) && error.text().contains("Apply again"), "{error}");
    assert_eq!((oidc.story.addresses(), apps(&oidc)), (Vec::new(), 1));
    oidc.story.mock().world().faults.clear();
    oidc.story.apply();
    assert_eq!((oidc.text("id"), apps(&oidc)), (id, 1));
}

#[test]
fn several_to_take_over_are_an_error() {
    let (oidc, _) = forgotten("  adopt_existing = false\n");
    oidc.story.apply();
    oidc.story.workspace().terraform(&["state", "rm", APP]).expect_success();
    oidc.configure("  adopt_existing = true\n");
    let error = oidc.story.apply_fails().error();
    assert!(error.points_at("adopt_existing"), "{error}");
    assert_eq!(apps(&oidc), 2);
}

#[test]
fn an_app_of_that_label_for_somebody_else_is_another_app() {
    let oidc = Oidc::applied("");
    oidc.story.workspace().terraform(&["state", "rm", APP]).expect_success();
    oidc.configure("  redirect_uris = [\"https://partners.cloudflareaccess.com/cdn-cgi/access/callback\"]\n");
    oidc.story.apply();
    assert_eq!(apps(&oidc), 2);
}

#[test]
fn an_app_that_okta_does_not_know_everywhere_at_once_is_waited_for() {
    let oidc = Oidc::new();
    let group = oidc.story.mock().okta().group_id("Engineering").unwrap();
    oidc.story.mock().fail(Fault::on("GET", "/api/v1/apps/**").late(Duration::from_millis(400)));
    oidc.configure(&format!("{CLAIM}  assigned_group_ids = [{group:?}]\n"));
    oidc.story.apply();
    assert_eq!(apps(&oidc), 1);
}
