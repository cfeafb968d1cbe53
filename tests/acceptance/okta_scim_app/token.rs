//! The SCIM token: where it shows, and who gets it.

use super::*;

#[test]
fn the_token_shows_up_in_the_state_only() {
    let scim = Scim::new(ProvisioningApi::Unknown);
    scim.configure(&everything(&scim));
    let plan = scim.story.plan();
    assert!(!plan.text().contains(&scim.token), "{}", plan.text());
    scim.story.apply();
    assert!(!scim.app()["setup_instructions"].as_str().unwrap().contains(&scim.token));
    assert!(!serde_json::to_string(&scim.story.mock().journal().all()).unwrap().contains(&scim.token));
}

#[test]
fn a_new_token_is_sent_and_nothing_else() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure(SWITCHES);
    scim.story.apply();
    let idp = scim.story.mock().cloudflare().identity_providers()[0].id().to_owned();
    let token = scim.story.mock().cloudflare().identity_provider_mut(&idp).unwrap().regenerate_scim_secret().unwrap();
    let scim = Scim { token, ..scim };
    scim.configure(SWITCHES);
    let writes = scim.writes(|story| drop(story.apply()));
    assert_eq!(writes, ["POST apps/*/connections/default"]);
    assert_eq!(scim.story.mock().okta().connection(&scim.id(), &scim.token), Some((scim.base_url.clone(), true, true)));
}

#[test]
fn a_token_that_cloudflare_refuses_is_an_error_on_it_and_leaves_nothing() {
    for mode in ["auto", "api"] {
        let scim = Scim::new(ProvisioningApi::Supported);
        let right = scim.token.clone();
        let scim = Scim { token: "wrong-token-of-some-length".into(), ..scim };
        scim.configure(&format!("  provisioning_mode = {mode:?}\n{}", everything(&scim)));
        let error = scim.story.apply_fails().error();
        assert!(error.points_at("scim_token"), "{error}");
        assert!(error.text().contains("E0000059"), "{error}");
        assert!(!error.text().contains(&scim.token), "{error}");
        assert_eq!(scim.counts("apps"), 0);
        assert_eq!(scim.story.addresses(), Vec::<String>::new());

        let scim = Scim { token: right, ..scim };
        scim.configure(&everything(&scim));
        scim.story.apply();
    }
}

#[test]
fn no_log_holds_the_token() {
    let mut scim = Scim::new(ProvisioningApi::Supported);
    scim.story.workspace_mut().set_env("TF_LOG", "TRACE");
    scim.configure(&everything(&scim));
    let said = scim.story.workspace().terraform(&["apply", "-auto-approve", "-no-color"]).expect_success().text();
    let ours: Vec<&str> = said.lines().filter(|line| line.contains("provider.terraform-provider-zt")).collect();
    assert!(ours.iter().any(|line| line.contains("/connections/default")), "the calls are logged");
    let api_token = scim.story.mock().okta_token();
    for line in ours {
        assert!(!line.contains(&scim.token) && !line.contains(&api_token), "{line}");
    }
}
