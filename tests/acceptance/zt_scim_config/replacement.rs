//! A replacement that is created before its predecessor is destroyed has the same settings as that one.

use super::*;

/// Applied with these lines, and the secret in force.
fn replaced_first(more: &str) -> (Provisioned, Value) {
    let scim = Provisioned::new();
    scim.configure(&format!("{more}  lifecycle {{\n    create_before_destroy = true\n  }}"));
    scim.story.apply();
    let secret = scim.secret_in_force();
    assert!(secret.is_string());
    (scim, secret)
}

#[track_caller]
fn replace(scim: &Provisioned) {
    let replaced = scim.story.replace(SCIM);
    assert!(replaced.warns_of("was taken over and is not deleted"));
    assert_eq!(scim.remote()["scim_config"]["enabled"], true);
}

#[test]
fn adoption_mints_another_secret_and_scim_stays_on() {
    let (scim, secret) = replaced_first("  adopt_existing = true\n");
    replace(&scim);
    scim.story.expect_empty_plan();
    let state = scim.story.resource(SCIM);
    assert_ne!(scim.secret_in_force(), secret);
    assert_eq!((&state["secret"], &state["secret_status"]), (&scim.secret_in_force(), &json!("in_sync")));
    scim.story.destroy();
    assert_eq!(scim.remote()["scim_config"]["enabled"], false, "a later destroy does switch it off");
}

#[test]
fn without_adoption_the_secret_stays_and_is_not_known() {
    let (scim, secret) = replaced_first("  adopt_existing = false\n");
    replace(&scim);
    scim.story.expect_empty_plan();
    assert_eq!((scim.secret_in_force(), &scim.story.resource(SCIM)["secret"]), (secret, &Value::Null));
}

#[test]
fn an_omitted_secret_stays() {
    let (scim, secret) = replaced_first("  omit_secret = true\n");
    replace(&scim);
    scim.story.expect_empty_plan();
    assert_eq!(scim.secret_in_force(), secret);
}

#[test]
fn until_somebody_says_what_becomes_of_the_secret_it_stops() {
    let (scim, secret) = replaced_first("");
    let error = scim.story.replace_fails(SCIM).error();
    assert!(error.points_at("identity_provider_id"), "{error}");
    for part in ["create_before_destroy", "rotation_trigger", &format!("terraform state list -id={}", scim.id)] {
        assert!(error.text().contains(part), "{error}");
    }
    scim.story.expect_empty_plan();
    assert_eq!((&scim.secret_in_force(), &scim.story.resource(SCIM)["secret"]), (&secret, &secret));
}

#[test]
fn one_that_is_destroyed_first_is_switched_off_and_on_again() {
    let scim = Provisioned::new();
    scim.configure("");
    scim.story.apply();
    let secret = scim.secret_in_force();
    scim.story.replace(SCIM);
    scim.story.expect_empty_plan();
    assert_ne!(scim.secret_in_force(), secret);
    assert_eq!(scim.story.resource(SCIM)["secret"], scim.secret_in_force());
}

#[test]
fn two_resources_do_not_share_an_identity_provider() {
    for more in ["  omit_secret = true", "  adopt_existing = true"] {
        let scim = Provisioned::new();
        scim.configure(more);
        scim.story.write("twin.tf", &scim.story.read("main.tf").replace("\"this\"", "\"twin\""));
        let error = scim.story.apply_fails().error();
        assert!(error.points_at("identity_provider_id") && error.text().contains("Another zt_scim_config"), "{error}");
        assert_eq!(scim.story.addresses().len(), 1);
    }
}
