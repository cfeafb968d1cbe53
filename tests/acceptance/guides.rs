//! Every block of code in the README and in `docs/guides/` is run or at least checked.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::story::Story;
use crate::needs;

/// One fenced block.
struct Block {
    page: String,
    language: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn blocks() -> Vec<Block> {
    let mut pages: Vec<PathBuf> =
        fs::read_dir(root().join("docs/guides")).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    pages.push(root().join("README.md"));
    let mut found = Vec::new();
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        for (index, part) in text.split("\n```").enumerate() {
            if index % 2 == 1 {
                let (language, text) = part.split_once('\n').unwrap();
                found.push(Block { page: name.clone(), language: language.to_owned(), text: format!("{text}\n") });
            }
        }
    }
    found
}

#[test]
fn every_block_is_of_a_language_that_is_checked() {
    // The Python of the guide about the mock is run by `make interop`.
    let known = ["terraform", "shell", "json", "mermaid", "text", "rego", "yaml", "python"];
    for block in blocks() {
        assert!(known.contains(&block.language.as_str()), "{}: a block of {:?}", block.page, block.language);
    }
}

/// Tests, queries and backends are no configuration that `validate` takes; other tests run them.
fn is_configuration(text: &str) -> bool {
    !text.trim_start().starts_with("run \"") && !text.trim_start().starts_with("list \"")
}

#[test]
fn every_configuration_of_the_guides_is_valid_and_formatted() {
    // The newest thing that any of them shows.
    needs!(ACTIONS);
    let mut checked = 0;
    for block in blocks().iter().filter(|block| block.language == "terraform" && is_configuration(&block.text)) {
        let story = Story::new();
        let mut text = block.text.clone();
        // Blocks that hand over from another provider need that provider, which is not here; what is left is ours.
        if let Some(cut) = ours(&text) {
            text = cut;
        }
        if text.contains("required_providers") {
            story.remove("terraform.tf");
        }
        story.write("main.tf", &text);
        let diagnostics = story.validate();
        assert!(diagnostics.is_empty(), "{}: {diagnostics:?}\n{text}", block.page);
        story.write("block.tf", &block.text);
        let formatted = story.workspace().terraform(&["fmt", "-check", "-diff", "block.tf"]);
        assert!(formatted.success(), "{}: {formatted}", block.page);
        checked += 1;
    }
    println!("{checked} configurations");
    assert!(checked > 0);
}

/// The block without what names another provider; `None` if it names none.
fn ours(text: &str) -> Option<String> {
    let foreign = ["source = \"cloudflare/", "source = \"okta/", "from = cloudflare_", "from = okta_app_"];
    if !foreign.iter().any(|mark| text.contains(mark)) {
        return None;
    }
    let mut kept = Vec::new();
    for paragraph in text.split("\n\n") {
        let moved = paragraph.starts_with("moved {") || paragraph.starts_with("removed {");
        let rest_of_removed = paragraph.trim_start().starts_with("lifecycle") && paragraph.contains("destroy = false");
        if !moved && !rest_of_removed {
            let lines = paragraph.lines().filter(|line| !foreign[..2].iter().any(|mark| line.contains(mark)));
            kept.push(lines.collect::<Vec<_>>().join("\n"));
        }
    }
    Some(kept.join("\n\n"))
}

#[test]
fn every_command_of_the_guides_exists() {
    let makefile = fs::read_to_string(root().join("GNUmakefile")).unwrap();
    let mut programs = BTreeSet::new();
    for block in blocks().iter().filter(|block| block.language == "shell") {
        let story = Story::new();
        let script = story.workspace().beside("block.sh");
        fs::write(&script, &block.text).unwrap();
        let syntax = std::process::Command::new("sh").arg("-n").arg(&script).output().unwrap();
        assert!(syntax.status.success(), "{}: {}", block.page, String::from_utf8_lossy(&syntax.stderr));
        for line in block.text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            programs.extend(words.first().map(|program| (*program).to_owned()));
            if let ["make", target, ..] = words[..] {
                assert!(makefile.contains(&format!("\n{target}:")), "{}: make {target}", block.page);
            }
        }
    }
    println!("{programs:?}");
}

#[test]
fn links_between_the_guides_lead_somewhere_and_to_each_of_them() {
    let folder = root().join("docs/guides");
    let mut linked = BTreeSet::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let page = entry.unwrap().path();
        for link in fs::read_to_string(&page).unwrap().split("](").skip(1) {
            let target = link.split([')', '#']).next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            assert!(folder.join(target).exists(), "{}: {target}", page.display());
            linked.insert(target.to_owned());
        }
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(name == "getting-started.md" || linked.contains(&name), "no guide leads to {name}");
    }
}

/// The fixed part of every summary that the provider's source has for an error or a warning.
fn summaries() -> BTreeSet<String> {
    fn walk(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("mock") || path.ends_with("tests.rs") || path.ends_with("tests") {
                continue;
            }
            if path.is_dir() {
                walk(&path, found);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap();
            for rest in text.split("Diagnostic::error(").skip(1).chain(text.split("Diagnostic::warning(").skip(1)) {
                let rest = rest.trim_start().trim_start_matches("format!(").trim_start();
                let Some(summary) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')) else { continue };
                let parts = summary.0.split(['{', '}']).step_by(2).map(str::trim);
                // What is left of a summary that is mostly a name is too short to find.
                found.extend(parts.max_by_key(|part| part.len()).filter(|part| part.len() > 14).map(str::to_owned));
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&root().join("src"), &mut found);
    found
}

#[test]
fn the_guide_about_troubles_has_every_message() {
    let guide = fs::read_to_string(root().join("docs/guides/troubleshooting.md")).unwrap();
    let summaries = summaries();
    println!("{} messages", summaries.len());
    assert!(summaries.contains("More than one client secret"), "{summaries:?}");
    let missing: Vec<&String> = summaries.iter().filter(|summary| !guide.contains(summary.as_str())).collect();
    assert!(missing.is_empty(), "docs/guides/troubleshooting.md does not tell of {missing:#?}");
}
