//! Whose SCIM endpoint may get the token.

use super::*;

const ELSEWHERE: &str = "https://elsewhere.example/scim/v2";
/// The endpoint of another account's team. Nothing there is ever called: the org's API does not try what it is given.
const BETA: &str = "beta.cloudflareaccess.com";

/// An app that is connected to this endpoint.
fn at(scim: &Scim, base_url: &str) {
    scim.configure_bare(&format!("  scim_base_url = {base_url:?}\n  scim_token = {:?}\n", scim.token));
}

/// The team has the domain of real life from now on, so that its endpoints are not on this machine.
fn rename_the_team(scim: &Scim, domain: &str) {
    let path = format!("/accounts/{}/access/organizations", scim.story.mock().account_id());
    scim.story.in_cloudflare("PUT", &path, Some(&json!({"name": "Team", "auth_domain": domain})));
}

fn unchecked(diagnostics: &[Diagnostic]) -> Option<&Diagnostic> {
    diagnostics.iter().find(|told| told.summary.contains("cannot be checked"))
}

#[test]
fn an_endpoint_outside_of_the_team_is_refused_before_anybody_is_asked() {
    let scim = Scim::new(ProvisioningApi::Supported);
    at(&scim, ELSEWHERE);
    let error = scim.story.plan_fails().error();
    assert!(error.points_at("scim_base_url"), "{error}");
    let team = scim.story.mock().auth_url().trim_start_matches("http://").to_owned();
    assert!(error.text().contains(&team), "{error}");
}

#[test]
fn the_teams_own_endpoint_is_accepted_however_it_is_written() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    rename_the_team(&scim, "acme.cloudflareaccess.com");
    at(&scim, "https://ACME.cloudflareaccess.com/populations/x/scim/v2/");
    let applied = scim.story.apply();
    assert!(unchecked(&applied.warnings).is_none(), "{:?}", applied.warnings);
}

#[test]
fn an_endpoint_of_another_team_is_refused_unless_cloudflare_names_it_as_ours() {
    let mut scim = Scim::new(ProvisioningApi::Unknown);
    // The provider's account is another one than that of the identity provider.
    rename_the_team(&scim, BETA);
    let account = "0123456789abcdef0123456789abcdef";
    let organization = json!({
        "success": true, "errors": [], "messages": [],
        "result": {"name": "Acme", "auth_domain": "acme.cloudflareaccess.com"},
    });
    let path = format!("/client/v4/accounts/{account}/access/organizations");
    scim.story.mock().fail(Fault::on("GET", &path).answering(200, organization));
    scim.story.workspace_mut().set_env("CLOUDFLARE_ACCOUNT_ID", account);

    at(&scim, &format!("https://{BETA}/populations/x/scim/v2"));
    let error = scim.story.plan_fails().error();
    assert!(error.points_at("scim_base_url"), "{error}");
    let text = error.text();
    for word in [BETA, "acme.cloudflareaccess.com", "zt_scim_config", "cloudflare.account_id"] {
        assert!(text.contains(word), "{word}: {text}");
    }

    let idp = scim.story.mock().cloudflare().identity_providers()[0].id().to_owned();
    let with_label = |label: &str| {
        format!(
            "resource \"zt_scim_config\" \"beta\" {{\n  account_id = {:?}\n  identity_provider_id = {idp:?}\n  adopt_existing = false\n}}\n\
             resource \"okta_scim_app\" \"scim\" {{\n  provider = zt\n  label = {label:?}\n  \
             scim_base_url = zt_scim_config.beta.scim_base_url\n  scim_token = {label:?}\n}}\n",
            scim.story.mock().account_id()
        )
    };
    // Made together, the endpoint is not known when it is planned.
    scim.story.write("main.tf", &with_label("one"));
    let applied = scim.story.apply();
    assert!(unchecked(&applied.warnings).is_none(), "{:?}", applied.warnings);
    assert!(scim.app()["scim_base_url"].as_str().unwrap().contains(BETA));

    // Later the apply changes the app alone, and goes by what the plan has seen, or an apply before.
    scim.story.write("main.tf", &with_label("two"));
    scim.story.apply();
    scim.story.write("main.tf", &with_label("three"));
    scim.story.workspace().terraform(&["apply", "-auto-approve", "-refresh=false"]).expect_success();
}

