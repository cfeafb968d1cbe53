//! The object that is shared with `zt_scim_config`.

use serde_json::json;
use zt::mock::Options;

use super::{ONE, SECRET, configure, id, stored};
use crate::harness::story::Story;

fn both(story: &Story, name: &str, scim: &str) {
    configure(
        story,
        name,
        &format!(
            "{SECRET}\n  api_token = \"an-okta-token\"\n}}\nresource \"zt_scim_config\" \"scim\" {{\n  identity_provider_id = zt_okta_idp.okta.id\n{scim}"
        ),
    );
}

#[test]
fn secrets_pushed_in_one_apply_survive_a_service_that_wipes_them() {
    for wipe_secret_on_put in [false, true] {
        let story = Story::with(Options { wipe_secret_on_put, ..Options::default() });
        both(&story, "Okta", "  user_deprovision = true");
        story.apply();
        let id = id(&story);
        assert_eq!(stored(&story, &id, "client_secret"), "a-client-secret-of-this-test-0123456789");
        assert_eq!(stored(&story, &id, "api_token"), "an-okta-token");
        // A change of the login method alone carries its secrets, too.
        both(&story, "Renamed", "  user_deprovision = true");
        story.apply();
        assert_eq!(stored(&story, &id, "client_secret"), "a-client-secret-of-this-test-0123456789");
        story.destroy();
    }
}

#[test]
fn parallel_changes_of_both_halves_never_lose_one() {
    let story = Story::new();
    // Without a reference between them nothing orders the two.
    let (story, id) = {
        both(&story, "Okta", "");
        story.apply();
        let id = id(&story);
        (story, id)
    };
    for (turn, behaviour) in ["reauth", "automatic", "no_action"].into_iter().enumerate() {
        let name = format!("Okta {turn}");
        configure(
            &story,
            &name,
            &format!(
                "{SECRET}\n  api_token = \"an-okta-token\"\n}}\nresource \"zt_scim_config\" \"scim\" {{\n  identity_provider_id = {id:?}\n  identity_update_behavior = {behaviour:?}"
            ),
        );
        let mark = story.mock().journal().len();
        story.apply();
        let shown = story.in_cloudflare(
            "GET",
            &format!("/accounts/{}/access/identity_providers/{id}", story.mock().account_id()),
            None,
        );
        assert_eq!(
            (&shown["name"], &shown["scim_config"]["identity_update_behavior"]),
            (&json!(name), &json!(behaviour))
        );
        // Between a write and the read it is made from there is no other write.
        let exchanges = story.mock().journal().since(mark);
        let ours: Vec<&str> = exchanges.iter().map(|exchange| exchange.method.as_str()).collect();
        let puts: Vec<usize> = (0..ours.len()).filter(|&i| ours[i] == "PUT").collect();
        assert_eq!(puts.len(), 2, "{ours:?}");
        for put in puts {
            assert_eq!(ours[put - 1], "GET", "{ours:?}");
        }
    }
}

#[test]
fn nothing_read_only_is_ever_sent_back() {
    for mask_secrets in [false, true] {
        let story = Story::with(Options { mask_secrets, ..Options::default() });
        both(&story, "Okta", "  identity_update_behavior = \"automatic\"");
        story.apply();
        both(&story, "Renamed", "  identity_update_behavior = \"reauth\"\n  user_deprovision = true");
        story.apply();
        let puts = story.mock().journal().matching("PUT", ONE);
        assert!(puts.len() >= 3);
        for put in puts {
            let body = put.request_body;
            for pointer in [
                "/id",
                "/uid",
                "/version",
                "/read_only",
                "/config/redirect_url",
                "/scim_config/scim_base_url",
                "/scim_config/secret",
                "/scim_config/group_member_deprovision",
            ] {
                assert!(body.pointer(pointer).is_none(), "{pointer} in {body}");
            }
            assert!(!body.to_string().contains("****"), "{body}");
        }
    }
}
