//! `docs/guides/gitops.md` shows what is in the example, and its commands work.
//!
//! Its Terraform is checked with that of the other guides.

use std::fs;
use std::path::Path;

use super::repository::{Repository, Role, SOURCE, finish};

/// The blocks of these languages, with the language.
fn blocks(languages: &[&str]) -> Vec<(String, String)> {
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/gitops.md")).unwrap();
    let fenced = guide.split("\n```").enumerate().filter(|(index, _)| index % 2 == 1).map(|(_, block)| block);
    let blocks = fenced.map(|block| block.split_once('\n').unwrap());
    let wanted = blocks.filter(|(language, _)| languages.contains(language));
    wanted.map(|(language, text)| (language.to_owned(), text.to_owned())).collect()
}

#[test]
fn what_the_guide_quotes_is_in_the_example() {
    let read = |name: &str| fs::read_to_string(Path::new(SOURCE).join(name)).unwrap();
    let files = [read(".github/workflows/plan.yml"), read("policy/access.rego")];
    let quoted = blocks(&["yaml", "rego"]);
    assert_eq!(quoted.len(), files.len());
    for (language, text) in quoted {
        assert!(files.iter().any(|file| file.contains(&text)), "this {language} is in no file:\n{text}");
    }
    // The tree names what is there.
    let (_, tree) = blocks(&["text"]).remove(0);
    for line in tree.lines() {
        let path = line.split_whitespace().next().unwrap();
        assert!(Path::new(SOURCE).join(path).exists(), "{path}");
    }
}

#[test]
fn the_commands_of_the_guide_work() {
    let repository = Repository::applied();
    let shell = blocks(&["shell"]);
    assert_eq!(shell.len(), 5);
    for (_, text) in shell {
        let mut command = repository.program(Path::new("sh"), Role::ReadOnly);
        command.args(["-euc", &text]);
        finish(command).expect_success();
    }
}
