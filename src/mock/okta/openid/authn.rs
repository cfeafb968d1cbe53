//! `/authn`: a login for programs, which ends in a session token instead of a cookie.
//!
//! <https://developer.okta.com/docs/reference/api/authn/>. Factors, locked accounts and expired passwords are not played.

use serde_json::{Value, json};

use crate::mock::okta::call::{Answer, Call, Reply, stamp};
use crate::mock::okta::errors;
use crate::mock::okta::org::Org;

/// `{"username", "password"}`, and `relayState`, which comes back as it is.
pub(crate) fn authenticate(org: &mut Org, call: &Call) -> Answer {
    let body = call.object()?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (Some(username), Some(password)) = (text("username"), text("password")) else {
        let cause = "The 'username' and 'password' attributes are required in this context.";
        return Err(errors::invalid("authRequest", cause));
    };
    let id = org.log_in(username, password, call).ok_or_else(errors::authentication_failed)?;
    let (token, expires) = org.openid.sessions.issue_token(&id, call.now);
    let user = org.users.get(&id).ok_or_else(errors::authentication_failed)?;
    let mut answer = json!({
        "expiresAt": stamp(expires),
        "status": "SUCCESS",
        "sessionToken": token,
        "_embedded": {"user": {
            "id": user.id,
            "passwordChanged": user.password_changed.map(stamp),
            "profile": {
                "login": user.login(),
                "firstName": user.text("firstName"),
                "lastName": user.text("lastName"),
                "locale": "en_US",
                "timeZone": "America/Los_Angeles",
            },
        }},
        "_links": {"cancel": {"href": call.url("/api/v1/authn/cancel"), "hints": {"allow": ["POST"]}}},
    });
    if let Some(state) = body.get("relayState").filter(|state| state.is_string()) {
        answer["relayState"] = state.clone();
    }
    Ok(Reply::ok(answer))
}
