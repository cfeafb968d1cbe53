//! What `examples/`, the README and the guide about the mock show is what works.

use std::fs;
use std::path::{Path, PathBuf};

use zt::mock::Options;

use crate::harness::story::Story;
use crate::needs;

const ADA: &str = "ada@acme.example";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every folder below `examples/` that holds a configuration; those of `gitops` need `init`, and have tests of their own.
fn folders() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        let entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        if entries.iter().any(|path| path.extension().is_some_and(|extension| extension == "tf")) {
            found.push(folder.to_owned());
        }
        let below = entries.iter().filter(|path| path.is_dir() && !path.ends_with("examples/gitops"));
        below.for_each(|path| walk(path, found));
    }
    let mut found = Vec::new();
    walk(&root().join("examples"), &mut found);
    found.sort();
    found
}

/// Ways to import, of which a configuration has one at a time.
const IMPORTS: [&str; 2] = ["import-by-string-id.tf", "import-by-identity.tf"];

#[test]
fn every_example_is_valid() {
    // The newest thing that any of them shows.
    needs!(ACTIONS);
    let folders = folders();
    assert!(folders.contains(&root().join("examples/complete")), "{folders:?}");
    for folder in folders {
        let story = Story::new();
        story.copy(&folder);
        println!("{}", folder.display());
        let shown = IMPORTS.map(|import| story.workspace().config().join(import)).map(|import| import.exists());
        IMPORTS.iter().zip(shown).filter(|(_, shown)| *shown).for_each(|(import, _)| story.remove(import));
        story.expect_valid();
        for import in IMPORTS.iter().zip(shown).filter(|(_, shown)| *shown).map(|(import, _)| import) {
            story.write(import, &fs::read_to_string(folder.join(import)).unwrap());
            story.expect_valid();
            story.remove(import);
        }
    }
}

#[test]
fn every_example_is_formatted() {
    // An older `fmt` does not know the files of `terraform query`.
    needs!(QUERY);
    let story = Story::new();
    let folder = root().join("examples");
    let output = story.workspace().terraform(&["fmt", "-check", "-recursive", &folder.to_string_lossy()]);
    assert!(output.success(), "`terraform fmt -recursive examples` would change these: {output}");
}

#[test]
fn every_resource_has_an_example_and_every_import_of_it() {
    for entry in fs::read_dir(root().join("examples/resources")).unwrap() {
        let folder = entry.unwrap().path();
        let kind = folder.file_name().unwrap().to_string_lossy().into_owned();
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{kind}: {error}"));
        let (example, command) = (read("resource.tf"), read("import.sh"));
        let command = command.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
        let [_, _, address, id] = command.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{command}") };
        let (imported, name) = address.split_once('.').unwrap_or_default();
        assert_eq!(imported, kind, "import.sh of {kind}");
        assert!(example.contains(&format!("resource \"{kind}\" \"{name}\" {{")), "resource.tf of {kind}: no {address}");
        let [by_id, by_identity] = IMPORTS.map(read);
        for block in [&by_id, &by_identity] {
            assert!(block.contains(&format!("to = {address}\n")), "{block}");
        }
        assert!(by_id.contains(&format!("id = {id:?}\n")), "{by_id}");
        for part in id.split('/') {
            assert!(by_identity.contains(&format!("= {part:?}")), "{by_identity}");
        }
    }
}

#[test]
fn every_example_of_a_list_is_run() {
    needs!(QUERY);
    let lists: Vec<PathBuf> =
        fs::read_dir(root().join("examples/list-resources")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!lists.is_empty());
    for folder in lists {
        let story = Story::new();
        let query = fs::read_to_string(folder.join("list-resource.tfquery.hcl")).unwrap();
        let kind = folder.file_name().unwrap().to_string_lossy().into_owned();
        assert!(query.contains(&format!("list \"{kind}\" ")), "{query}");
        story.write("all.tfquery.hcl", &query);
        story.workspace().terraform(&["query", "-no-color"]).expect_success();
    }
}

#[test]
fn the_complete_example_is_applied_and_destroyed() {
    let story = Story::new();
    story.copy(&root().join("examples/complete"));
    story.apply();
    let expected = [
        "data.zt_organization.this",
        "okta_oidc_app.access",
        "okta_scim_app.access",
        "zt_okta_idp.okta",
        "zt_scim_config.okta",
    ];
    assert_eq!(story.addresses(), expected);
    assert_eq!(story.output("redirect_url"), story.resource("data.zt_organization.this")["callback_url"]);
    assert_eq!(story.output("scim_base_url"), story.resource("okta_scim_app.access")["scim_base_url"]);
    story.destroy();
    let left = [story.mock().okta().counts(), story.mock().cloudflare().counts()];
    assert!(left.iter().flat_map(|counts| counts.values()).all(|count| *count == 0), "left behind: {left:?}");
}

#[test]
fn the_configuration_of_the_readme_is_applied() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let block = readme.split_once("```terraform\n").and_then(|(_, rest)| rest.split_once("```")).unwrap().0;
    let story = Story::new();
    story.remove("terraform.tf");
    story.write("main.tf", block);
    story.apply();
    assert_eq!(story.resource("zt_okta_idp.okta")["name"], "Okta");
    assert_eq!(story.log_in(ADA).field("email"), ADA);
    story.destroy();
}

#[test]
fn the_rotation_of_the_guide_about_secrets_lets_people_log_in_before_and_after() {
    let guide = fs::read_to_string(root().join("docs/guides/secret-drift.md")).unwrap();
    let block = guide.split_once("```terraform\n").and_then(|(_, rest)| rest.split_once("```")).unwrap().0;
    let mut story = Story::new();
    story.remove("terraform.tf");
    story.write("main.tf", block);
    story.apply();
    assert_eq!(story.log_in(ADA).field("email"), ADA);
    let first = story.resource("okta_client_secret.access")["id"].clone();
    story.set_variable("rotation", "2");
    story.apply();
    assert_ne!(story.resource("okta_client_secret.access")["id"], first);
    assert_eq!(story.log_in(ADA).field("email"), ADA);
    story.destroy();
}

/// Runs the module of the guide about the mock, and the test that the guide has for it.
fn test_of_the_guide(options: Options) {
    let guide = fs::read_to_string(root().join("docs/guides/mock.md")).unwrap();
    let blocks: Vec<&str> =
        guide.split("```terraform\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    let [module, test] = blocks[..] else { panic!("{} blocks of configuration", blocks.len()) };
    let story = Story::with(options);
    story.remove("terraform.tf");
    story.write("main.tf", module);
    story.write("login.tftest.hcl", test);
    let output = story.workspace().terraform(&["test", "-no-color"]);
    assert!(output.success() && output.to_string().contains("1 passed"), "{output}");
}

#[test]
fn the_test_of_the_guide_about_the_mock_passes() {
    test_of_the_guide(Options::default());
}

#[test]
fn the_test_of_the_guide_about_the_mock_passes_under_tls() {
    test_of_the_guide(Options { tls: true, ..Options::default() });
}
