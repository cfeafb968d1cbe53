//! The groups claim of the app's ID token.
//!
//! Okta keeps it behind a route of its console that is in no reference and takes API tokens only. With OAuth alone a
//! read keeps what is known and warns, and a change is an error.

use fancy_regex::Regex;

use super::OidcApp;
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    model::Attr,
    path::Path,
    schema::{optional, required},
};
use crate::okta::{
    api::{
        self, Client,
        app_settings::{ClaimRule, GroupsClaim as Wire},
    },
    errors,
};
use crate::{model, path};

const FILTER: &str = "FILTER";
const EXPRESSION: &str = "EXPRESSION";
const REGEX: &str = "REGEX";

model! {
    /// Which groups of a person go into the ID token.
    pub struct GroupsClaim {
        /// `FILTER`: groups whose name matches. `EXPRESSION`: what an expression of Okta's expression language yields.
        r#type: String = optional().defaults_to(FILTER).one_of(&[FILTER, EXPRESSION]),
        /// How names are compared with `value`: `STARTS_WITH`, `EQUALS`, `CONTAINS` or `REGEX`. Required with the
        /// type `FILTER`.
        filter_type: String = optional().one_of(&["STARTS_WITH", "EQUALS", "CONTAINS", REGEX]),
        /// What names are compared with, or the expression. Prefer a prefix to `.*`: people with very many groups
        /// would not be able to log in.
        value: String = required().length(1..=1024),
        /// Name of the claim. Cloudflare reads `groups`.
        name: String = optional().defaults_to("groups").length(1..=255),
    }
}

// Terraform finds the line of a whole attribute only; for one inside of it, it would show the head of the resource.
fn at() -> Path {
    path!(OidcApp.groups_claim)
}

/// Checks what one attribute alone cannot tell.
pub(super) fn validate(config: &Attr<GroupsClaim>, problems: &mut Diagnostics) {
    let Some(claim) = config.known() else { return };
    let kind = claim.r#type.text().unwrap_or(FILTER);
    if claim.r#type.is_unknown() {
        return;
    }
    if kind == FILTER && claim.filter_type.is_null() {
        problems.push(
            Diagnostic::error(
                "The filter of the groups claim is incomplete",
                "Add filter_type: STARTS_WITH, EQUALS, CONTAINS or REGEX. For an expression of Okta's expression \
                 language write type = \"EXPRESSION\".",
            )
            .at(at()),
        );
    }
    if kind == EXPRESSION && claim.filter_type.is_known() {
        problems.push(
            Diagnostic::error(
                "An expression has no filter",
                "Remove filter_type, or write type = \"FILTER\" to compare the names of groups with value.",
            )
            .at(at()),
        );
    }
    if kind == FILTER
        && claim.filter_type.text() == Some(REGEX)
        && let Some(value) = claim.value.text()
        && let Err(error) = Regex::new(value)
    {
        problems.push(
            Diagnostic::error(
                "The regular expression of the groups claim does not compile",
                format!("value is {value:?}: {error}. For all groups that begin with a text, filter_type = \"STARTS_WITH\" needs no expression."),
            )
            .at(at()),
        );
    }
}

/// Refuses a change for which there are no fitting credentials, while planning already.
pub(super) fn plan(client: &Client, prior: Option<&OidcApp>, planned: &Attr<GroupsClaim>) -> Result<()> {
    let none = Attr::Null;
    let changes = prior.map_or(&none, |prior| &prior.groups_claim) != planned;
    if changes && !client.has_api_token() { Err(needs_api_token().into()) } else { Ok(()) }
}

/// What is there; the prior value where it cannot be known. A claim that is nobody's business is not looked for: Okta has
/// no list of them, so that would be a request for each app.
pub(super) async fn read(
    call: &Call,
    client: &Client,
    app_id: &str,
    prior: Attr<GroupsClaim>,
) -> Result<Attr<GroupsClaim>> {
    if prior.is_null() && !call.owned(&at()) && !call.importing() {
        return Ok(prior);
    }
    let told = |why: &str| {
        // Where there is no claim to be kept there is nothing to warn of, except after an import, which would have
        // recorded one.
        if prior.is_set() || call.importing() {
            call.warn(
                Diagnostic::warning(
                    "The groups claim cannot be read",
                    format!(
                        "{why} The value of the last apply is kept, and a change made in Okta's console is not \
                         noticed. An API token beside the OAuth credentials (api_token in the provider's okta block) \
                         is used for this route alone."
                    ),
                )
                .at(at()),
            );
        }
        Ok(prior.clone())
    };
    if !client.has_api_token() {
        return told("Okta shows it to API tokens only.");
    }
    match client.groups_claim(app_id).await {
        Ok(claim) => Ok(claim.map(from_wire).into()),
        Err(error) if error.is_forbidden() => told(&format!("Okta refused: {error}.")),
        Err(error) => Err(errors::diagnose_at("Cannot read the groups claim", &error, &at()).into()),
    }
}

