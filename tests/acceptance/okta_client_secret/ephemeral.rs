//! The ephemeral resource.

use super::*;
use crate::needs;

fn with(secret_id: &str, rest: &str) -> String {
    format!(
        "{OF_AN_APP}\nephemeral \"okta_client_secret\" \"x\" {{\n  provider  = zt\n  app_id    = okta_oidc_app.access.id\n  \
         secret_id = {secret_id}\n}}\n{rest}"
    )
}

const DEPENDENT: &str = r#"
resource "okta_oidc_app" "hash" {
  provider      = zt
  label         = "Hash"
  redirect_uris = ["https://acme.example/callback"]
  lifecycle {
    precondition {
      condition     = EXPECTED
      error_message = "it reads otherwise"
    }
  }
}
"#;

#[test]
fn it_opens_in_every_plan_and_is_stored_nowhere() {
    needs!(EPHEMERAL);
    let story = Story::new();
    let omitted = OF_AN_APP.replace("provider      = zt", "provider      = zt\n  omit_secret   = true");
    let configuration = with("okta_oidc_app.access.client_secret_id", "").replace(OF_AN_APP, &omitted);
    story.write("main.tf", &configuration);
    story.apply();
    let app = story.resource(APP)["id"].as_str().unwrap().to_owned();
    let all = story.in_okta("GET", &format!("/api/v1/apps/{app}/credentials/secrets"), None);
    let text = all[0]["client_secret"].as_str().unwrap();

    // The values are right, as the configuration sees them.
    let expected = format!(
        "ephemeral.okta_client_secret.x.client_secret == {text:?} && ephemeral.okta_client_secret.x.client_secret_hash \
         == okta_oidc_app.access.client_secret_hash && ephemeral.okta_client_secret.x.status == \"ACTIVE\""
    );
    let checked = DEPENDENT.replace("EXPECTED", &expected);
    story.write("check.tf", &checked);
    let mark = story.mock().journal().len();
    let plan = story.plan();
    let opened = story.mock().journal().since(mark).into_iter();
    assert_eq!(opened.filter(|seen| seen.method == "GET" && zt::mock::faults::glob(ONE, &seen.path)).count(), 1);
    assert!(!plan.text().contains(text) && !plan.json["resource_changes"].to_string().contains(text));
    story.apply();
    assert!(!story.state_file().contains(text));
    story.write("check.tf", &checked.replace(text, "something else"));
    assert!(story.plan_fails().error().text().contains("it reads otherwise"));
}

#[test]
fn a_secret_that_is_not_there_is_an_error_on_its_id() {
    needs!(EPHEMERAL);
    let story = Story::new();
    story.write("main.tf", OF_AN_APP);
    story.apply();
    story.write("main.tf", &with("\"ocs00000000000000000\"", ""));
    let error = story.plan_fails().error();
    assert!(error.points_at("secret_id") && error.text().contains("rotated"), "{error}");
}

#[test]
fn a_secret_that_okta_hides_or_refuses_is_an_error() {
    needs!(EPHEMERAL);
    let story = Story::new();
    story.write("main.tf", &with("okta_oidc_app.access.client_secret_id", ""));
    story.apply();
    story.mock().fail(Fault::on("GET", ONE).answering(403, forbidden()).times(1));
    assert!(story.plan_fails().error().text().contains("Application Administrator"));
    let id = &story.resource("okta_oidc_app.access")["client_secret_id"];
    let hidden = json!({"id": id, "status": "ACTIVE", "client_secret": "****"});
    story.mock().fail(Fault::on("GET", ONE).answering(200, hidden).times(1));
    assert!(story.plan_fails().error().text().contains("without the secret itself"));
}
