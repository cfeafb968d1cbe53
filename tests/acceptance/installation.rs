//! How Terraform finds the provider, and what it learns of it before anything is configured.

use crate::harness::story::Story;
use crate::harness::terraform;

#[test]
fn a_configuration_that_only_names_the_provider_is_valid() {
    let story = Story::new();
    story.expect_valid();
    story.apply();
    assert_eq!(story.addresses(), Vec::<String>::new());
}

#[test]
fn terraform_init_installs_the_provider_from_a_mirror() {
    let story = Story::through_a_mirror();
    let said = story.init().stdout;
    let version = env!("CARGO_PKG_VERSION");
    assert!(said.contains(&format!("Installed zt-okta/zt v{version}")), "{said}");
    story.expect_valid();
}

#[test]
fn an_attribute_that_does_not_exist_is_an_error_at_its_line() {
    let story = Story::new();
    story.write("main.tf", "data \"zt_organization\" \"this\" {\n  no_such_setting = true\n}\n");
    let error = story.validate_fails();
    assert!(error.points_at("no_such_setting"), "{error}");
}

#[test]
fn the_program_that_runs_the_tests_exists() {
    assert!(terraform::program().is_file());
}
