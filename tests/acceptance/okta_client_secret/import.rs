//! Import.

use super::*;

#[test]
fn an_imported_secret_is_the_applied_one() {
    let secrets = Secrets::applied("");
    secrets.story.import_verify(SECRET, &secrets.import_id(), &[]);
}

#[test]
fn the_first_secret_of_an_app_can_be_taken_over_and_rotated() {
    let secrets = Secrets::with_app();
    let first = secrets.all()[0]["id"].as_str().unwrap().to_owned();
    let with = |keepers: &str| format!("{keepers}  lifecycle {{\n    create_before_destroy = true\n  }}\n");
    secrets.configure(&with("  keepers = { rotation = \"1\" }\n"));
    secrets.story.import(SECRET, &format!("{}/{first}", secrets.app_id()));
    secrets.story.apply();
    assert_eq!(secrets.text("id"), first, "first keepers replace nothing");
    secrets.configure(&with("  keepers = { rotation = \"2\" }\n"));
    secrets.story.apply();
    assert_eq!(secrets.all().len(), 1);
    assert!(secrets.accepts(&secrets.text("client_secret")));
}

#[test]
fn what_is_no_secret_is_not_imported() {
    let secrets = Secrets::with_app();
    secrets.configure("");
    let app = secrets.app_id();
    assert!(secrets.story.import_fails(SECRET, &app).contains("APP_ID/SECRET_ID"));
    assert!(secrets.story.import_fails(SECRET, &format!("{app}/{app}")).contains("ocs"));
    let said = secrets.story.import_fails(SECRET, &format!("{app}/ocs00000000000000000"));
    assert!(said.contains("non-existent"), "{said}");
}
