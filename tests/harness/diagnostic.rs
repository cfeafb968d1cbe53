//! Terraform's errors and warnings, as its machine-readable output gives them.

use std::fmt;

use serde_json::Value;

/// One error or warning.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub severity: String,
    /// The first line.
    pub summary: String,
    /// The text below it.
    pub detail: String,
    /// The resource it is about, where Terraform says so.
    pub address: Option<String>,
    /// The line of the configuration it points at, trimmed: `okta_account = "…"`. A diagnostic without an attribute
    /// points at the head of its block; one without a place has none.
    pub code: Option<String>,
}

/// Terraform says this on every command when a provider comes from `dev_overrides`.
const DEVELOPMENT: &str = "Provider development overrides are in effect";

impl Diagnostic {
    fn read(json: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Self {
            severity: text(&json["severity"]).unwrap_or_default(),
            summary: text(&json["summary"]).unwrap_or_default(),
            detail: text(&json["detail"]).unwrap_or_default(),
            address: text(&json["address"]),
            code: text(&json["snippet"]["code"]).map(|code| code.trim().to_owned()),
        }
    }

    /// The diagnostics of a list, as `terraform validate -json` has it.
    pub fn list(json: &Value) -> Vec<Self> {
        let all = json.as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter().map(Self::read).filter(|found| found.summary != DEVELOPMENT).collect()
    }

    /// The diagnostics among the lines of a command that ran with `-json`.
    pub fn lines(stdout: &str) -> Vec<Self> {
        let events = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let all = events.filter(|event| event["type"] == "diagnostic").map(|event| Self::read(&event["diagnostic"]));
        all.filter(|found| found.summary != DEVELOPMENT).collect()
    }

    /// True for an error.
    pub fn is_error(&self) -> bool {
        self.severity == "error"
    }

    /// True if it points at this attribute of the configuration.
    pub fn points_at(&self, attribute: &str) -> bool {
        let rest = self.code.as_deref().and_then(|code| code.strip_prefix(attribute));
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    }

    /// Summary and detail in one, with Terraform's line breaks undone, for searching.
    pub fn text(&self) -> String {
        format!("{}: {}", self.summary, self.detail).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.severity, self.summary)?;
        if let Some(address) = &self.address {
            writeln!(f, "  with {address}")?;
        }
        if let Some(code) = &self.code {
            writeln!(f, "  at {code}")?;
        }
        self.detail.lines().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

/// All of them as one text.
pub fn listing(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|found| format!("{found}\n")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_diagnostic_points_at_the_attribute_of_its_line() {
        let list = json!([
            {"severity": "warning", "summary": DEVELOPMENT},
            {"severity": "error", "summary": "Bad label", "detail": "Too\nlong", "snippet": {"code": "  label = \"x\""}},
            {"severity": "error", "summary": "No account", "snippet": {"code": "resource \"a\" \"b\" {"}},
        ]);
        let [label, account] = &Diagnostic::list(&list)[..] else { panic!("the override warning is no finding") };
        assert!(label.points_at("label") && !label.points_at("lab") && !label.points_at("name"));
        assert!(label.is_error() && label.text() == "Bad label: Too long");
        assert!(!account.points_at("label") && !account.points_at("resource"));

        let lines = format!("{}\nnot JSON\n", json!({"type": "diagnostic", "diagnostic": list[1]}));
        assert_eq!(Diagnostic::lines(&lines).len(), 1);
    }
}
