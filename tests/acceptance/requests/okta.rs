//! What is asked of Okta about apps and who may use them.

use serde_json::json;
use zt::mock::{Fault, Side};

use crate::harness::story::Story;

const APPS: &str = r#"
variable "n" { type = number }
variable "access_group_id" {}

provider "zt" {
  secret_checks = "never"
}

resource "okta_oidc_app" "many" {
  provider           = zt
  count              = var.n
  label              = "Access ${count.index}"
  redirect_uris      = ["https://acme.cloudflareaccess.com/cdn-cgi/access/callback"]
  assigned_group_ids = [var.access_group_id]
}
"#;

const LIST: &str = "GET /api/v1/apps";
const ONE: &str = "GET /api/v1/apps/{app_id}";
const GROUPS: &str = "GET /api/v1/apps/{app_id}/groups";

fn apps(n: usize) -> Story {
    let mut story = Story::new();
    story.write("main.tf", APPS);
    story.set_variable("n", &n.to_string());
    story.apply_only();
    story
}

/// What a plan that finds nothing asks of Okta, sorted.
#[track_caller]
fn asked_by_an_empty_plan(story: &Story) -> Vec<String> {
    let mut asked = super::asked_by_an_empty_plan(story, Side::Okta);
    asked.sort();
    asked
}

#[test]
fn one_app_is_read_alone() {
    assert_eq!(asked_by_an_empty_plan(&apps(1)), [ONE, GROUPS]);
}

#[test]
fn many_apps_of_a_group_are_read_from_two_lists() {
    let story = apps(30);
    // The list of apps, that of the group's apps, and what the first one asked for alone.
    assert_eq!(asked_by_an_empty_plan(&story), [LIST, LIST, ONE, GROUPS]);
    let lists = story.mock().journal().matching("GET", "/api/v1/apps");
    let mut filters: Vec<_> = lists.iter().rev().take(2).map(|list| list.query.clone()).collect();
    filters.sort();
    assert!(filters[0].contains("group.id") && filters[1].contains("oidc_client"), "{filters:?}");
}

#[test]
fn what_changed_between_two_plans_is_seen_by_the_second() {
    let story = apps(5);
    story.expect_empty_plan();
    let id = |number: usize| {
        let app = story.resource(&format!("okta_oidc_app.many[{number}]"));
        app["id"].as_str().unwrap().to_owned()
    };
    let group = story.mock().okta().variables()["access_group_id"].clone();
    let path = format!("/api/v1/apps/{}", id(1));
    let mut renamed = story.in_okta("GET", &path, None);
    renamed["label"] = "Somebody else's".into();
    story.in_okta("PUT", &path, Some(&renamed));
    story.in_okta("DELETE", &format!("/api/v1/apps/{}/groups/{group}", id(2)), None);
    story.in_okta("POST", &format!("/api/v1/apps/{}/lifecycle/deactivate", id(3)), None);
    story.in_okta("DELETE", &format!("/api/v1/apps/{}", id(3)), None);
    let plan = story.plan();
    let mut changed = plan.changed();
    changed.sort_unstable();
    let expected = [1, 2, 3].map(|number| format!("okta_oidc_app.many[{number}]"));
    assert_eq!(changed, expected, "{}", plan.text());
    story.apply();
}

/// That the lists show as much as the app itself is not verified against a live tenant: where they show less, that is no
/// change, and where they cannot be read, that is no error.
#[test]
fn lists_that_show_less_or_nothing_make_no_difference() {
    let story = apps(5);
    let mut list = story.in_okta("GET", "/api/v1/apps", None);
    for app in list.as_array_mut().unwrap() {
        app.as_object_mut().unwrap().remove("settings");
    }
    for answer in [json!(list), json!([])] {
        story.mock().world().faults.clear();
        story.mock().fail(Fault::on("GET", "/api/v1/apps").answering(200, answer));
        let asked = asked_by_an_empty_plan(&story);
        let count = |what: &str| asked.iter().filter(|line| *line == what).count();
        assert_eq!(count(ONE), 5, "{asked:#?}");
    }
    story.mock().world().faults.clear();
    story.mock().fail(Fault::on("GET", "/api/v1/apps").answering(403, json!({"errorCode": "E0000006"})));
    assert_eq!(asked_by_an_empty_plan(&story), [vec![LIST; 2], vec![ONE; 5], vec![GROUPS; 5]].concat());
}

/// There is no list of groups claims. One that nobody asks for is not looked for.
#[test]
fn a_groups_claim_is_read_for_each_app_that_has_one() {
    let story = apps(3);
    let with_claim = format!(
        r#"{APPS}
resource "okta_oidc_app" "with_claim" {{
  provider      = zt
  label         = "With a claim"
  redirect_uris = ["https://acme.cloudflareaccess.com/cdn-cgi/access/callback"]
  groups_claim  = {{ filter_type = "STARTS_WITH", value = "Access" }}
}}
"#
    );
    story.write("main.tf", &with_claim);
    story.apply();
    let asked = asked_by_an_empty_plan(&story);
    assert_eq!(asked.iter().filter(|line| line.contains("/internal/")).count(), 1, "{asked:#?}");
}
