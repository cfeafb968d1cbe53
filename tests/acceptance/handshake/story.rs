//! The whole story: apply, log in, join a pushed group, leave the company — where Okta's connection API serves the SCIM
//! app, and where a person has to fill in the form between two applies.

use serde_json::{Value, json};
use zt::mock::{Options, ProvisioningApi};

use super::{ADA, BO, complete, hire, id};
use crate::harness::story::Story;

/// Names of the people whom Cloudflare's SCIM service has as members of a group: `GET /Groups/{id}`, then each member.
fn scim_members(story: &Story, group: &str) -> Vec<String> {
    let provider = id(story, "zt_okta_idp.okta");
    let account = story.mock().cloudflare();
    let directory = account.identity_provider(&provider).unwrap().directory();
    let group = directory.group(group).unwrap_or_else(|| panic!("no group {group} was pushed"));
    let mut names: Vec<String> = directory
        .member_ids(group)
        .iter()
        .map(|member| directory.users().find(|user| user.id() == member).unwrap().handle().to_owned())
        .collect();
    names.sort();
    names
}

/// What the SCIM endpoint itself says of a group, asked with the secret that Terraform has.
fn group_over_scim(story: &Story, name: &str) -> Value {
    let scim = story.resource("zt_scim_config.okta");
    let (base, secret) = (scim["scim_base_url"].as_str().unwrap(), scim["secret"].as_str().unwrap());
    let get = |url: String| -> Value {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let answer = client.get(url).header("authorization", format!("Bearer {secret}")).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            answer.json().await.unwrap()
        })
    };
    let found = get(format!("{base}/Groups?filter=displayName%20eq%20%22{name}%22"));
    let id = found["Resources"][0]["id"].as_str().unwrap_or_else(|| panic!("no group {name}: {found}")).to_owned();
    get(format!("{base}/Groups/{id}"))
}

/// From people who can log in to somebody who has left: the same wherever SCIM came from.
fn people_come_move_and_go(story: &Story) {
    // A person logs in and arrives with the right email and groups.
    let page = story.log_in(ADA);
    assert_eq!((page.status(), page.field("email").as_str()), (200, ADA), "{}", page.text());
    assert_eq!(page.fields("group"), ["Engineering"]);
    assert!(page.hop("/authorize").parameter("code_challenge").is_some(), "the example asks for PKCE");

    // A newcomer in the assigned group is sent to Cloudflare, and as a member once they are in the pushed group.
    let newcomer = hire(story, "Dana", &["Zero Trust Users"]);
    story.mock().drain_provisioning();
    let engineers = ["ada@acme.example", "bo@acme.example", "chidi@acme.example"];
    assert_eq!(scim_members(story, "Engineering"), engineers);
    let engineering = story.mock().okta().group_id("Engineering").unwrap();
    story.in_okta("PUT", &format!("/api/v1/groups/{engineering}/users/{newcomer}"), None);
    story.mock().drain_provisioning();
    let shown = group_over_scim(story, "Engineering");
    let members: Vec<&str> =
        shown["members"].as_array().unwrap().iter().map(|member| member["display"].as_str().unwrap()).collect();
    assert!(members.contains(&"dana@acme.example"), "{members:?}");
    assert_eq!(scim_members(story, "Engineering").len(), 4);

    // Somebody who has logged in is deactivated: Cloudflare ends their sessions and frees their seat.
    story.log_in(BO);
    {
        let account = story.mock().cloudflare();
        let bo = account.person(BO).unwrap();
        assert!(bo.access_seat && bo.live_sessions(story.mock().world().clock.now()).count() == 1);
    }
    let bo = story.mock().okta().user_id(BO).unwrap();
    story.in_okta("POST", &format!("/api/v1/users/{bo}/lifecycle/deactivate"), None);
    let left = story.mock().drain_provisioning();
    assert_eq!((left.pending, left.failing), (0, 0), "{left:?}");
    let account = story.mock().cloudflare();
    let person = account.person(BO).unwrap();
    assert_eq!(person.live_sessions(story.mock().world().clock.now()).count(), 0, "a session outlived the person");
    assert!(!person.access_seat, "the seat is still taken");
    assert_eq!(
        account.identity_providers()[0].directory().user(BO).unwrap().attributes().get("active"),
        Some(&json!(false))
    );
}

#[test]
fn one_apply_and_people_log_in_come_move_and_go() {
    let story = complete(Options::default());
    people_come_move_and_go(&story);
    story.expect_empty_plan();
    story.destroy();
}

#[test]
fn where_a_person_fills_in_the_form_a_second_apply_completes_it() {
    let story = complete(Options { provisioning_api: ProvisioningApi::Unknown, ..Options::default() });
    let app = id(&story, "okta_scim_app.access");
    assert_eq!(story.resource("okta_scim_app.access")["connection_status"], "NEEDS_CONSOLE");
    assert_eq!(story.mock().okta().app_users(&app), [], "people assigned too early are never provisioned");
    assert_eq!(story.log_in(ADA).field("email"), ADA, "logging in needs no SCIM");

    let scim = story.resource("zt_scim_config.okta");
    let form = json!({"base_url": scim["scim_base_url"], "token": scim["secret"]});
    story.in_okta("POST", &format!("/_mock/okta/apps/{app}/provisioning"), Some(&form));
    story.apply();
    story.mock().drain_provisioning();
    assert!(story.mock().okta().app_users(&app).iter().all(|(_, _, state)| *state == "SYNCHRONIZED"));
    people_come_move_and_go(&story);
    story.expect_empty_plan();
    story.destroy();
}
