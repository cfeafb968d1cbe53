//! A secret that an apply made and that Terraform never heard of.

use super::*;

/// The state has lost the secret; the configuration has these lines.
fn forgotten(more: &str) -> (Secrets, Value) {
    let keepers = "  keepers = { rotation = \"1\" }\n";
    let secrets = Secrets::applied(keepers);
    let ours = secrets.secret();
    secrets.story.workspace().terraform(&["state", "rm", SECRET]).expect_success();
    secrets.configure(&format!("{keepers}{more}"));
    (secrets, ours["id"].clone())
}

#[test]
fn it_is_not_made_again_and_the_printed_block_takes_it_over() {
    let (secrets, id) = forgotten("");
    let mark = secrets.story.mock().journal().len();
    let error = secrets.story.apply_fails().error();
    assert!(error.points_at("app_id"), "{error}");
    assert_eq!(secrets.story.mock().journal().writes_since(mark), [""; 0]);
    let import = format!("{}/{}", secrets.app_id(), id.as_str().unwrap());
    let block = format!("import {{ to = okta_client_secret.NAME id = \"{import}\" }}");
    assert!(error.text().contains(&block), "{error}");
    secrets.story.apply_import(SECRET, &import);
    assert_eq!((&secrets.secret()["id"], secrets.all().len()), (&id, 2));
}

#[test]
fn adoption_takes_it_over() {
    let (secrets, id) = forgotten("  adopt_existing = true\n");
    secrets.story.apply();
    assert_eq!((&secrets.secret()["id"], secrets.all().len()), (&id, 2));
}

#[test]
fn other_keepers_are_another_secret() {
    let (secrets, id) = forgotten("");
    secrets.configure("  keepers = { rotation = \"2\" }\n");
    secrets.story.apply();
    assert_ne!(secrets.secret()["id"], id);
}

/// A secret that is replaced by one that is made before it is deleted, and its id.
fn replaced_first(adopt: &str) -> (Secrets, String) {
    let secrets = Secrets::applied(&format!(
        "  keepers = {{ rotation = \"1\" }}\n{adopt}  lifecycle {{\n    create_before_destroy = true\n  }}\n"
    ));
    let id = secrets.text("id");
    (secrets, id)
}

#[test]
fn a_replacement_that_is_made_first_takes_over_its_predecessor_which_stays() {
    let (secrets, id) = replaced_first("  adopt_existing = true\n");
    let text = secrets.text("client_secret");
    let replaced = secrets.story.replace(SECRET);
    assert!(replaced.warns_of("was taken over and is not deleted"));
    secrets.story.expect_empty_plan();
    assert_eq!((secrets.text("id"), secrets.text("client_secret"), secrets.all().len()), (id, text.clone(), 2));
    assert!(secrets.accepts(&text));
    secrets.story.write("main.tf", OF_AN_APP);
    secrets.story.apply();
    assert!(secrets.all().len() == 1 && !secrets.accepts(&text), "a later destroy does delete it");
}

#[test]
fn a_replacement_that_is_made_first_stops_at_its_predecessor() {
    let (secrets, id) = replaced_first("");
    let error = secrets.story.replace_fails(SECRET).error();
    assert!(error.points_at("app_id") && error.text().contains("create_before_destroy"), "{error}");
    secrets.story.expect_empty_plan();
    assert_eq!((secrets.text("id"), secrets.all().len()), (id, 2));
}

#[test]
fn a_replacement_that_is_made_first_is_another_secret_where_that_is_meant() {
    let (secrets, id) = replaced_first("  adopt_existing = false\n");
    secrets.story.replace(SECRET);
    secrets.story.workspace().terraform(&["apply", "-refresh-only", "-auto-approve"]).expect_success();
    secrets.story.expect_empty_plan();
    assert_ne!(secrets.text("id"), id);
    assert!(secrets.all().iter().all(|secret| secret["id"] != id.as_str()));
    assert!(secrets.accepts(&secrets.text("client_secret")));
}
