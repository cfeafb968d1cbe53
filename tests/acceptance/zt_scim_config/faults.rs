//! What is said and what is left when Cloudflare refuses, does something else, or does not answer.

use serde_json::{Value, json};
use zt::mock::{Fault, Options};

use super::{ONE, Provisioned, SCIM, refusal};

/// Every way in which the answer to a change that was made can be lost.
fn lost_answers() -> [Fault; 4] {
    let put = || Fault::on("PUT", ONE).carried_out().times(1);
    [
        put().answering(502, "<html>bad gateway</html>"),
        put().answering(200, "<html>a page of a proxy</html>"),
        put().closing(),
        put().truncating(),
    ]
}

impl Provisioned {
    /// What was seen of the object, as an answer to a change.
    fn answer(&self, scim: Value) -> Value {
        let mut result = self.remote();
        for (name, value) in scim.as_object().unwrap() {
            result["scim_config"][name] = value.clone();
        }
        json!({"success": true, "errors": [], "messages": [], "result": result})
    }

    /// The change is carried out, and the answer says otherwise.
    fn answer_with(&self, scim: Value) {
        self.story.mock().fail(Fault::on("PUT", ONE).carried_out().answering(200, self.answer(scim)).times(1));
    }

    fn is_on(&self) -> bool {
        self.story.mock().cloudflare().identity_provider(&self.id).unwrap().scim_enabled()
    }
}

#[test]
fn a_refused_create_saves_nothing_and_points_at_the_attribute() {
    let scim = Provisioned::new();
    scim.configure("  user_deprovision = true");
    let fault = Fault::on("PUT", ONE).answering(400, refusal("scim_config.user_deprovision is not available"));
    scim.story.mock().fail(fault.times(1));
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("user_deprovision"), "{error}");
    assert!(error.text().contains("scim_config.user_deprovision is not available"), "{error}");
    assert_eq!(scim.story.addresses(), [""; 0]);
    scim.story.apply();
}

#[test]
fn a_create_whose_answer_is_lost_is_taken_back_with_its_unseen_secret() {
    for fault in lost_answers() {
        let scim = Provisioned::new();
        scim.configure("  user_deprovision = true");
        scim.story.mock().fail(fault.clone());
        let error = scim.story.apply_fails().error();
        assert!(error.text().contains("were put back"), "{fault:?}: {error}");
        assert_eq!(scim.story.addresses(), [""; 0], "{fault:?}");
        let remote = scim.remote();
        assert_eq!(remote["scim_config"]["enabled"], false, "{fault:?}");
        assert_eq!(remote["scim_config"]["user_deprovision"], false, "{fault:?}");
        scim.story.apply();
        assert_eq!(scim.story.resource(SCIM)["secret"], scim.secret_in_force());
    }
}

#[test]
fn a_create_that_cannot_be_taken_back_is_kept_and_tainted() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.mock().fail(Fault::on("PUT", ONE).carried_out().closing().times(1));
    scim.story.mock().fail(Fault::on("PUT", ONE).answering(403, refusal("not now")).times(1));
    let refused = scim.story.apply_fails();
    let said: String = refused.iter().map(|found| found.text()).collect();
    assert!(said.contains("kept and tainted") && said.contains("not now"), "{said}");
    assert!(scim.story.is_tainted(SCIM));
    // Replacing it switches SCIM off and on.
    scim.story.apply();
    assert_eq!(scim.story.resource(SCIM)["secret"], scim.secret_in_force());
}

#[test]
fn a_setting_that_cloudflare_ignores_is_an_error_and_the_create_is_taken_back() {
    let scim = Provisioned::new();
    scim.configure("  user_deprovision = true\n  identity_update_behavior = \"reauth\"");
    scim.answer_with(json!({"enabled": true, "identity_update_behavior": "no_action", "user_deprovision": true}));
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("identity_update_behavior"), "{error}");
    assert_eq!(scim.story.addresses(), [""; 0]);
    assert_eq!(scim.remote()["scim_config"]["enabled"], false);

    scim.answer_with(json!({"enabled": false}));
    scim.story.mock().fail(Fault::on("PUT", ONE).answering(403, refusal("not now")).times(1));
    let refused = scim.story.apply_fails();
    let said: String = refused.iter().map(|found| found.text()).collect();
    assert!(said.contains("configured enabled") && said.contains("kept and tainted"), "{said}");
    assert!(scim.story.is_tainted(SCIM));
}

