//! `terraform query`: what there is, and a configuration for it.

use serde_json::{Value, json};
use zt::mock::Side;

use super::everything;
use crate::harness::story::Story;
use crate::needs;

/// What a query found.
struct Queried {
    /// `list_resource_found`, in order.
    found: Vec<Value>,
    /// Everything that Terraform wrote.
    said: String,
}

impl Queried {
    fn names(&self) -> Vec<&str> {
        self.found.iter().map(|found| found["display_name"].as_str().unwrap()).collect()
    }
}

/// Runs one `list` block.
#[track_caller]
fn query(story: &Story, kind: &str, more: &str, options: &[&str]) -> Queried {
    story.write("all.tfquery.hcl", &format!("list {kind:?} \"all\" {{\n  provider = zt\n{more}\n}}\n"));
    let output = story.workspace().terraform(&[&["query", "-json"], options].concat()).expect_success();
    let lines = output.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let found =
        lines.filter(|line| line["type"] == "list_resource_found").map(|line| line["list_resource_found"].clone());
    Queried { found: found.collect(), said: output.text() }
}

fn add_app(story: &Story, label: &str) -> String {
    let body = json!({"name": "oidc_client", "label": label, "signOnMode": "OPENID_CONNECT",
        "credentials": {"oauthClient": {"token_endpoint_auth_method": "client_secret_basic"}},
        "settings": {"oauthClient": {"application_type": "web", "grant_types": ["authorization_code"],
            "redirect_uris": ["https://acme.example/cb"], "response_types": ["code"]}}});
    story.in_okta("POST", "/api/v1/apps", Some(&body))["id"].as_str().unwrap().to_owned()
}

fn add_login_method(story: &Story, name: &str, kind: &str, scim: bool) -> String {
    let path = format!("/accounts/{}/access/identity_providers", story.mock().account_id());
    let config = match kind {
        "okta" => {
            json!({"client_id": "0oa0", "client_secret": "never-to-be-found", "okta_account": story.mock().org_url()})
        }
        _ => json!({}),
    };
    let body = json!({"name": name, "type": kind, "config": config, "scim_config": {"enabled": scim}});
    story.in_cloudflare("POST", &path, Some(&body))["id"].as_str().unwrap().to_owned()
}

#[test]
fn login_methods_are_found_by_name_org_and_scim() {
    needs!(QUERY);
    let story = Story::new();
    let first = add_login_method(&story, "Okta", "okta", true);
    add_login_method(&story, "Okta of the subsidiary", "okta", false);
    add_login_method(&story, "Another", "okta", false);
    add_login_method(&story, "PIN", "onetimepin", false);
    let names = |more: &str| {
        let queried = query(&story, "zt_okta_idp", more, &[]);
        queried.names().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names(""), ["Okta", "Okta of the subsidiary", "Another"]);
    assert_eq!(names("  config {\n    name_prefix = \"okta\"\n  }"), ["Okta", "Okta of the subsidiary"]);
    assert_eq!(names("  config {\n    scim_enabled = true\n  }"), ["Okta"]);
    assert_eq!(names("  config {\n    okta_account = \"https://other.okta.com\"\n  }"), [""; 0]);
    assert_eq!(names("  limit = 1"), ["Okta"]);

    let queried = query(&story, "zt_okta_idp", "  include_resource = true", &[]);
    let found = &queried.found[0];
    let identity = json!({"account_id": story.mock().account_id(), "id": first, "zone_id": null});
    assert_eq!(found["identity"], identity);
    assert_eq!(found["resource_object"]["client_id"], "0oa0");
    assert!(!queried.said.contains("never-to-be-found"));
}

#[test]
fn a_filter_that_cannot_be_is_refused_at_its_place() {
    needs!(QUERY);
    let story = Story::new();
    let config = "list \"zt_okta_idp\" \"all\" {\n  provider = zt\n  config {\n    account_id = \"a\"\n    zone_id = \"b\"\n  }\n}\n";
    story.write("all.tfquery.hcl", config);
    let output = story.workspace().terraform(&["query", "-no-color"]);
    assert!(!output.success() && output.text().contains("Both an account and a zone"), "{output}");
}

#[test]
fn apps_are_found_by_label_status_and_group() {
    needs!(QUERY);
    let story = everything();
    add_app(&story, "Accounting");
    let idle = add_app(&story, "Idle");
    story.in_okta("POST", &format!("/api/v1/apps/{idle}/lifecycle/deactivate"), None);
    let group = story.mock().okta().group_id("Zero Trust Users").unwrap();
    let names = |kind: &str, more: &str| {
        let queried = query(&story, kind, more, &[]);
        let mut names: Vec<String> = queried.names().into_iter().map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(names("okta_oidc_app", ""), ["Access", "Accounting", "Idle"]);
    assert_eq!(names("okta_oidc_app", "  config {\n    label_prefix = \"ACC\"\n  }"), ["Access", "Accounting"]);
    assert_eq!(names("okta_oidc_app", "  config {\n    status = \"INACTIVE\"\n  }"), ["Idle"]);
    let assigned = format!("  config {{\n    assigned_group_id = {group:?}\n  }}");
    assert_eq!(names("okta_oidc_app", &assigned), ["Access"]);
    assert_eq!(names("okta_scim_app", &assigned), ["SCIM"]);
    assert_eq!(names("okta_scim_app", "  config {\n    app_name = \"scim2testapp\"\n  }"), [""; 0]);
}

#[test]
fn no_more_is_read_than_is_asked_for() {
    needs!(QUERY);
    let story = Story::new();
    (0..3).for_each(|n| drop(add_app(&story, &format!("App {n}"))));
    let asked = |more: &str| {
        let mark = story.mock().journal().len();
        let queried = query(&story, "okta_oidc_app", more, &[]);
        let seen = story.mock().journal().since(mark).into_iter().filter(|exchange| exchange.side == Side::Okta);
        (queried.found.len(), seen.map(|exchange| exchange.path).collect::<Vec<_>>())
    };
    assert_eq!(asked(""), (3, vec!["/api/v1/apps".to_owned()]), "the list alone, where no whole object is wanted");
    let (found, paths) = asked("  limit = 1\n  include_resource = true");
    assert_eq!(found, 1);
    let one = paths.iter().filter(|path| path.split('/').count() == 5).count();
    assert_eq!(one, 1, "{paths:?}");
    assert!(!paths.iter().any(|path| path.contains("secrets")), "Okta logs every look at a secret: {paths:?}");
}

#[test]
fn what_a_query_finds_is_imported_by_the_configuration_it_generates() {
    needs!(QUERY);
    let story = everything();
    story.forget();
    story.remove("main.tf");
    for kind in ["okta_oidc_app", "okta_scim_app", "zt_okta_idp"] {
        let file = format!("-generate-config-out={kind}.tf");
        let queried = query(&story, kind, "", &[&file]);
        assert_eq!(queried.found.len(), 1, "{}", queried.said);
    }
    story.remove("all.tfquery.hcl");
    story.expect_valid();
    let mark = story.mock().journal().len();
    let plan = story.plan();
    assert_eq!(plan.changed(), [""; 0], "{}", plan.text());
    story.apply();
    assert_eq!(story.addresses().len(), 3);
    assert_eq!(story.mock().journal().writes_since(mark), [""; 0]);
}
