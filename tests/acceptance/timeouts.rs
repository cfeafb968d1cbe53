//! `timeouts`, on every resource.

use serde_json::json;
use zt::mock::Fault;

use crate::harness::story::Story;

const APP: &str = "okta_oidc_app.access";

fn configure(story: &Story, timeouts: &str) {
    story.write(
        "main.tf",
        &format!(
            "resource \"okta_oidc_app\" \"access\" {{\n  provider = zt\n  label = \"Access\"\n  \
             redirect_uris = [\"https://acme.cloudflareaccess.com/cdn-cgi/access/callback\"]\n  timeouts = {timeouts}\n}}\n"
        ),
    );
}

#[test]
fn a_create_that_takes_too_long_loses_nothing() {
    let story = Story::new();
    configure(&story, "{ create = \"3s\" }");
    // The app is made, and the answer to the next question never comes.
    story.mock().fail(Fault::on("GET", "/api/v1/apps/*/credentials/secrets").held().times(1));
    let refused = story.apply_fails();
    let ended = refused.iter().find(|error| error.summary == "Creating okta_oidc_app took longer than 3s");
    assert!(ended.is_some_and(|error| error.points_at("timeouts")), "{}", refused.output);
    let apps = || story.mock().okta().counts()["apps"];
    assert_eq!(apps(), story.addresses().len(), "what exists is in the state");
    story.mock().world().faults.clear();
    story.apply();
    assert_eq!(apps(), 1);
}

#[test]
fn a_wait_that_would_outlast_the_operation_is_not_begun() {
    let story = Story::new();
    configure(&story, "{ create = \"30s\" }");
    let body =
        json!({"errorCode": "E0000047", "errorSummary": "API call exceeded rate limit due to too many requests."});
    let limited = Fault::on("POST", "/api/v1/apps").answering(429, body).with_header("retry-after", "60");
    story.mock().fail(limited.times(1));
    let said = story.apply_fails().error().text();
    for words in ["for the rate limit of 127.0.0.1/api/v1/apps", "and the operation has", "20 minutes if it sets none"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(story.addresses(), [""; 0]);
    story.apply();
}

#[test]
fn other_timeouts_change_nothing_in_the_service() {
    let story = Story::new();
    configure(&story, "null");
    story.apply();
    configure(&story, "{ read = \"2m\", delete = \"1h30m\" }");
    let plan = story.plan();
    assert_eq!(plan.changed_attributes(APP), ["timeouts"]);
    let mark = story.mock().journal().len();
    story.apply();
    assert_eq!(story.mock().journal().writes_since(mark), [""; 0]);
    assert_eq!(
        story.resource(APP)["timeouts"],
        json!({"create": null, "read": "2m", "update": null, "delete": "1h30m"})
    );
    configure(&story, "{ read = \"two minutes\" }");
    let error = story.validate_fails();
    assert!(error.text().contains("\"1h30m\""), "{error}");
}

#[test]
fn every_resource_keeps_them() {
    let story = Story::new();
    let (org, callback) = (story.mock().org_url(), format!("{}/cdn-cgi/access/callback", story.mock().auth_url()));
    let configuration = format!(
        r#"
resource "okta_oidc_app" "a" {{
  provider      = zt
  label         = "Access"
  redirect_uris = [{callback:?}]
}}
resource "okta_client_secret" "a" {{
  provider = zt
  app_id   = okta_oidc_app.a.id
}}
resource "zt_okta_idp" "a" {{
  name                  = "Okta"
  okta_account          = {org:?}
  client_id             = okta_oidc_app.a.client_id
  managed_client_secret = {{ app_id = okta_oidc_app.a.id, secret_id = okta_client_secret.a.id }}
}}
resource "zt_scim_config" "a" {{
  identity_provider_id = zt_okta_idp.a.id
}}
resource "okta_scim_app" "a" {{
  provider      = zt
  label         = "SCIM"
  scim_base_url = zt_scim_config.a.scim_base_url
  scim_token    = zt_scim_config.a.secret
}}
"#
    );
    let with = |timeout: &str| {
        let line = format!("\n  timeouts = {{ create = {timeout:?}, read = {timeout:?}, update = {timeout:?} }}\n}}\n");
        configuration.replace("\n}\n", &line)
    };
    story.write("main.tf", &with("5m"));
    story.apply();
    story.write("main.tf", &with("6m"));
    let plan = story.plan();
    for address in ["okta_client_secret.a", "okta_oidc_app.a", "okta_scim_app.a", "zt_okta_idp.a", "zt_scim_config.a"] {
        assert_eq!(plan.changed_attributes(address), ["timeouts"], "{address}");
    }
    let mark = story.mock().journal().len();
    story.apply();
    assert_eq!(story.mock().journal().writes_since(mark), [""; 0]);
    assert_eq!(story.resource("okta_scim_app.a")["timeouts"]["read"], "6m");
    story.destroy();
}
