//! One thing wrong with groups at a time.

use serde_json::json;

use super::{APP, SCIM_APP, complete, failed, id, in_dashboard, look_at, only, seen, set_claim, status};

#[test]
fn a_groups_claim_that_is_missing() {
    let story = complete();
    let path = format!("/api/v1/internal/apps/{}/settings/oauth/idToken", id(&story, APP));
    story.in_okta("POST", &path, Some(&json!({"issuerMode": "ORG_URL"})));
    let (plan, text) = only(&story, "groups_claim");
    assert!(text.contains("groups_claim of the okta_oidc_app"), "{text}");
    for check in ["group_count", "pushed_groups_in_claim"] {
        assert_eq!(status(&plan, check), "skipped", "{check}");
    }
}

#[test]
fn more_than_a_hundred_groups_are_a_problem_to_whoever_is_in_them_and_only_without_an_api_token() {
    let story = complete();
    let made = |number| {
        let group = json!({"profile": {"name": format!("Engineering {number}")}});
        story.in_okta("POST", "/api/v1/groups", Some(&group))["id"].as_str().unwrap().to_owned()
    };
    let groups: Vec<String> = (0..=100).map(made).collect();
    for token in ["", "  has_api_token = false\n"] {
        look_at(&story, token);
        let plan = story.plan();
        assert_eq!((status(&plan, "group_count"), seen(&plan)["status"].as_str().unwrap()), ("warn", "warn"));
        assert_eq!((plan.exit_code, failed(&plan)), (0, Vec::new()), "nobody is known to be in so many");
        let message = seen(&plan)["checks"]["group_count"]["message"].as_str().unwrap();
        assert!(message.contains("102 groups") && message.contains("looked at"), "{message}");
    }
    let people = story.in_okta("GET", &format!("/api/v1/apps/{}/users", id(&story, APP)), None);
    for group in groups {
        let one = format!("/api/v1/groups/{group}/users/{}", people[0]["id"].as_str().unwrap());
        story.in_okta("PUT", &one, None);
    }
    let (_, text) = only(&story, "group_count");
    let who = people[0]["credentials"]["userName"].as_str().unwrap();
    assert!(text.contains(who) && text.contains("Failed to fetch user/group information"), "{text}");
    look_at(&story, "  has_api_token = true\n");
    assert_eq!(status(&story.plan(), "group_count"), "pass");
}

#[test]
fn a_pushed_group_outside_of_the_claim() {
    let story = complete();
    set_claim(&story, "EQUALS", "Zero Trust Users");
    let (_, text) = only(&story, "pushed_groups_in_claim");
    assert!(text.contains("Engineering") && text.contains("EQUALS \"Zero Trust Users\""), "{text}");
    set_claim(&story, "REGEX", "Eng.*");
    assert_eq!(status(&story.plan(), "pushed_groups_in_claim"), "pass");
}

#[test]
fn a_group_that_is_pushed_under_another_name() {
    let story = complete();
    let path = format!("/api/v1/apps/{}/group-push/mappings", id(&story, SCIM_APP));
    let mapping = story.in_okta("GET", &path, None)[0].clone();
    let one = format!("{path}/{}", mapping["id"].as_str().unwrap());
    story.in_okta("PATCH", &one, Some(&json!({"status": "INACTIVE"})));
    story.in_okta("DELETE", &format!("{one}?deleteTargetGroup=true"), None);
    let renamed =
        json!({"sourceGroupId": mapping["sourceGroupId"], "status": "ACTIVE", "targetGroupName": "Engineers"});
    story.in_okta("POST", &path, Some(&renamed));
    let (_, text) = only(&story, "pushed_groups_in_claim");
    assert!(text.contains("Engineering as Engineers"), "{text}");
}

#[test]
fn a_custom_authorization_server_has_a_claim_and_a_scope_of_its_own() {
    let story = complete();
    let server = json!({"name": "Access", "audiences": ["api://access"]});
    let server =
        story.in_okta("POST", "/api/v1/authorizationServers", Some(&server))["id"].as_str().unwrap().to_owned();
    in_dashboard(&story, "authorization_server_id", json!(server));
    let (_, text) = only(&story, "groups_claim");
    assert!(text.contains("scope groups"), "{text}");

    let path = format!("/api/v1/authorizationServers/{server}");
    story.in_okta("POST", &format!("{path}/scopes"), Some(&json!({"name": "groups"})));
    let (_, text) = only(&story, "groups_claim");
    assert!(text.contains(&format!("authorization server {server}")), "{text}");

    let claim = json!({"name": "groups", "claimType": "IDENTITY", "valueType": "GROUPS", "status": "ACTIVE",
        "group_filter_type": "STARTS_WITH", "value": "Eng", "alwaysIncludeInToken": true});
    story.in_okta("POST", &format!("{path}/claims"), Some(&claim));
    let plan = story.plan();
    assert_eq!(failed(&plan), Vec::<&str>::new(), "{}", seen(&plan)["summary"]);
    assert_eq!(status(&plan, "discovery"), "pass");
    assert_eq!(status(&plan, "pushed_groups_in_claim"), "pass");
}
