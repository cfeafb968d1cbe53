//! What it is all for: after an apply people log in, and users and groups arrive, through what Terraform configured.
//!
//! | file | what it tells |
//! | --- | --- |
//! | `story` | the complete example from the apply to people who log in, come, move and go |
//! | `failures` | one value wrong at a time, and how the services say so |
//! | `outage` | an Okta that does not answer a plan |
//! | `repair` | what somebody changed by hand, and the apply that makes logins work again |

mod failures;
mod outage;
mod repair;
mod story;

use std::path::Path;

use serde_json::{Value, json};
use zt::mock::Options;

use crate::harness::browser::Browser;
use crate::harness::story::Story;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/complete");
const ADA: &str = "ada@acme.example";
const BO: &str = "bo@acme.example";

/// The complete example, applied and provisioned.
fn complete(options: Options) -> Story {
    let story = Story::with(options);
    story.copy(Path::new(EXAMPLE));
    story.apply();
    story.mock().drain_provisioning();
    story
}

/// A login that Okta refuses before anybody is asked for a password.
fn refused_at_once(story: &Story) -> Browser {
    let mut browser = Browser::new(story.mock());
    browser.open(&format!("{}/cdn-cgi/access/login", story.mock().auth_url()));
    browser
}

/// The id of a resource in the state.
fn id(story: &Story, address: &str) -> String {
    story.resource(address)["id"].as_str().unwrap().to_owned()
}

/// Changes one place of an Okta app, as a person in the console does.
fn edit_app(story: &Story, address: &str, pointer: &str, value: Value) {
    assert!(story.mock().okta().edit_app(&id(story, address), pointer, value), "no {pointer}");
}

/// A person whom Okta has made active, with a password.
fn hire(story: &Story, first: &str, groups: &[&str]) -> String {
    let ids: Vec<String> = groups.iter().map(|name| story.mock().okta().group_id(name).unwrap()).collect();
    let login = format!("{}@acme.example", first.to_lowercase());
    let person = json!({
        "profile": {"firstName": first, "lastName": "Newcomer", "email": login, "login": login},
        "credentials": {"password": {"value": "correct horse battery staple"}},
        "groupIds": ids,
    });
    story.in_okta("POST", "/api/v1/users?activate=true", Some(&person))["id"].as_str().unwrap().to_owned()
}
