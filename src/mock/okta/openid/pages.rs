//! Pages for people: the sign-in form, and what it comes to.

use axum::http::{StatusCode, header};
use maud::{Markup, PreEscaped, html};

use super::errors::OAuthError;
use crate::mock::okta::call::Reply;
use crate::mock::page::page;

/// Path of the sign-in page, and of the form on it.
pub(super) const LOGIN: &str = "/login/login.htm";

/// Sends the only form of the page, so that nobody needs to.
const SUBMIT: &str = "document.forms[0].submit()";

/// The usual policy, and the script above.
const POLICY_WITH_SCRIPT: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/// What the sign-in form says and asks.
pub(super) struct SignIn<'a> {
    /// What somebody signs in to; the org itself where there is nothing else.
    pub(super) to: &'a str,
    /// Sent back with the form.
    pub(super) state_token: Option<&'a str>,
    pub(super) username: &'a str,
    /// The last attempt failed.
    pub(super) failed: bool,
}

/// The sign-in form.
pub(super) fn sign_in(form: &SignIn<'_>) -> Reply {
    let body = html! {
        @if form.failed { p role="alert" { "Unable to sign in" } }
        form.narrow method="post" action=(LOGIN) {
            @if let Some(token) = form.state_token { input type="hidden" name="stateToken" value=(token); }
            label { "Username"
                input name="username" type="text" autocomplete="username" required value=(form.username);
            }
            label { "Password"
                input name="password" type="password" autocomplete="current-password" required;
            }
            button type="submit" { "Sign in" }
        }
    };
    let status = if form.failed { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    okta(status, &format!("Sign in to {}", form.to), &body)
}

/// Somebody signed in, or out, and there is nowhere to go on to.
pub(super) fn note(title: &str, text: &str) -> Reply {
    okta(StatusCode::OK, title, &html! { p { (text) } })
}

/// A request that cannot be answered at the client's own place.
pub(super) fn refusal(refused: &OAuthError) -> Reply {
    let body = html! {
        p { "Your request resulted in an error." }
        p role="alert" { (refused.description) }
        p.quiet { (refused.error) }
    };
    okta(StatusCode::BAD_REQUEST, "400 Bad Request", &body)
}

/// `response_mode=form_post`: a form that sends itself to the client, or on a click where scripts are off.
pub(super) fn form_post(action: &str, fields: &[(&str, &str)]) -> Reply {
    let body = html! {
        form method="post" action=(action) {
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button type="submit" { "Continue" }
        }
        script { (PreEscaped(SUBMIT)) }
    };
    okta(StatusCode::OK, "Continue", &body).with_header(header::CONTENT_SECURITY_POLICY, POLICY_WITH_SCRIPT)
}

fn okta(status: StatusCode, title: &str, body: &Markup) -> Reply {
    Reply::page(page(status, "Okta", title, body))
}