#[test]
fn an_update_that_switches_scim_on_is_taken_back_when_its_answer_is_lost() {
    for fault in lost_answers() {
        let scim = Provisioned::new();
        scim.configure("  enabled = false");
        scim.story.apply();
        scim.configure("  enabled = true");
        scim.story.mock().fail(fault.clone());
        let error = scim.story.apply_fails().error();
        assert!(error.text().contains("were put back"), "{fault:?}: {error}");
        assert!(!scim.is_on(), "{fault:?}");
        assert_eq!(
            scim.story.plan().changed_attributes(SCIM),
            ["enabled", "scim_base_url", "secret", "secret_fingerprint", "secret_status"],
            "{fault:?}"
        );
        scim.story.apply();
        assert_eq!(scim.story.resource(SCIM)["secret"], scim.secret_in_force(), "{fault:?}");
    }
}

#[test]
fn a_request_that_did_not_arrive_leaves_nothing_to_take_back() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.mock().fail(Fault::on("PUT", ONE).answering(503, "<html>try again</html>").times(1));
    scim.story.apply_fails().error();
    assert_eq!(scim.story.mock().journal().matching("PUT", ONE).len(), 1, "it is sent once");
    assert_eq!(scim.story.addresses(), [""; 0]);
    scim.story.apply();
}

#[test]
fn a_secret_that_nobody_has_seen_is_pointed_out_until_there_is_another() {
    let scim = Provisioned::new();
    scim.configure("  enabled = false");
    scim.story.apply();
    scim.configure("");
    scim.story.mock().fail(Fault::on("PUT", ONE).carried_out().closing().times(1));
    scim.story.mock().fail(Fault::on("PUT", ONE).answering(403, refusal("not now")).times(1));
    let refused = scim.story.apply_fails();
    let said: String = refused.iter().map(|found| found.text()).collect();
    assert!(said.contains("not now") && said.contains("rotation_trigger"), "{said}");
    assert!(!scim.story.is_tainted(SCIM));
    assert!(scim.is_on());

    let unseen = |scim: &Provisioned| {
        scim.story.plan().diagnostics.iter().any(|found| found.text().contains("rotation_trigger"))
    };
    assert!(unseen(&scim), "the next plan says what is to do");
    scim.configure("  rotation_trigger = \"1\"");
    scim.story.apply();
    assert!(unseen(&scim));
    scim.configure("  rotation_trigger = \"2\"");
    scim.story.apply();
    assert!(!unseen(&scim));
    assert_eq!(scim.story.resource(SCIM)["secret"], scim.secret_in_force());
}

#[test]
fn an_answer_without_the_secret_is_not_passed_over() {
    let scim = Provisioned::new();
    scim.configure("  enabled = false");
    scim.story.apply();
    scim.configure("");
    scim.answer_with(json!({"enabled": true, "scim_base_url": "https://acme.cloudflareaccess.com/scim"}));
    let applied = scim.story.apply();
    assert!(applied.warning().text().contains("did not show"), "{}", applied.warning());
    assert!(scim.story.resource(SCIM)["secret"].is_null());
    assert!(scim.story.plan().diagnostics.iter().any(|found| found.text().contains("did not show")));
}

#[test]
fn an_update_that_cloudflare_ignores_is_an_error_on_its_attribute() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    let secret = scim.story.resource(SCIM)["secret"].clone();
    scim.configure("  user_deprovision = true\n  identity_update_behavior = \"reauth\"");
    scim.answer_with(json!({"identity_update_behavior": "reauth"}));
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("user_deprovision"), "{error}");
    let state = scim.story.resource(SCIM);
    assert_eq!((&state["user_deprovision"], &state["secret"]), (&json!(false), &secret));
    assert!(!scim.story.is_tainted(SCIM));
    scim.story.apply();
}

