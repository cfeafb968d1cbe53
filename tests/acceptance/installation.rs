//! How Terraform finds the provider, and what it learns of it before anything is configured.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

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

/// The README's remedy for a provider that was built again under the same version.
#[test]
fn a_new_build_of_the_same_version_is_installed_once_the_lock_file_is_removed() {
    let story = Story::through_a_mirror();
    story.init();
    story.apply();
    let program = story.workspace().mirrored();
    let built = fs::read(&program).unwrap();
    fs::remove_file(&program).unwrap();
    fs::write(&program, built).unwrap();
    // What follows the sections of a program does not concern it.
    OpenOptions::new().append(true).open(&program).unwrap().write_all(b"another build").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();

    // Terraform breaks its lines where it likes.
    let said = |command| {
        let text = story.workspace().terraform(&[command, "-no-color"]).text();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let refused = said("plan");
    assert!(refused.contains("does not match any of the checksums recorded in the dependency lock file"), "{refused}");
    let refused = said("init");
    assert!(refused.contains("doesn't match any of the checksums"), "{refused}");

    story.remove(".terraform.lock.hcl");
    story.init();
    story.apply();
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