#[test]
fn cloudflare_not_answering_warns_in_the_plan_and_stops_the_apply() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    rename_the_team(&scim, "acme.cloudflareaccess.com");
    let broken = json!({"success": false, "errors": [{"code": 10000, "message": "Authentication error"}], "messages": [], "result": null});
    scim.story.mock().fail(Fault::on("GET", "/client/v4/accounts/*/access/organizations").answering(403, broken));
    at(&scim, "https://acme.cloudflareaccess.com/populations/x/scim/v2");
    let plan = scim.story.plan();
    let warning = unchecked(&plan.diagnostics).unwrap_or_else(|| panic!("{:?}", plan.diagnostics));
    assert!(warning.points_at("scim_base_url") && warning.text().contains("The apply will fail"), "{warning}");

    let error = scim.story.apply_fails().error();
    assert!(error.points_at("scim_base_url"), "{error}");
    assert!(error.text().contains("Authentication error"), "{error}");
    assert_eq!(scim.counts("apps"), 0, "before anything is made");

    scim.story.mock().world().faults.clear();
    scim.story.apply();
    // An update asks again before it changes anything.
    let broken = json!({"success": false, "errors": [], "messages": [], "result": null});
    scim.story.mock().fail(Fault::on("GET", "/client/v4/accounts/*/access/organizations").answering(403, broken));
    scim.configure_bare(
        "  label = \"SCIM 2\"\n  scim_base_url = \"https://acme.cloudflareaccess.com/populations/x/scim/v2\"\n  \
         scim_token = \"another-token-of-some-length\"\n",
    );
    let writes = scim.writes(|story| drop(story.apply_fails()));
    assert_eq!(writes, Vec::<String>::new());
}

#[test]
fn credentials_without_an_account_cannot_tell_and_say_where_to_name_one() {
    let mut scim = Scim::new(ProvisioningApi::Unknown);
    scim.story.workspace_mut().remove_env("CLOUDFLARE_ACCOUNT_ID");
    at(&scim, "https://acme.cloudflareaccess.com/populations/x/scim/v2");
    assert!(unchecked(&scim.story.plan().diagnostics).is_some());
    let error = scim.story.apply_fails().error();
    assert!(error.text().contains("CLOUDFLARE_ACCOUNT_ID"), "{error}");
}

#[test]
fn wrong_cloudflare_settings_are_no_way_around_the_check() {
    let mut scim = Scim::new(ProvisioningApi::Unknown);
    scim.story.workspace_mut().remove_env("CLOUDFLARE_API_TOKEN");
    scim.story.workspace_mut().set_env("CLOUDFLARE_API_KEY", "0123456789abcdef0123456789abcdef01234");
    at(&scim, ELSEWHERE);
    let error = scim.story.apply_fails().error();
    assert!(error.text().contains("CLOUDFLARE_EMAIL"), "{error}");
}

#[test]
fn with_okta_credentials_alone_the_plan_warns_and_the_apply_goes_on() {
    let mut scim = Scim::new(ProvisioningApi::Unknown);
    for name in ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_BASE_URL"] {
        scim.story.workspace_mut().remove_env(name);
    }
    let url = "https://acme.cloudflareaccess.com/populations/x/scim/v2";
    at(&scim, url);
    let plan = scim.story.plan();
    let warning = unchecked(&plan.diagnostics).unwrap_or_else(|| panic!("{:?}", plan.diagnostics));
    assert!(warning.points_at("scim_base_url") && warning.text().contains(url), "{warning}");
    scim.story.apply();
    assert!(unchecked(&scim.story.plan().diagnostics).is_none(), "once, not on every plan");
    scim.story.destroy();
}

#[test]
fn a_connection_that_was_switched_off_is_not_a_way_around_the_check() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure("");
    scim.story.apply();
    // Somebody has entered another endpoint in Okta, and then in the configuration, which is no change.
    let now = scim.story.mock().world().clock.now();
    scim.story.mock().okta().edit_connection(&scim.id(), ELSEWHERE, &scim.token, now);
    at(&scim, ELSEWHERE);
    scim.story.apply();
    assert_eq!(scim.app()["scim_base_url"], ELSEWHERE);
    scim.okta("POST", "/connections/default/lifecycle/deactivate", Some(&json!({})));
    assert!(scim.story.plan_fails().error().points_at("scim_base_url"));

    scim.configure_bare(&format!(
        "  label = \"Second\"\n  scim_base_url = {ELSEWHERE:?}\n  scim_token = {:?}\n",
        scim.token
    ));
    let writes = scim.writes(|story| {
        let unseen = story.workspace().terraform(&["apply", "-auto-approve", "-refresh=false"]);
        assert!(!unseen.success() && unseen.text().contains("scim_base_url"), "{}", unseen.text());
    });
    assert!(!writes.iter().any(|write| write.contains("connections")), "{writes:?}");
}