#[test]
fn a_secret_that_came_with_an_answer_is_kept_although_the_answer_is_wrong() {
    let scim = Provisioned::new();
    scim.configure("  enabled = false");
    scim.story.apply();
    scim.configure("  enabled = true\n  user_deprovision = true");
    scim.answer_with(json!({"enabled": true, "secret": "a-secret-that-was-shown-once"}));
    assert!(scim.story.apply_fails().error().points_at("user_deprovision"));
    assert_eq!(scim.story.resource(SCIM)["secret"], "a-secret-that-was-shown-once");
}

#[test]
fn a_refused_update_changes_neither_side() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    scim.configure("  user_deprovision = true");
    scim.fail("PUT", 400);
    let error = scim.story.apply_fails().error();
    assert!(error.text().contains("access.api.error.invalid_request: no"), "{error}");
    assert_eq!(scim.story.resource(SCIM)["user_deprovision"], false);
    scim.story.apply();
}

#[test]
fn a_passing_fault_is_survived() {
    let scim = Provisioned::new();
    scim.story.write("provider.tf", "provider \"zt\" {\n  min_wait_seconds = 0\n}\n");
    scim.configure("");
    scim.story.mock().fail(Fault::on("GET", ONE).answering(502, "<html>bad gateway</html>").times(1));
    scim.story.apply();
    // A change that can be repeated is: the first of these two was made.
    scim.configure("  user_deprovision = true");
    scim.story.mock().fail(Fault::on("PUT", ONE).carried_out().answering(503, "<html>").times(1));
    scim.story.apply();
    // So is switching off.
    scim.story.mock().fail(Fault::on("PUT", ONE).carried_out().answering(503, "<html>").times(1));
    scim.story.destroy();
    assert!(!scim.is_on());
}

#[test]
fn a_plan_from_before_scim_was_switched_off_is_not_applied() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    let secret = scim.story.resource(SCIM)["secret"].clone();
    scim.configure("  user_deprovision = true");
    let saved = scim.story.plan().file;
    scim.change_by_hand(json!({"enabled": false}));
    let mark = scim.story.mock().journal().len();
    let output = scim.story.workspace().terraform(&["apply", "-no-color", &saved.to_string_lossy()]);
    assert!(!output.success() && output.text().contains("switched off after this plan was made"), "{output}");
    assert_eq!(scim.story.mock().journal().writes_since(mark), [""; 0]);
    scim.story.apply();
    assert_ne!(scim.story.resource(SCIM)["secret"], secret);
    assert_eq!(scim.story.resource(SCIM)["secret"], scim.secret_in_force());
}

#[test]
fn a_refused_refresh_names_the_button_and_fires_again() {
    let scim = Provisioned::with(Options { refuse_secret_refresh: true, ..Options::default() });
    scim.configure("  rotation_trigger = \"1\"");
    scim.story.apply();
    scim.configure("  rotation_trigger = \"2\"");
    let error = scim.story.apply_fails().error();
    assert!(error.text().contains("Regenerate Secret"), "{error}");
    assert!(error.text().contains("was not changed"), "{error}");
    assert_eq!(scim.story.resource(SCIM)["rotation_trigger"], "1", "the next apply tries again");
    assert_eq!(scim.story.resource(SCIM)["secret"], scim.secret_in_force());
}

#[test]
fn a_refresh_whose_answer_is_lost_says_that_the_old_secret_may_be_dead_and_fires_again() {
    let scim = Provisioned::new();
    scim.configure("  rotation_trigger = \"1\"");
    scim.story.apply();
    scim.configure("  rotation_trigger = \"2\"");
    let refresh = "/client/v4/accounts/*/access/identity_providers/*/refresh_scim_secret";
    scim.story.mock().fail(Fault::on("POST", refresh).carried_out().closing().times(1));
    let error = scim.story.apply_fails().error();
    assert!(error.points_at("rotation_trigger"), "{error}");
    assert!(error.text().contains("may have been minted"), "{error}");
    assert!(!error.text().contains("was not changed"), "{error}");
    scim.story.apply();
    assert_eq!(scim.story.resource(SCIM)["secret"], scim.secret_in_force());
}
