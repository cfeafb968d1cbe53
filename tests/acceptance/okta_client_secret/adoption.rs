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
