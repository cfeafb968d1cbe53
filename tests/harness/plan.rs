//! A saved plan, by resource address.

use std::fmt;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::diagnostic::{Diagnostic, listing};

/// What `terraform plan` came to.
pub struct Plan {
    /// Where it is saved.
    pub file: PathBuf,
    /// Of `-detailed-exitcode`: 0 nothing to do, 2 changes.
    pub exit_code: i32,
    /// The plan as `terraform show -json` gives it.
    pub json: Value,
    /// Warnings, since a plan with errors is none.
    pub diagnostics: Vec<Diagnostic>,
    text: Text,
}

/// The plan as people read it, which costs a start of Terraform: only a test that looks at it pays.
type Text = LazyLock<String, Box<dyn FnOnce() -> String + Send>>;

impl Plan {
    /// What came of a plan; `text` is asked for once somebody wants to read it.
    pub fn new(
        file: PathBuf,
        exit_code: i32,
        json: Value,
        diagnostics: Vec<Diagnostic>,
        text: impl FnOnce() -> String + Send + 'static,
    ) -> Self {
        Self { file, exit_code, json, diagnostics, text: LazyLock::new(Box::new(text)) }
    }

    /// The plan as people read it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True if there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.exit_code == 0
    }

    /// What is planned for a resource: `["create"]`, `["update"]`, `["no-op"]`, `["delete"]`, `["read"]`, or for a
    /// replacement `["delete", "create"]` or `["create", "delete"]`. Empty if the plan does not know it.
    pub fn action(&self, address: &str) -> Vec<&str> {
        let actions = self.change(address)["actions"].as_array().map(Vec::as_slice).unwrap_or_default();
        actions.iter().filter_map(Value::as_str).collect()
    }

    /// True if the resource is destroyed and created anew, in either order.
    pub fn replaces(&self, address: &str) -> bool {
        let actions = self.action(address);
        actions.contains(&"delete") && actions.contains(&"create")
    }

    /// The top-level attributes whose value changes, those that are known only after the apply included, sorted.
    pub fn changed_attributes(&self, address: &str) -> Vec<String> {
        let change = self.change(address);
        let empty = Map::new();
        let object = |name: &str| change[name].as_object().unwrap_or(&empty);
        let (before, after, unknown) = (object("before"), object("after"), object("after_unknown"));
        let mut changed: Vec<String> = before
            .keys()
            .chain(after.keys())
            .chain(unknown.keys())
            .filter(|name| {
                let value = |object: &Map<String, Value>| object.get(*name).cloned().unwrap_or(Value::Null);
                value(before) != value(after) || is_unknown(&value(unknown))
            })
            .cloned()
            .collect();
        changed.sort();
        changed.dedup();
        changed
    }

    /// The attributes that force a replacement, as dotted paths.
    pub fn replace_paths(&self, address: &str) -> Vec<String> {
        let paths = self.change(address)["replace_paths"].as_array().cloned().unwrap_or_default();
        let step = |step: &Value| step.as_str().map_or_else(|| step.to_string(), str::to_owned);
        let dotted = |path: &Value| path.as_array().map(|path| path.iter().map(step).collect::<Vec<_>>().join("."));
        paths.iter().filter_map(dotted).collect()
    }

    /// The planned values of a resource.
    pub fn after(&self, address: &str) -> &Value {
        &self.change(address)["after"]
    }

    /// The addresses of what the refresh found changed.
    pub fn drifted(&self) -> Vec<&str> {
        addresses(&self.json["resource_drift"])
    }

    /// The addresses of what changes, reads of data sources left out.
    pub fn changed(&self) -> Vec<&str> {
        let all = addresses(&self.json["resource_changes"]);
        all.into_iter().filter(|address| !matches!(self.action(address)[..], ["no-op"] | ["read"])).collect()
    }

    fn change(&self, address: &str) -> &Value {
        let all = self.json["resource_changes"].as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter().find(|change| change["address"] == address).map_or(&Value::Null, |found| &found["change"])
    }
}

impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", listing(&self.diagnostics), self.text())
    }
}

/// Terraform marks an unknown value by `true`, inside of nested values too.
fn is_unknown(value: &Value) -> bool {
    match value {
        Value::Bool(unknown) => *unknown,
        Value::Array(values) => values.iter().any(is_unknown),
        Value::Object(values) => values.values().any(is_unknown),
        _ => false,
    }
}

fn addresses(changes: &Value) -> Vec<&str> {
    let all = changes.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(|change| change["address"].as_str()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_is_read_by_address() {
        let json = json!({"resource_changes": [{"address": "a.b", "change": {
                "actions": ["delete", "create"],
                "before": {"id": "1", "label": "old", "same": [1], "gone": true},
                "after": {"label": "new", "same": [1], "nested": {}},
                "after_unknown": {"id": true, "nested": {"token": true}},
                "replace_paths": [["nested", "token"], ["list", 0]],
            }}, {"address": "a.c", "change": {"actions": ["no-op"]}}]});
        let plan = Plan::new(PathBuf::new(), 2, json, Vec::new(), String::new);
        assert_eq!(plan.changed_attributes("a.b"), ["gone", "id", "label", "nested"]);
        assert_eq!(plan.replace_paths("a.b"), ["nested.token", "list.0"]);
        assert!(plan.replaces("a.b") && !plan.replaces("a.c") && !plan.is_empty());
        assert_eq!(plan.changed(), ["a.b"]);
        assert_eq!(plan.action("a.d"), Vec::<&str>::new());
    }
}
