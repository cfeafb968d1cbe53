//! `terraform providers schema -json` and `docs/` tell of the same things.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::story::Story;
use crate::needs;

/// What Terraform calls each kind, and its folder below `docs/`.
const KINDS: [(&str, &str); 6] = [
    ("resource_schemas", "resources"),
    ("data_source_schemas", "data-sources"),
    ("ephemeral_resource_schemas", "ephemeral-resources"),
    ("list_resource_schemas", "list-resources"),
    ("action_schemas", "actions"),
    ("functions", "functions"),
];

fn schemas() -> Value {
    let story = Story::new();
    let said = story.workspace().terraform(&["providers", "schema", "-json"]).expect_success().stdout;
    let said: Value = serde_json::from_str(&said).unwrap();
    said["provider_schemas"]["registry.terraform.io/zt-okta/zt"].clone()
}

/// Names of the attributes of a schema, nested ones too.
fn attributes(schema: &Value, found: &mut BTreeSet<String>) {
    for (name, attribute) in schema["attributes"].as_object().into_iter().flatten() {
        found.insert(name.clone());
        attributes(&attribute["nested_type"], found);
    }
}

#[test]
fn every_kind_has_its_page_and_every_page_its_kind() {
    needs!(ACTIONS);
    let (schemas, docs) = (schemas(), Path::new(env!("CARGO_MANIFEST_DIR")).join("docs"));
    for (kind, folder) in KINDS {
        let named: BTreeSet<String> = schemas[kind].as_object().into_iter().flatten().map(|(n, _)| n.clone()).collect();
        assert!(!named.is_empty(), "no {kind}");
        println!("{folder}: {}", named.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
        // The registry's layout leaves the provider's own prefix out.
        let expected: BTreeSet<String> =
            named.iter().map(|name| format!("{}.md", name.strip_prefix("zt_").unwrap_or(name))).collect();
        let pages: BTreeSet<String> = fs::read_dir(docs.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(pages, expected, "docs/{folder}");
        for name in named {
            let page = docs.join(folder).join(format!("{}.md", name.strip_prefix("zt_").unwrap_or(&name)));
            let text = fs::read_to_string(&page).unwrap();
            let mut known = BTreeSet::new();
            attributes(&schemas[kind][&name]["block"], &mut known);
            for attribute in known {
                assert!(text.contains(&format!("`{attribute}`")), "{} does not tell of {attribute}", page.display());
            }
        }
    }
}

#[test]
fn every_resource_has_an_identity() {
    needs!(IDENTITY);
    let schemas = schemas();
    for name in schemas["resource_schemas"].as_object().unwrap().keys() {
        let identity = &schemas["resource_identity_schemas"][name]["attributes"];
        assert!(identity.as_object().is_some_and(|attributes| !attributes.is_empty()), "{name} has no identity");
    }
}
