//! Distinct secrets are planted wherever one can enter, and searched for wherever one could leave.
//!
//! | scene | where secrets enter |
//! | --- | --- |
//! | `kept` | the provider block; plain attributes, which the state may hold and nothing else; minted by both vendors |
//! | `withheld` | the environment; managed, write-only and omitted secrets, which are not in the state either |
//! | `credentials` | credentials of every kind, which the vendor refuses and quotes |
//! | `crash` | a provider that ends in the middle of an apply; the arguments of what runs then |
//! | `people` | passwords, sessions and tokens of people in the mock |
//!
//! Every command runs with TF_LOG=TRACE. A scene collects output, logs, states, backups, plan files inside and out, plan
//! JSON, crash reports, and the mock's journal and pages; the search goes over all of them at the end.

mod crash;
mod credentials;
mod kept;
mod people;
mod plan_file;
mod scene;
mod withheld;

use std::thread;

use serde_json::{Value, json};
use zt::mock::Fault;

use crate::harness::feature;
use crate::harness::planted::{Form, Planted, Search};
use crate::harness::story::Story;
use crate::needs;

/// Cloudflare's envelope of an error with this message.
fn cloudflare_refusal(message: &str) -> Value {
    json!({"success": false, "errors": [{"code": 12130, "message": message}], "messages": [], "result": null})
}

/// Cloudflare refuses writes to a login method of the state, and quotes what it was sent.
fn refuse_writes_to(story: &Story, address: &str, status: u16, sent: &[&Planted]) {
    let id = story.resource(address)["id"].as_str().unwrap().to_owned();
    let quoting: Vec<String> = sent.iter().map(|secret| secret.quoted()).collect();
    let fault = Fault::on("PUT", &format!("/client/v4/accounts/*/access/identity_providers/{id}"));
    story.mock().fail(fault.answering(status, cloudflare_refusal(&quoting.join("; "))));
}

/// Okta's envelope of an error with this summary, and the same as its cause.
fn okta_refusal(summary: &str) -> Value {
    crate::okta_calls::refusal("E0000059", summary, &[summary])
}

#[test]
#[allow(clippy::print_stdout, reason = "how much was searched belongs to the result")]
fn planted_secrets_are_found_nowhere() {
    needs!(WRITE_ONLY);
    let scenes = [withheld::played, credentials::played, crash::played, people::played];
    let (search, states) = thread::scope(|scope| {
        let others = scenes.map(|scene| {
            scope.spawn(move || {
                // Each thread says for itself what it needs.
                assert!(feature::available(feature::WRITE_ONLY));
                scene()
            })
        });
        let (mut search, states) = kept::played();
        for other in others {
            search.add(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        (search, states)
    });
    println!("planted secrets: {search}");
    search.expect_nothing();

    // The same search over what is not masked: the states of the scene that keeps its secrets there.
    for secret in ["client_secret, first", "zt_okta_idp.api_token"] {
        let places = states.places_of(secret, Form::JsonEscaped);
        assert!(places.iter().any(|place| place.contains("terraform.tfstate after")), "{secret}: {places:?}");
        assert!(places.iter().any(|place| place.contains("plan JSON")), "{secret}: {places:?}");
    }
    for secret in ["okta_oidc_app.access.client_secret, first", "zt_scim_config.minted.secret, first"] {
        let places = states.places_of(secret, Form::Plain);
        for kind in ["terraform.tfstate after", "terraform.tfstate.backup after", "plan JSON", "in the plan file"] {
            assert!(places.iter().any(|place| place.contains(kind)), "{secret} in {kind}: {places:?}");
        }
    }
    println!("secrets that states keep on purpose: {states}");
}

/// What the mock's journal would hold without redaction: the exchange as it went over the network.
#[test]
fn what_the_journal_masks_is_found_where_it_is_not_masked() {
    let story = Story::new();
    let secret = Planted::made_up("a client secret");
    let sent = json!({"name": "Okta", "type": "okta", "config": {"client_id": "0oa0", "client_secret": secret.text(),
        "okta_account": story.mock().org_url()}});
    let answer = cloudflare_refusal(&secret.quoted());
    let path = format!("/accounts/{}/access/identity_providers", story.mock().account_id());
    story.mock().fail(Fault::on("POST", "/client/v4/**").answering(200, answer.clone()));
    story.in_cloudflare("POST", &path, Some(&sent));

    let mut masked = Search::default();
    masked.place("the journal", &serde_json::to_vec(&story.mock().journal().all()).unwrap(), [&secret]);
    masked.expect_nothing();
    let mut unmasked = Search::default();
    unmasked.place("the request", sent.to_string().as_bytes(), [&secret]);
    unmasked.place("the answer", answer["errors"][0]["message"].as_str().unwrap().as_bytes(), [&secret]);
    assert_eq!(unmasked.places_of("a client secret", Form::JsonEscaped).len(), 2);
    for form in Form::ALL {
        assert!(unmasked.places_of("a client secret", form).contains("the answer"), "{form:?}");
    }
}