/// Sets or clears it. `issuer_mode` is the app's own.
pub(super) async fn write(client: &Client, app_id: &str, planned: &Attr<GroupsClaim>, issuer_mode: &str) -> Result<()> {
    if !client.has_api_token() {
        return Err(needs_api_token().into());
    }
    let written = match planned.known() {
        Some(claim) => client.set_groups_claim(app_id, &to_wire(claim), issuer_mode).await,
        None => client.clear_groups_claim(app_id, issuer_mode).await,
    };
    written.map_err(|error| match error.code() {
        Some("E0000005") => needs_api_token().and(error.to_string()).into(),
        _ if api::is_gone(&error) => errors::diagnose_at("Cannot set the groups claim", &error, &at())
            .and("Apps of Okta's catalogue have no such claim, and a new app may need a moment longer: apply again.")
            .into(),
        _ => errors::diagnose_at("Cannot set the groups claim", &error, &at()).into(),
    })
}

fn needs_api_token() -> Diagnostic {
    Diagnostic::error(
        "The groups claim needs an API token",
        "Okta takes API tokens only on the route that holds the groups claim of an app, and the provider has OAuth \
         credentials alone. Either add api_token to the provider's okta block (or set OKTA_API_TOKEN): it is used for \
         this route, and OAuth for all others. Or remove groups_claim, give a custom authorization server a groups \
         claim, and name that server in authorization_server_id of the zt_okta_idp.",
    )
    .at(at())
}

fn to_wire(claim: &GroupsClaim) -> Wire {
    let value = claim.value.text().unwrap_or_default().to_owned();
    let rule = match claim.r#type.text() {
        Some(EXPRESSION) => ClaimRule::Expression(value),
        _ => ClaimRule::Filter { filter_type: claim.filter_type.text().unwrap_or_default().to_owned(), value },
    };
    Wire { name: claim.name.text().unwrap_or("groups").to_owned(), rule }
}

fn from_wire(wire: Wire) -> GroupsClaim {
    let (kind, filter_type, value) = match wire.rule {
        ClaimRule::Filter { filter_type, value } => (FILTER, Attr::Known(filter_type), value),
        ClaimRule::Expression(value) => (EXPRESSION, Attr::Null, value),
    };
    GroupsClaim { r#type: kind.into(), filter_type, value: value.into(), name: wire.name.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(kind: &str, filter_type: Option<&str>, value: &str) -> GroupsClaim {
        GroupsClaim {
            r#type: kind.into(),
            filter_type: filter_type.map(str::to_owned).into(),
            value: value.into(),
            name: "groups".into(),
        }
    }

    fn problems(claim: GroupsClaim) -> Vec<(String, String)> {
        let mut found = Diagnostics::new();
        validate(&claim.into(), &mut found);
        found.iter().map(|d| (d.path.to_string(), d.detail.clone())).collect()
    }

    #[test]
    fn there_and_back() {
        for claim in [claim(FILTER, Some("STARTS_WITH"), "access-"), claim(EXPRESSION, None, "user.getGroups()")] {
            assert_eq!(from_wire(to_wire(&claim)), claim);
        }
    }

    #[test]
    fn a_filter_says_how_and_an_expression_does_not() {
        assert_eq!(problems(claim(FILTER, None, "x"))[0].0, "groups_claim");
        assert_eq!(problems(claim(EXPRESSION, Some("EQUALS"), "x"))[0].0, "groups_claim");
        assert!(problems(claim(EXPRESSION, None, "x")).is_empty());
        let default = GroupsClaim { r#type: Attr::Null, ..claim(FILTER, None, "x") };
        assert_eq!(problems(default)[0].0, "groups_claim");
    }

    #[test]
    fn regular_expressions_compile() {
        assert!(problems(claim(FILTER, Some(REGEX), "^(?!admin).*$")).is_empty(), "Okta's expressions look ahead");
        let found = problems(claim(FILTER, Some(REGEX), "access-("));
        assert_eq!(found[0].0, "groups_claim");
        assert!(found[0].1.contains("STARTS_WITH"), "{}", found[0].1);
        assert!(problems(claim(FILTER, Some("STARTS_WITH"), "access-(")).is_empty());
    }
}
