//! Two secrets are there already.

use std::time::Duration;

use super::*;

/// Has a second secret made by somebody else, an hour after the app.
fn with_a_foreign_one() -> Secrets {
    let secrets = Secrets::with_app();
    secrets.story.mock().world().clock.advance(Duration::from_secs(3600));
    secrets.okta("POST", "", Some(&json!({})));
    secrets.configure("");
    secrets
}

#[test]
fn two_secrets_of_somebody_else_stay_and_the_error_shows_both() {
    let secrets = with_a_foreign_one();
    let error = secrets.story.apply_fails().error();
    assert!(error.points_at("app_id"), "{error}");
    let all = secrets.all();
    assert_eq!(all.len(), 2);
    for secret in &all {
        for member in ["id", "created", "secret_hash", "status"] {
            assert!(error.text().contains(secret[member].as_str().unwrap()), "{member}: {error}");
        }
        let import =
            format!("terraform import okta_client_secret.NAME {}/{}", secrets.app_id(), secret["id"].as_str().unwrap());
        assert!(error.text().contains(&import), "{error}");
        assert!(!error.text().contains(secret["client_secret"].as_str().unwrap()));
    }
    // As the error says.
    secrets.remove(all[1]["id"].as_str().unwrap());
    secrets.story.apply();
}

#[test]
fn a_foreign_secret_never_makes_way_for_a_rotation() {
    let more = |rotation: u8| {
        format!("  keepers = {{ rotation = \"{rotation}\" }}\n  lifecycle {{\n    create_before_destroy = true\n  }}\n")
    };
    let secrets = Secrets::applied(&more(1));
    let ours = secrets.text("id");
    let first = secrets.all().into_iter().find(|secret| secret["id"] != ours.as_str()).unwrap();
    secrets.remove(first["id"].as_str().unwrap());
    secrets.story.mock().world().clock.advance(Duration::from_secs(3600));
    let foreign = secrets.okta("POST", "", Some(&json!({})));
    secrets.configure(&more(2));
    let error = secrets.story.apply_fails().error();
    assert!(error.text().contains(foreign["id"].as_str().unwrap()) && error.text().contains(&ours), "{error}");
    assert_eq!(secrets.all().len(), 2);
    assert_eq!(secrets.text("id"), ours);
}

#[test]
fn a_second_resource_takes_the_place_of_the_first_secret_and_a_third_finds_none() {
    let resource = |name: &str| {
        format!(
            "resource \"okta_client_secret\" {name:?} {{\n  provider = zt\n  app_id = okta_oidc_app.access.id\n  keepers = \
             {{ name = {name:?} }}\n}}\n"
        )
    };
    let secrets = Secrets::applied("  keepers = { name = \"x\" }\n");
    let first = secrets.all().into_iter().find(|secret| secret["id"] != secrets.secret()["id"]).unwrap();
    let two = format!("{OF_AN_APP}{}{}", resource("x"), resource("y"));
    secrets.story.write("main.tf", &two);
    let applied = secrets.story.apply();
    let told = applied.warnings.iter().find(|told| told.text().contains("was deleted")).unwrap().text();
    assert!(
        told.contains(first["id"].as_str().unwrap()) && told.contains(first["secret_hash"].as_str().unwrap()),
        "{told}"
    );
    secrets.story.write("main.tf", &format!("{two}{}", resource("z")));
    let error = secrets.story.apply_fails().error();
    assert!(error.text().contains("two resources of this kind"), "{error}");
    assert_eq!(secrets.story.addresses(), ["okta_client_secret.x", "okta_client_secret.y", APP]);
}

#[test]
fn two_secrets_of_one_app_are_made_and_deleted_in_one_apply_each() {
    let secrets = Secrets::new();
    let two = ["x", "y"].map(|name| {
        format!(
            "resource \"okta_client_secret\" {name:?} {{\n  provider = zt\n  app_id = okta_oidc_app.access.id\n}}\n"
        )
    });
    secrets.story.write("main.tf", &format!("{OF_AN_APP}{}", two.concat()));
    // They are made at the same time; one of them finds the place taken, and the first secret makes way.
    secrets.story.apply();
    let mut all: Vec<Value> = secrets.all().iter().map(|secret| secret["id"].clone()).collect();
    let mut ours: Vec<Value> =
        ["x", "y"].map(|name| secrets.story.resource(&format!("okta_client_secret.{name}"))["id"].clone()).into();
    all.sort_by_key(Value::to_string);
    ours.sort_by_key(Value::to_string);
    assert_eq!(all, ours);

    secrets.story.write("main.tf", OF_AN_APP);
    let applied = secrets.story.apply_only();
    assert_eq!(applied.warnings.iter().filter(|told| told.text().contains("stays in Okta")).count(), 1);
    let left = secrets.all();
    assert_eq!((left.len(), &left[0]["status"]), (1, &json!("ACTIVE")));
}

#[test]
fn with_secret_checks_never_nothing_makes_way() {
    let secrets = with_a_foreign_one();
    secrets.never_check_secrets();
    let mark = secrets.story.mock().journal().len();
    let error = secrets.story.apply_fails().error();
    assert!(error.points_at("app_id") && error.text().contains("maximum number"), "{error}");
    assert!(error.text().contains("secret_checks"), "{error}");
    assert_eq!(secrets.reads_since(mark), 0);
}
