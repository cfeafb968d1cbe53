//! Which module may name which: the table below, checked against every path in `src/`.
//!
//! Read from the source text, so that it holds for code behind `cfg` and inside of macros as well: `use` trees,
//! fully qualified paths, `super::…` and `self::…`, resolved through inline modules.
// An unwrap that fails here is a test that fails.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A module, and what it may name besides itself and what lies within it. The longest name that fits counts:
/// `okta::api` has a line of its own, so the rights of `okta` are not its rights.
const ALLOWED: &[(&str, &[&str])] = &[
    // Terraform's side: could be published as a crate of its own.
    ("proto", &[]),
    ("framework", &["framework::wire", "framework::server"]),
    ("framework::wire", &["framework", "proto"]),
    ("framework::server", &["framework", "framework::wire", "proto"]),
    ("plugin", &["framework", "framework::server", "proto"]),
    // The vendors' side. Okta and Cloudflare never name each other.
    ("http", &[]),
    ("okta::api", &["http"]),
    ("okta", &["framework", "okta::api"]),
    ("cloudflare::api", &["http"]),
    ("cloudflare", &["framework", "cloudflare::api"]),
    // Where both meet.
    ("functions", &["framework", "cloudflare"]),
    ("handshake", &["framework", "http", "okta", "okta::api", "cloudflare", "cloudflare::api"]),
    (
        "provider",
        &["framework", "http", "okta", "okta::api", "cloudflare", "cloudflare::api", "handshake", "functions"],
    ),
    ("docs", &["framework", "provider"]),
    ("main", &["plugin", "framework", "framework::server", "provider", "docs"]),
    // The other side of the network: shares no type with the rest, in either direction.
    ("mock", &[]),
    // lib.rs declares the modules and uses none.
    ("lib", &[]),
];

/// Words that the framework does not know.
const VENDOR_WORDS: [&str; 3] = ["okta", "cloudflare", "scim"];

