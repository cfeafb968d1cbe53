//! The client secret: minted, rotated, left out of the state, and out of reach.

use super::*;

/// The route that shows an app's secrets in clear.
const SECRETS: &str = "/api/v1/apps/*/credentials/secrets";

impl Oidc {
    fn never_check_secrets(&self) {
        self.story.write("provider.tf", "provider \"zt\" {\n  secret_checks = \"never\"\n}\n");
    }

    /// How often the secrets were read since the journal had this many entries.
    fn secret_reads_since(&self, mark: usize) -> usize {
        let exchanges = self.story.mock().journal().since(mark).into_iter();
        exchanges.filter(|exchange| exchange.path.contains("/credentials/secrets")).count()
    }
}

#[test]
fn the_secret_shows_up_in_the_state_only() {
    let oidc = Oidc::applied("");
    let secret = oidc.text("client_secret");
    oidc.configure("  label = \"Other\"\n");
    let plan = oidc.story.plan();
    assert!(!plan.text().contains(&secret), "{}", plan.text());
    assert!(!serde_json::to_string(&oidc.story.mock().journal().all()).unwrap().contains(&secret));
}

#[test]
fn another_authentication_method_mints_a_secret() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    oidc.configure("  token_endpoint_auth_method = \"client_secret_post\"\n");
    let changed = oidc.story.plan().changed_attributes(APP);
    for attribute in ["client_secret", "client_secret_hash", "client_secret_id"] {
        assert!(changed.contains(&attribute.to_owned()), "{changed:?}");
    }
    oidc.story.apply();
    let after = oidc.app();
    for attribute in ["client_secret", "client_secret_hash", "client_secret_id"] {
        assert_ne!(after[attribute], before[attribute]);
    }
    assert!(oidc.accepts(after["client_secret"].as_str().unwrap()));
    assert_eq!(after["client_id"], before["client_id"]);
}

#[test]
fn a_rotation_in_the_console_is_followed_and_told() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    let rotated = oidc.rotate();
    let plan = oidc.story.plan();
    assert!(
        plan.diagnostics.iter().any(|told| told.text().contains("was changed outside of Terraform")),
        "{}",
        plan.text()
    );
    assert_eq!(plan.drifted(), [APP]);
    oidc.refresh();
    let after = oidc.app();
    assert_eq!(after["client_secret"], json!(rotated));
    assert_ne!(after["client_secret_id"], before["client_secret_id"]);
    assert_ne!(after["client_secret_hash"], before["client_secret_hash"]);
    oidc.story.expect_empty_plan();
}

#[test]
fn a_second_secret_changes_nothing_until_the_first_is_deactivated() {
    let oidc = Oidc::applied("");
    let first = oidc.text("client_secret_id");
    let second = oidc.okta("POST", "/credentials/secrets", Some(&json!({})));
    oidc.refresh();
    assert_eq!(oidc.text("client_secret_id"), first);
    oidc.okta("POST", &format!("/credentials/secrets/{first}/lifecycle/deactivate"), Some(&json!({})));
    oidc.refresh();
    assert_eq!(oidc.app()["client_secret_id"], second["id"]);
    assert_eq!(oidc.app()["client_secret"], second["client_secret"]);
}

#[test]
fn omit_secret_keeps_the_app() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    let secret = oidc.text("client_secret");
    oidc.configure("  omit_secret = true\n");
    let writes = oidc.writes(|story| drop(story.apply()));
    assert_eq!(writes, Vec::<String>::new());
    let omitted = oidc.app();
    assert_eq!(omitted["client_secret"], Value::Null);
    for attribute in ["id", "client_id", "client_secret_id", "client_secret_hash"] {
        assert_eq!(omitted[attribute], before[attribute]);
    }
    assert!(!oidc.story.state_file().contains(&secret));
    oidc.configure("");
    oidc.story.apply();
    assert_eq!(oidc.text("client_secret"), secret);
    assert_eq!(oidc.app()["id"], before["id"]);
}

