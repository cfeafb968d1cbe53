//! Values that cannot be right are refused at their attribute.

use super::*;
use crate::needs;

#[test]
fn a_bad_value_is_pointed_at_before_anything_is_called() {
    let story = Story::new();
    let app = "app_id = \"0oa1a2b3c4d5e6f7g8h9\"";
    for (attributes, attribute, instead) in [
        ("app_id = \"Access\"".to_owned(), "app_id", "0oa"),
        ("app_id = \"00g1a2b3c4d5e6f7g8h9\"".to_owned(), "app_id", "okta_oidc_app"),
        (format!("{app}\n  status = \"active\""), "status", "INACTIVE"),
    ] {
        story.write(
            "main.tf",
            &format!("resource \"okta_client_secret\" \"x\" {{\n  provider = zt\n  {attributes}\n}}\n"),
        );
        let error = story.validate_fails();
        assert!(error.points_at(attribute) && error.text().contains(instead), "{attribute}: {error}");
    }
    assert!(story.mock().journal().is_empty());
}

#[test]
fn a_bad_value_of_the_ephemeral_one_is_pointed_at_too() {
    needs!(EPHEMERAL);
    let story = Story::new();
    let app = "app_id = \"0oa1a2b3c4d5e6f7g8h9\"";
    for (attributes, attribute) in [
        ("app_id = \"Access\"\n  secret_id = \"ocs1a2b3c4d5e6f7g8h9\"".to_owned(), "app_id"),
        (format!("{app}\n  secret_id = \"hunter2\""), "secret_id"),
    ] {
        story.write(
            "main.tf",
            &format!("ephemeral \"okta_client_secret\" \"x\" {{\n  provider = zt\n  {attributes}\n}}\n"),
        );
        let error = story.validate_fails();
        assert!(error.points_at(attribute), "{attribute}: {error}");
    }
    assert!(story.mock().journal().is_empty());
}
