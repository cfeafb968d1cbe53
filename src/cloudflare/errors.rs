//! From what Cloudflare answered to what a person reads.

use super::api::{Error, is_unauthenticated};
use crate::framework::diagnostic::{Diagnostic, Diagnostics};
use crate::framework::path::Path;

/// What to do about credentials that Cloudflare does not accept.
pub const NOT_ACCEPTED: &str = "Check cloudflare.api_token in the provider block, or CLOUDFLARE_API_TOKEN: it may be \
                                       revoked, expired, restricted to other addresses, or of another account.";

/// An error that says what was tried, Cloudflare's own sentence with its ray id, and what to do next. Causes that name
/// one of `fields` land on its attribute.
pub(super) fn refused(tried: impl Into<String>, error: &Error, fields: &[(&str, Path)]) -> Diagnostics {
    let tried = tried.into();
    let on_attributes: Diagnostics = fields
        .iter()
        .filter(|(field, _)| error.cause_for(field).is_some())
        .map(|(_, path)| Diagnostic::error(&tried, error.to_string()).at(path.clone()))
        .collect();
    if on_attributes.has_errors() {
        return on_attributes;
    }
    let mut diagnostic = Diagnostic::error(tried, error.to_string());
    if let Some(remedy) = remedy(error) {
        diagnostic = diagnostic.and(remedy);
    }
    diagnostic.into()
}

/// An attribute that Cloudflare did not take: what it does not know it ignores without a word. One that is not
/// `configured` was to be cleared.
pub(super) fn not_taken(tried: &str, path: Path, configured: bool) -> Diagnostic {
    let detail = if configured {
        format!(
            "Cloudflare accepted the request, but its answer does not have the configured {path}. This account or its \
             API may not support the setting here: remove it, or change the value."
        )
    } else {
        format!(
            "Cloudflare accepted the request, but its answer still has {path}, which was to be cleared. Apply again; if \
             it stays, clear it in the dashboard."
        )
    };
    Diagnostic::error(tried, detail).at(path)
}

/// What to do next, where that is known.
fn remedy(error: &Error) -> Option<&'static str> {
    if error.is_maybe_done() {
        return Some(
            "The change may have been made nevertheless. Run terraform plan again: what is there by then counts.",
        );
    }
    if error.is_stopped() {
        return None;
    }
    if is_unauthenticated(error) {
        return Some(NOT_ACCEPTED);
    }
    if let Error::Unreachable { .. } = error {
        return Some(
            "Check cloudflare.base_url in the provider block and CLOUDFLARE_BASE_URL, if they are set, and the network from \
             here to there.",
        );
    }
    if let Error::OutOfTime { .. } = error {
        return Some("Apply again later, or give the resource more time: timeouts, 20 minutes if it sets none.");
    }
    if let Error::RateLimited { .. } = error {
        return Some(
            "Cloudflare allows 1200 requests in five minutes to a user and all of the user's tokens, and then blocks for \
             five. Apply again after that, and give Terraform a token that nothing else uses.",
        );
    }
    Some(match (error.code()?, error.status().map_or(0, |status| status.as_u16())) {
        ("10000", _) => {
            "The token is good, but not for this. Check the account id first: that of the provider, and that of the \
             state. Then give the token the permission \"Access: Organizations, Identity Providers, and Groups Write\" \
             for this account; Read is enough for a plan. A token made a moment ago may need some seconds."
        }
        ("9999", _) => "Enable Zero Trust for the account in Cloudflare's dashboard first, and choose a team name.",
        ("7000" | "7003", _) => "Check the ids of account, zone and identity provider.",
        (_, 403) => "Check the permissions of the token.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::api::{Cause, Refusal, StatusCode};
    use super::*;

    fn error(status: u16, code: &str, field: Option<&str>) -> Error {
        Error::from(Refusal {
            request: "PUT https://api.example/x".into(),
            status: StatusCode::from_u16(status).unwrap(),
            code: Some(code.into()),
            summary: "the vendor's sentence".into(),
            causes: vec![Cause { field: field.map(str::to_owned), summary: "the vendor's sentence".into() }],
            request_id: Some("ray-1".into()),
            maybe_done: false,
        })
    }

    #[test]
    fn a_cause_lands_on_its_attribute() {
        let fields = [("okta_account", Path::root().attribute("okta_account"))];
        let found = refused("Creating", &error(400, "12130", Some("config.okta_account")), &fields);
        assert_eq!(found.iter().next().unwrap().path.to_string(), "okta_account");
        let found = refused("Creating", &error(400, "12130", Some("config.other")), &fields);
        assert!(found.iter().next().unwrap().path.is_root());
    }

    #[test]
    fn the_vendor_is_quoted_and_the_remedy_follows() {
        let found = refused("Creating", &error(403, "10000", None), &[]);
        let said = &found.iter().next().unwrap().detail;
        assert!(said.contains("the vendor's sentence") && said.contains("ray-1"), "{said}");
        assert!(said.contains("Groups Write"), "{said}");
    }
}