#[test]
fn an_app_made_without_its_secret_never_has_it_in_the_state() {
    let oidc = Oidc::applied("  omit_secret = true\n");
    let secrets = oidc.okta("GET", "/credentials/secrets", None);
    assert!(!oidc.story.state_file().contains(secrets[0]["client_secret"].as_str().unwrap()));
    assert_eq!(oidc.app()["client_secret_id"], secrets[0]["id"]);
}

#[test]
fn secrets_that_may_not_be_read_stay_as_known() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    oidc.rotate();
    oidc.story.mock().fail(Fault::on("GET", SECRETS).answering(403, forbidden()));
    let plan = oidc.story.plan();
    assert!(plan.is_empty(), "{}", plan.text());
    assert_eq!(plan.diagnostics.len(), 1);
    assert!(plan.diagnostics[0].text().contains("cannot be read"));
    oidc.refresh();
    assert_eq!(oidc.app(), before);
}

#[test]
fn a_new_app_whose_secrets_may_not_be_read_has_the_secret_that_okta_made() {
    let oidc = Oidc::new();
    oidc.story.mock().fail(Fault::on("GET", SECRETS).answering(403, forbidden()));
    oidc.configure("");
    let applied = oidc.story.apply();
    assert!(applied.warning().text().contains("cannot be read"), "{:?}", applied.warnings);
    assert!(oidc.accepts(&oidc.text("client_secret")));
    assert_eq!((&oidc.app()["client_secret_id"], &oidc.app()["client_secret_hash"]), (&Value::Null, &Value::Null));

    oidc.story.mock().world().faults.clear();
    oidc.refresh();
    assert!(oidc.text("client_secret_id").starts_with("ocs"), "found out as soon as it can be");
}

#[test]
fn with_secret_checks_never_what_is_known_is_kept_and_nothing_is_listed() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    oidc.never_check_secrets();
    oidc.rotate();
    let mark = oidc.story.mock().journal().len();
    let plan = oidc.story.plan();
    assert!(plan.is_empty() && plan.diagnostics.is_empty(), "{}", plan.text());
    oidc.refresh();
    assert_eq!(oidc.app(), before);
    oidc.configure("  label = \"Access 2\"\n");
    oidc.story.apply();
    for attribute in ["client_secret", "client_secret_id", "client_secret_hash"] {
        assert_eq!(oidc.app()[attribute], before[attribute]);
    }
    assert_eq!(oidc.secret_reads_since(mark), 0);
}

#[test]
fn with_secret_checks_never_a_new_app_has_the_secret_that_okta_made_and_a_warning() {
    let oidc = Oidc::new();
    oidc.never_check_secrets();
    oidc.configure("");
    let applied = oidc.story.apply();
    assert!(applied.warning().text().contains("secret_checks"), "{:?}", applied.warnings);
    assert!(oidc.accepts(&oidc.text("client_secret")));
    assert_eq!((&oidc.app()["client_secret_id"], &oidc.app()["client_secret_hash"]), (&Value::Null, &Value::Null));

    // Okta mints another one, and shows it.
    oidc.configure("  token_endpoint_auth_method = \"client_secret_post\"\n");
    oidc.story.apply();
    assert!(oidc.accepts(&oidc.text("client_secret")));

    let id = oidc.id();
    oidc.story.workspace().terraform(&["state", "rm", APP]).expect_success();
    let said = oidc.story.import(APP, &id).text();
    assert!(said.contains("secret_checks"), "{said}");
    oidc.story.expect_empty_plan();
    assert_eq!(oidc.app()["client_secret"], Value::Null);
    oidc.story.destroy();
    assert_eq!(oidc.secret_reads_since(0), 0);
}

