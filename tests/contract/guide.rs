//! The guide about the mock says what there is: every route, every option, every kind of fault.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clap::{Args, Command};
use zt::mock::{Fault, Options, Side, control, routes};

fn guide() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/mock.md")).unwrap()
}

fn heading(side: Side) -> &'static str {
    match side {
        Side::Okta => "Okta org",
        Side::Cloudflare => "Cloudflare API",
        Side::Team => "Team domain",
    }
}

/// `METHOD path` of every row of the tables of routes, by the heading above the table.
fn tabled(guide: &str) -> BTreeMap<String, Vec<String>> {
    let section = guide.split("<!-- routes:").nth(1).unwrap().split("<!-- end of routes -->").next().unwrap();
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut above = "";
    for line in section.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            above = title;
        } else if let Some((route, _)) = line.strip_prefix("| `").and_then(|rest| rest.split_once("` |")) {
            tables.entry(above.to_owned()).or_default().push(route.to_owned());
        }
    }
    tables
}

#[test]
fn the_guide_lists_every_route_that_is_served_and_no_other() {
    let mut served: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for route in routes::served() {
        served.entry(heading(route.side).to_owned()).or_default().push(format!("{} {}", route.method, route.path));
    }
    let tabled = tabled(&guide());
    for (title, routes) in &served {
        let listed = tabled.get(title).map(Vec::as_slice).unwrap_or_default();
        let missing: Vec<_> = routes.iter().filter(|route| !listed.contains(route)).collect();
        assert!(
            missing.is_empty(),
            "`make interop-table` writes these into docs/guides/mock.md, {title}: {missing:#?}"
        );
    }
    assert_eq!(tabled, served, "docs/guides/mock.md lists what is not served, or in another order: make interop-table");
}

#[test]
fn the_guide_names_every_route_of_the_mock_itself() {
    let guide = guide();
    let missing: Vec<String> = control::routes()
        .into_iter()
        .map(|route| format!("{} {}", route.method, route.path))
        .filter(|route| !guide.contains(&format!("`{route}`")))
        .collect();
    assert!(missing.is_empty(), "docs/guides/mock.md does not name {missing:#?}");
}

#[test]
fn the_guide_names_every_member_of_a_fault() {
    let guide = guide();
    let fault = serde_json::to_value(Fault::default()).unwrap();
    let missing: Vec<_> =
        fault.as_object().unwrap().keys().filter(|name| !guide.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/guides/mock.md does not name the members {missing:?}");
}

#[test]
fn the_guide_names_every_option() {
    let guide = guide();
    let command = Options::augment_args(Command::new("zt-mock"));
    let options = command.get_arguments().filter_map(|argument| argument.get_long());
    let missing: Vec<_> = options.filter(|name| !guide.contains(&format!("`--{name}"))).collect();
    assert!(missing.is_empty(), "docs/guides/mock.md does not name the options {missing:?}");
}
