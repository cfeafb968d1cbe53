//! `moved` blocks from the official providers' types.

mod cloudflare;
mod official;
mod okta;

use serde_json::{Value, json};

use self::official::Running;
use crate::harness::story::Story;

/// A story whose state was written by an official provider.
struct Moved {
    story: Story,
    _official: Running,
}

impl Moved {
    /// One object `old` of that type, whose state has these attributes.
    fn new(mut story: Story, provider: &str, type_name: &str, schema_version: u64, attributes: &Value) -> Self {
        let official = Running::start();
        story.workspace_mut().set_env("TF_REATTACH_PROVIDERS", &official.reattach());
        let state = json!({
            "version": 4, "terraform_version": "1.8.4", "serial": 1, "lineage": "moved", "outputs": {},
            "resources": [{
                "mode": "managed", "type": type_name, "name": "old",
                "provider": format!("provider[{provider:?}]"),
                "instances": [{"schema_version": schema_version, "attributes": attributes, "sensitive_attributes": []}],
            }],
        });
        story.write("terraform.tfstate", &state.to_string());
        Self { story, _official: official }
    }

    /// Writes the new resource `new` and the `moved` block.
    fn configure(&self, from: &str, to: &str, body: &str) {
        let provider = if to.starts_with("okta_") { "  provider = zt\n" } else { "" };
        self.story.write(
            "main.tf",
            &format!(
                "resource {to:?} \"new\" {{\n{provider}{body}\n}}\n\nmoved {{\n  from = {from}.old\n  to   = {to}.new\n}}\n"
            ),
        );
    }
}