#[test]
fn a_secret_that_okta_hides_stays_as_it_is_known() {
    let oidc = Oidc::applied("");
    let before = oidc.app();
    let mut listed = oidc.okta("GET", "/credentials/secrets", None);
    listed[0].as_object_mut().unwrap().remove("client_secret");
    oidc.story.mock().fail(Fault::on("GET", SECRETS).answering(200, listed.clone()));
    oidc.story.expect_empty_plan();
    oidc.refresh();
    assert_eq!(oidc.app(), before);

    // Another secret is another matter: the old text would be a lie.
    listed[0]["id"] = json!("ocs00000000000000000");
    oidc.story.mock().world().faults.clear();
    oidc.story.mock().fail(Fault::on("GET", SECRETS).answering(200, listed));
    oidc.refresh();
    assert_eq!(oidc.app()["client_secret"], Value::Null);
}

#[test]
fn a_new_secret_that_okta_hides_is_the_one_it_showed_when_it_made_it() {
    let oidc = Oidc::new();
    let masked = json!([{"id": "ocs00000000000000000", "status": "ACTIVE", "created": "2026-03-25T12:00:00.000Z",
        "client_secret": "****************", "secret_hash": "AAAAAAAAAAAAAAAAAAAAAA"}]);
    oidc.story.mock().fail(Fault::on("GET", SECRETS).answering(200, masked));
    oidc.configure("");
    oidc.story.apply();
    assert!(oidc.accepts(&oidc.text("client_secret")));
    assert_eq!(oidc.text("client_secret_id"), "ocs00000000000000000");
}

#[test]
fn a_rotation_reaches_everything_that_uses_the_secret() {
    let oidc = Oidc::new();
    let app = "  label = \"Access\"\n  redirect_uris = [\"https://acme.example/callback\"]\n";
    oidc.story.write(
        "main.tf",
        &format!(
            "resource \"okta_oidc_app\" \"access\" {{\n  provider = zt\n{app}}}\n\
             resource \"zt_okta_idp\" \"okta\" {{\n  name = \"Okta\"\n  okta_account = {:?}\n  \
             client_id = okta_oidc_app.access.client_id\n  client_secret = okta_oidc_app.access.client_secret\n}}\n\
             resource \"terraform_data\" \"user\" {{\n  input = [okta_oidc_app.access.client_secret_id, \
             okta_oidc_app.access.client_secret_hash]\n}}\n",
            oidc.story.mock().org_url()
        ),
    );
    oidc.story.apply();
    let rotated = oidc.rotate();
    let mut changed = oidc.story.plan().changed().into_iter().map(str::to_owned).collect::<Vec<_>>();
    changed.sort();
    assert_eq!(changed, ["terraform_data.user", "zt_okta_idp.okta"], "and the app itself is not");
    oidc.story.apply();
    let id = oidc.story.resource("zt_okta_idp.okta")["id"].as_str().unwrap().to_owned();
    let stored = oidc.story.mock().cloudflare().identity_provider(&id).unwrap().config("client_secret").cloned();
    assert_eq!(stored, Some(json!(rotated)), "people can log in again");
    assert!(oidc.accepts(&rotated));
}

#[test]
fn no_log_holds_the_secret() {
    let mut oidc = Oidc::new();
    oidc.story.workspace_mut().set_env("TF_LOG", "TRACE");
    oidc.configure(CLAIM);
    let mut said = oidc.story.workspace().terraform(&["apply", "-auto-approve", "-no-color"]).expect_success().text();
    let secret = oidc.text("client_secret");
    oidc.configure("  token_endpoint_auth_method = \"client_secret_post\"\n");
    said += &oidc.story.workspace().terraform(&["apply", "-auto-approve", "-no-color"]).expect_success().text();
    let minted = oidc.text("client_secret");
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("provider.terraform-provider-zt")).collect();
    assert!(ours.iter().any(|line| line.contains("/credentials/secrets")), "the calls are logged");
    let token = oidc.story.mock().okta_token();
    for line in ours {
        assert!(![&secret, &minted, &token].iter().any(|secret| line.contains(secret.as_str())), "{line}");
    }
}