#[test]
fn every_use_goes_the_way_it_may() {
    let sources = sources();
    let macros = exported_macros(&sources);
    let broken: Vec<String> = sources.iter().flat_map(|source| violations(source, &macros)).collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn the_framework_knows_no_vendor() {
    let broken: Vec<String> = sources().iter().flat_map(vendor_words).collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn the_table_names_modules_that_exist() {
    let files: Vec<String> = sources().iter().map(|source| module_of(&source.path).join("::")).collect();
    for (module, may) in ALLOWED {
        for name in std::iter::once(module).chain(*may).filter(|name| !matches!(**name, "main" | "lib")) {
            assert!(files.iter().any(|file| file == name), "the table names {name}, which is no file of src/");
        }
    }
}

#[test]
fn a_forbidden_use_is_found() {
    let found = |path: &str, text: &str| {
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        violations(&source, &BTreeMap::from([("model".to_owned(), "framework".to_owned())]))
    };
    for (path, text, line) in [
        ("okta/idp.rs", "//! x\nuse crate::cloudflare::api::Client;\n", 2),
        ("okta/mod.rs", "fn f() { let x = crate::cloudflare::thing(); }", 1),
        ("okta/api/apps.rs", "use crate::framework::Value;", 1),
        ("okta/app.rs", "use super::super::mock::Mock;", 1),
        ("okta/app.rs", "#[cfg(test)]\nmod tests {\n    use super::super::super::mock::Mock;\n}\n", 3),
        ("okta/app.rs", "use crate::{\n    framework::Value,\n    http::{self, Client},\n};", 3),
        ("http/mod.rs", "use super::framework::Value;", 1),
        ("framework/plan.rs", "use crate::proto::tfplugin6;", 1),
        ("framework/plan.rs", "use super::super::proto::tfplugin6;", 1),
        ("framework/mod.rs", "impl From<crate::http::Error> for Diagnostic {}", 1),
        ("docs.rs", "use crate::okta;", 1),
        ("mock/okta/apps.rs", "use crate::okta::api::App;", 1),
        ("mock/main.rs", "use zt::provider::Provider;", 1),
        ("main.rs", "use zt::okta;", 1),
        ("provider.rs", "use crate::mock::Mock;", 1),
        ("okta/mod.rs", "use crate::*;", 1),
        ("http/mod.rs", "crate::model! {}", 1),
        ("http/mod.rs", "use crate::model;", 1),
    ] {
        let broken = found(path, text);
        assert_eq!(broken.len(), 1, "{path}: {text}: {broken:?}");
        assert!(broken[0].starts_with(&format!("src/{path}:{line}: ")), "{broken:?}");
    }
    for (path, text) in [
        ("okta/app.rs", "use super::api::{self, apps::App};\nuse crate::framework::Value;\ncrate::model! {}"),
        ("okta/app.rs", "// use crate::mock;\n/* crate::mock /* crate::mock */ */ const X: &str = \"crate::mock\";"),
        (
            "okta/app.rs",
            "const X: &str = r#\"crate::mock \"quoted\" \"#; const Y: char = '\"'; fn f<'a>(x: &'a str) {}",
        ),
        ("okta/app.rs", "fn f() { x(crate::okta::api::X {}) }\nmod tests {\n use super::super::api::y;\n}"),
        ("okta/app.rs", "mod tests {\n use super::*; use super::super::api;\n}"),
        ("framework/server/plan.rs", "use crate::proto::tfplugin6;\nuse super::super::wire;"),
        ("mock/okta/apps.rs", "use super::super::store::Store;\nuse crate::mock::clock;"),
    ] {
        assert_eq!(found(path, text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn a_vendor_word_is_found() {
    let source = Source { path: "framework/plan.rs".to_owned(), text: "\n// as Okta does it\n".to_owned() };
    assert_eq!(vendor_words(&source), ["src/framework/plan.rs:2: framework knows no vendor, but says \"okta\""]);
}

#[test]
fn every_dependency_is_used_and_justified() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let manifest = read("Cargo.toml");
    let sections = manifest.split("\n[").filter(|section| section.split(']').next().unwrap().ends_with("dependencies"));
    let names = sections.flat_map(|section| section.lines().skip(1)).filter_map(|line| line.split_once(" = "));
    let names: Vec<&str> = names.map(|(name, _)| name).collect();
    assert!(names.contains(&"tonic") && names.contains(&"proptest"), "{names:?}");

    let justified = read("ARCHITECTURE.md");
    // prost-types and tonic-prost are named by generated code alone.
    let mut code = read("build.rs") + "prost_types:: tonic_prost::";
    let all = ["src", "tests", "benches"].into_iter().flat_map(sources_below);
    all.for_each(|source| code.push_str(&source.text));
    for name in names {
        let crate_name = name.replace('-', "_");
        let used = [format!("{crate_name}::"), format!("use {crate_name};")].iter().any(|word| code.contains(word));
        assert!(used, "{name} is in Cargo.toml, and nothing uses it");
        assert!(justified.contains(&format!("`{name}`")), "ARCHITECTURE.md does not say why {name} is in Cargo.toml");
    }
}

struct Source {
    /// Below the folder that was read.
    path: String,
    text: String,
}

fn sources() -> Vec<Source> {
    sources_below("src")
}

fn sources_below(folder: &str) -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => walk(&entry.path(), found),
                false => found.push(entry.path()),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let read = |path: &PathBuf| Source {
        path: path.strip_prefix(&root).unwrap().to_string_lossy().into_owned(),
        text: fs::read_to_string(path).unwrap(),
    };
    paths.iter().map(read).collect()
}

fn vendor_words(source: &Source) -> Vec<String> {
    let module = module_of(&source.path)[0].clone();
    if module != "framework" {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        for word in VENDOR_WORDS.into_iter().filter(|word| line.to_lowercase().contains(word)) {
            found.push(format!("src/{}:{}: {module} knows no vendor, but says {word:?}", source.path, index + 1));
        }
    }
    found
}

fn violations(source: &Source, macros: &BTreeMap<String, String>) -> Vec<String> {
    let from = rule_for(&module_of(&source.path)).expect("every file is in the table");
    let mut broken = Vec::new();
    let mut told = Vec::new();
    for (line, path) in paths(source) {
        let target = match path.first() {
            Some(first) => {
                macros.get(first).map_or_else(|| rule_for(&path), |module| rule_for(std::slice::from_ref(module)))
            }
            None => None,
        };
        let allowed = match target {
            // What a module's rule does not split off belongs to it.
            Some(to) => from.0 == to.0 || from.1.contains(&to.0),
            None => false,
        };
        // One line can name one module many times.
        if !allowed && !told.contains(&(line, target)) {
            told.push((line, target));
            let may = if from.1.is_empty() { "nothing else".to_owned() } else { from.1.join(", ") };
            let (named, from) = (path.join("::"), from.0);
            broken.push(format!("src/{}:{line}: {from} may name {may}, but names crate::{named}", source.path));
        }
    }
    broken
}

fn rule_for(module: &[String]) -> Option<&'static (&'static str, &'static [&'static str])> {
    let fits =
        |name: &str| name.split("::").enumerate().all(|(index, part)| module.get(index).is_some_and(|m| m == part));
    ALLOWED.iter().filter(|(name, _)| fits(name)).max_by_key(|(name, _)| name.split("::").count())
}

/// `okta/api/apps.rs` is `okta::api::apps`; the programs count as `main` and as part of `mock`.
fn module_of(path: &str) -> Vec<String> {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').map(str::to_owned).collect()
}

/// Macros live at the root of the crate, whatever file defines them.
fn exported_macros(sources: &[Source]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for source in sources {
        for (_, rest) in source.text.match_indices("#[macro_export]").map(|(at, _)| source.text.split_at(at)) {
            let name = rest.split_once("macro_rules!").map(|(_, name)| name.trim_start());
            let name: String =
                name.unwrap_or_default().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.insert(name, module_of(&source.path)[0].clone());
        }
    }
    found
}

/// Every path into this crate that the file names, from the root of the crate, with its line.
fn paths(source: &Source) -> Vec<(usize, Vec<String>)> {
    let tokens = tokens(&source.text);
    let is_program = source.path.ends_with("main.rs");
    let mut module = module_of(&source.path);
    if is_program {
        module.pop();
    }
    // Braces that are open, each with the depth of the module around it: a `mod` ends with its brace.
    let mut open: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((_, token)) = tokens.get(at) {
        let word = |offset: usize| tokens.get(at + offset).map_or("", |(_, token)| token.as_str());
        let starts_a_path = at == 0 || !matches!(tokens[at - 1].1.as_str(), "::" | ".");
        match token.as_str() {
            "mod" if word(2) == "{" => {
                open.push(module.len());
                module.push(word(1).to_owned());
                at += 3;
                continue;
            }
            "{" => open.push(module.len()),
            "}" => module.truncate(open.pop().unwrap_or_default()),
            "crate" if word(1) == "::" => {
                at = tree(&tokens, at + 2, &[], &mut found);
                continue;
            }
            "zt" if is_program && starts_a_path && word(1) == "::" => {
                at = tree(&tokens, at + 2, &[], &mut found);
                continue;
            }
            "super" | "self" if starts_a_path && word(1) == "::" => {
                let mut base = module.clone();
                while let (name @ ("super" | "self"), Some("::")) =
                    (tokens[at].1.as_str(), tokens.get(at + 1).map(|(_, token)| token.as_str()))
                {
                    if name == "super" {
                        base.pop();
                    }
                    at += 2;
                }
                at = tree(&tokens, at, &base, &mut found);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Reads one path or tree of paths, and returns the index of the token after it.
fn tree(tokens: &[(usize, String)], mut at: usize, base: &[String], found: &mut Vec<(usize, Vec<String>)>) -> usize {
    let mut path = base.to_vec();
    while let Some((line, token)) = tokens.get(at) {
        match token.as_str() {
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|(_, token)| token != "}") {
                    let next = tree(tokens, at, &path, found).max(at + 1);
                    // What is left of the branch: `as name`, and the comma.
                    let rest = tokens[next.min(tokens.len())..]
                        .iter()
                        .position(|(_, token)| matches!(token.as_str(), "," | "}"));
                    at = next + rest.unwrap_or(0);
                    at += usize::from(tokens.get(at).is_some_and(|(_, token)| token == ","));
                }
                return at + 1;
            }
            "self" => {}
            "super" => drop(path.pop()),
            "*" => {}
            name => path.push(name.to_owned()),
        }
        if tokens.get(at + 1).is_none_or(|(_, token)| token != "::") {
            found.push((*line, path));
            return at + 1;
        }
        at += 2;
    }
    at
}

/// Identifiers, `::` and single signs with their lines; comments, texts and characters left out.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let chars: Vec<char> = text.chars().collect();
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let (mut at, mut line) = (0, 1);
    let mut found: Vec<(usize, String)> = Vec::new();
    while at < chars.len() {
        let start = at;
        match (chars[at], get(at + 1)) {
            ('/', '/') => {
                while at < chars.len() && chars[at] != '\n' {
                    at += 1
                }
            }
            ('/', '*') => {
                let mut depth = 1;
                at += 2;
                while at < chars.len() && depth > 0 {
                    match (chars[at], get(at + 1)) {
                        ('/', '*') => (depth, at) = (depth + 1, at + 2),
                        ('*', '/') => (depth, at) = (depth - 1, at + 2),
                        _ => at += 1,
                    }
                }
            }
            ('"', _) => at = end_of_text(&chars, at + 1),
            ('r', '"' | '#') if raw_text(&chars, at).is_some() => at = raw_text(&chars, at).unwrap_or(at),
            // A lifetime has no second quote one character (or one escape) later.
            ('\'', '\\') => {
                at += 3;
                while at < chars.len() && chars[at - 1] != '\'' {
                    at += 1
                }
                at += usize::from(get(at) == '\'' && chars[at - 2] == '\\');
            }
            ('\'', _) if get(at + 2) == '\'' => at += 3,
            (':', ':') => {
                found.push((line, "::".to_owned()));
                at += 2;
            }
            (c, _) if c.is_alphanumeric() || c == '_' => {
                while get(at).is_alphanumeric() || get(at) == '_' {
                    at += 1
                }
                // `br"…"` and `b"…"`: the letters are part of the text that follows.
                let word: String = chars[start..at].iter().collect();
                if word == "br" && raw_text(&chars, at - 1).is_some() {
                    at = raw_text(&chars, at - 1).unwrap_or(at);
                } else {
                    found.push((line, word));
                }
            }
            (c, _) => {
                if !c.is_whitespace() {
                    found.push((line, c.to_string()));
                }
                at += 1;
            }
        }
        line += chars[start..at.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    found
}

/// The index after the closing quote.
fn end_of_text(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// The index after a raw text that begins at its `r`, if one does.
fn raw_text(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    let mut end = at + 1 + hashes;
    if chars.get(end) != Some(&'"') {
        return None;
    }
    end += 1;
    while end < chars.len() {
        if chars[end] == '"' && chars[end + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return Some(end + 1 + hashes);
        }
        end += 1;
    }
    Some(end)
}
