//! What configurations look up and do not manage. `zt_organization` has a file of its own.

mod okta_app;
mod okta_group;
mod okta_provisioning_log;
mod okta_user;
mod zt_okta_idp;
mod zt_scim;

use std::path::Path;

use serde_json::Value;

use crate::harness::story::Story;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/complete");

/// The complete example, applied and provisioned, and `text` beside it.
fn complete_with(text: &str) -> Story {
    let story = Story::new();
    story.copy(Path::new(EXAMPLE));
    story.apply();
    story.mock().drain_provisioning();
    story.write("lookup.tf", text);
    story
}

/// What a lookup by these arguments finds.
#[track_caller]
fn found(story: &Story, kind: &str, arguments: &str) -> Value {
    story.write("lookup.tf", &lookup(kind, arguments));
    story.apply();
    story.resource(&format!("data.{kind}.this"))
}

fn lookup(kind: &str, arguments: &str) -> String {
    let provider = if kind.starts_with("okta_") { "  provider = zt\n" } else { "" };
    format!("data \"{kind}\" \"this\" {{\n{provider}  {arguments}\n}}\n")
}

/// Lookups that are refused before anybody is asked.
#[track_caller]
fn refused_while_validating(kind: &str, bad: &[(&str, &str)]) {
    let story = Story::new();
    for (arguments, attribute) in bad {
        story.write("lookup.tf", &lookup(kind, arguments));
        let error = story.validate_fails();
        let pointed = attribute.is_empty() || error.points_at(attribute);
        assert!(pointed, "{kind} with {arguments}: {error}");
    }
    assert!(story.mock().journal().is_empty());
}
