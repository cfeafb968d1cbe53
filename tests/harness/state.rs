//! The state file, read without Terraform: `terraform show -json` starts the provider to tell the same.

use serde_json::Value;

/// One instance of a resource or data source.
#[derive(Clone, Debug)]
pub struct Instance {
    /// As Terraform writes it: `module.a["x"].data.zt_organization.this`.
    pub address: String,
    /// Its values, secrets included.
    pub attributes: Value,
    /// True if the next apply replaces it.
    pub tainted: bool,
}

/// What a state holds, sorted by address; nothing if there is no state yet.
pub fn instances(state: &str) -> Vec<Instance> {
    if state.is_empty() {
        return Vec::new();
    }
    let state: Value = serde_json::from_str(state).unwrap_or_else(|error| panic!("{error} in the state"));
    assert_eq!(state["version"], 4, "the format of the state");
    let mut all: Vec<Instance> = list(&state["resources"])
        .iter()
        .flat_map(|resource| list(&resource["instances"]).iter().map(|found| instance(resource, found)))
        .collect();
    all.sort_by(|one, other| one.address.cmp(&other.address));
    all
}

/// The instance at an address.
#[track_caller]
pub fn find(state: &str, address: &str) -> Instance {
    let found = instances(state).into_iter().find(|found| found.address == address);
    found.unwrap_or_else(|| panic!("{address} is not in the state:\n{state}"))
}

fn instance(resource: &Value, found: &Value) -> Instance {
    let text = |name: &str| resource[name].as_str().unwrap_or_default();
    let module = if text("module").is_empty() { String::new() } else { format!("{}.", text("module")) };
    let mode = if text("mode") == "data" { "data." } else { "" };
    let key = if found["index_key"].is_null() { String::new() } else { format!("[{}]", found["index_key"]) };
    Instance {
        address: format!("{module}{mode}{}.{}{key}", text("type"), text("name")),
        attributes: found["attributes"].clone(),
        tainted: found["status"] == "tainted",
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_have_terraforms_addresses() {
        let state = r#"{"version": 4, "resources": [
            {"mode": "managed", "type": "t", "name": "one", "instances": [{"status": "tainted", "attributes": {"id": "1"}}]},
            {"module": "module.a[\"x\"]", "mode": "data", "type": "d", "name": "two", "instances": [
                {"index_key": "k", "attributes": {}}, {"index_key": 0, "attributes": {}}]}]}"#;
        let found = instances(state);
        let addresses: Vec<&str> = found.iter().map(|found| found.address.as_str()).collect();
        assert_eq!(addresses, [r#"module.a["x"].data.d.two["k"]"#, r#"module.a["x"].data.d.two[0]"#, "t.one"]);
        let one = find(state, "t.one");
        assert!(one.tainted && one.attributes["id"] == "1" && !found[0].tainted);
        assert!(instances("").is_empty());
    }
}
