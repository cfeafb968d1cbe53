//! Rotations: the new secret, then Cloudflare, then the end of the old one, and nobody notices.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use zt::mock::Side;
use zt::mock::faults::glob;
use zt::mock::journal::Exchange;

use super::*;

const IDP: &str = "zt_okta_idp.okta";
const IDPS: &str = "/client/v4/accounts/*/access/identity_providers/*";
const ADA: &str = "ada@acme.example";

const CONFIGURATION: &str = r#"
variable "rotation" {}
variable "org" {}
variable "user" {}

resource "okta_oidc_app" "access" {
  provider          = zt
  label             = "Access"
  redirect_uris     = [data.zt_organization.this.callback_url]
  assigned_user_ids = [var.user]

  groups_claim = {
    filter_type = "STARTS_WITH"
    value       = "Eng"
  }
}

data "zt_organization" "this" {}

resource "okta_client_secret" "x" {
  provider = zt
  app_id   = okta_oidc_app.access.id
  keepers  = { rotation = var.rotation }

  lifecycle {
    create_before_destroy = true
  }
}

resource "zt_okta_idp" "okta" {
  name          = "Okta"
  okta_account  = var.org
  client_id     = okta_oidc_app.access.client_id
  client_secret = okta_client_secret.x.client_secret
}
"#;

/// The app, a secret of it and the login method are there, and Ada may log in.
fn applied() -> Secrets {
    let mut story = Story::new();
    story.write("main.tf", CONFIGURATION);
    let (org, user) = (story.mock().org_url().to_owned(), story.mock().okta().user_id(ADA).unwrap());
    story.set_variable("org", &org);
    story.set_variable("user", &user);
    story.set_variable("rotation", "0");
    story.apply();
    Secrets { story }
}

/// Whether a browser without cookies gets Ada in; the error has what the page says instead.
fn log_in(story: &Story) -> Result<(), String> {
    let browser = story.log_in(ADA);
    if browser.fields("email") == [ADA] { Ok(()) } else { Err(browser.text()) }
}

/// Logs in over and over while `step` runs; how often, and what went wrong.
fn log_in_during(story: &Story, step: impl FnOnce()) -> (usize, Vec<String>) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let people = scope.spawn(|| {
            let (mut logins, mut failures) = (0, Vec::new());
            while !over.load(Ordering::Relaxed) {
                logins += 1;
                failures.extend(log_in(story).err());
            }
            (logins, failures)
        });
        // A step that panics must not leave the logins running.
        let stepped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(step));
        over.store(true, Ordering::Relaxed);
        let counted = people.join().unwrap();
        stepped.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        counted
    })
}

/// Where in the list the one exchange with this method and path is.
#[track_caller]
fn place(exchanges: &[Exchange], method: &str, path: &str) -> usize {
    let found: Vec<usize> = exchanges
        .iter()
        .enumerate()
        .filter(|(_, seen)| seen.method == method && glob(path, &seen.path))
        .map(|(place, _)| place)
        .collect();
    assert_eq!(found.len(), 1, "{method} {path}");
    found[0]
}

/// What the provider asked for since the mark; people's browsers and Cloudflare itself ask elsewhere.
fn asked_since(story: &Story, mark: usize) -> Vec<Exchange> {
    story
        .mock()
        .journal()
        .since(mark)
        .into_iter()
        .filter(|seen| matches!(seen.side, Side::Okta | Side::Cloudflare))
        .collect()
}

#[test]
fn three_rotations_pass_without_a_failed_login() {
    let mut secrets = applied();
    for rotation in 1..=3 {
        let before = secrets.secret();
        secrets.story.set_variable("rotation", &rotation.to_string());
        let mark = secrets.story.mock().journal().len();
        let mut warnings = Vec::new();
        let (logins, failures) = log_in_during(&secrets.story, || warnings = secrets.story.apply().warnings);
        println!("rotation {rotation}: {logins} logins, {} failed", failures.len());
        assert_eq!(failures, Vec::<String>::new(), "rotation {rotation}");
        assert!(logins >= 3, "{logins} logins are no evidence");

        let asked = asked_since(&secrets.story, mark);
        let old = before["id"].as_str().unwrap();
        let pushed = place(&asked, "PUT", IDPS);
        let ended = place(&asked, "DELETE", &format!("/api/v1/apps/*/credentials/secrets/{old}"));
        assert!(pushed < ended, "pushed before the old one ended");
        assert_ne!(secrets.text("id"), old);
        assert!(secrets.accepts(&secrets.text("client_secret")));
        assert!(!secrets.accepts(before["client_secret"].as_str().unwrap()));
        let all = secrets.all();
        assert_eq!(all.len(), 1, "rotation {rotation}: {all:#?}");
        assert_eq!(secrets.story.resource(IDP)["client_secret"], secrets.secret()["client_secret"]);
        // The first secret makes way once, and the rotation is no news to the app.
        assert_eq!(warnings.len(), usize::from(rotation == 1), "{warnings:?}");
        let told = secrets.story.plan().diagnostics;
        assert!(told.is_empty(), "{told:?}");
    }
    secrets.story.set_variable("rotation", "3");
    secrets.story.destroy();
}

#[test]
fn a_rotation_that_breaks_at_cloudflare_goes_on_with_the_next_apply() {
    let mut secrets = applied();
    let before = secrets.secret();
    secrets.story.set_variable("rotation", "1");
    let refused =
        json!({"success": false, "errors": [{"code": 10000, "message": "not today"}], "messages": [], "result": null});
    secrets.story.mock().fail(Fault::on("PUT", IDPS).answering(400, refused).times(1));
    secrets.story.apply_fails();
    assert_eq!(log_in(&secrets.story), Ok(()), "the old one works on");
    assert!(secrets.accepts(before["client_secret"].as_str().unwrap()));
    assert!(secrets.accepts(&secrets.text("client_secret")), "the new one works already");

    let mark = secrets.story.mock().journal().len();
    secrets.story.apply();
    let asked = asked_since(&secrets.story, mark);
    let old = before["id"].as_str().unwrap();
    let pushed = place(&asked, "PUT", IDPS);
    let ended = place(&asked, "POST", &format!("/api/v1/apps/*/credentials/secrets/{old}/lifecycle/deactivate"));
    assert!(pushed < ended, "{:?}", asked.iter().map(okta_calls::short).collect::<Vec<_>>());
    assert_eq!(secrets.all().len(), 1);
    assert_eq!(log_in(&secrets.story), Ok(()));
}

#[test]
fn a_rotation_on_top_of_a_broken_one_says_how_to_go_on() {
    let mut secrets = applied();
    secrets.story.set_variable("rotation", "1");
    let refused =
        json!({"success": false, "errors": [{"code": 10000, "message": "not today"}], "messages": [], "result": null});
    secrets.story.mock().fail(Fault::on("PUT", IDPS).answering(400, refused).times(1));
    secrets.story.apply_fails();
    secrets.story.set_variable("rotation", "2");
    let error = secrets.story.apply_fails().error();
    assert!(error.text().contains("set keepers back"), "{error}");
    assert_eq!(log_in(&secrets.story), Ok(()));

    // As the error says.
    for rotation in ["1", "2"] {
        secrets.story.set_variable("rotation", rotation);
        secrets.story.apply();
        assert_eq!(secrets.all().len(), 1);
    }
    assert_eq!(log_in(&secrets.story), Ok(()));
}
