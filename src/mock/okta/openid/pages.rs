//! Pages for people: the sign-in form, and what it comes to. Plain HTML that needs no script and nothing from elsewhere.

use std::borrow::Cow;
use std::fmt::Write as _;

use axum::http::{StatusCode, header};

use super::errors::OAuthError;
use crate::mock::okta::call::Reply;

/// Path of the sign-in page, and of the form on it.
pub(super) const LOGIN: &str = "/login/login.htm";

const STYLE: &str = "\
body{font-family:system-ui,sans-serif;background:#f4f4f5;color:#18181b;margin:0}\
main{max-width:22rem;margin:10vh auto;padding:2rem;background:#fff;border:1px solid #d4d4d8;border-radius:.5rem}\
h1{font-size:1.25rem;margin-top:0}\
label,input,button{display:block;width:100%;box-sizing:border-box;font:inherit}\
label{margin-top:1rem}\
input{padding:.5rem;border:1px solid #71717a;border-radius:.25rem}\
button{margin-top:1.5rem;padding:.6rem;border:0;border-radius:.25rem;background:#1d4ed8;color:#fff}\
[role=alert]{color:#b91c1c}";

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
    let (to, username) = (escape(form.to), escape(form.username));
    let state = form.state_token.map_or_else(String::new, |token| hidden("stateToken", token));
    let alert = if form.failed { "<p role=\"alert\">Unable to sign in</p>\n" } else { "" };
    let body = format!(
        "<h1>Sign in to {to}</h1>\n{alert}<form method=\"post\" action=\"{LOGIN}\">\n{state}\
         <label for=\"username\">Username</label>\n\
         <input id=\"username\" name=\"username\" type=\"text\" autocomplete=\"username\" required value=\"{username}\">\n\
         <label for=\"password\">Password</label>\n\
         <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required>\n\
         <button type=\"submit\">Sign in</button>\n</form>"
    );
    let status = if form.failed { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    page(status, "Sign in", &body)
}

/// Somebody signed in, or out, and there is nowhere to go on to.
pub(super) fn note(title: &str, text: &str) -> Reply {
    page(StatusCode::OK, title, &format!("<h1>{}</h1>\n<p>{}</p>", escape(title), escape(text)))
}

/// A request that cannot be answered at the client's own place.
pub(super) fn refusal(refused: &OAuthError) -> Reply {
    let body = format!(
        "<h1>400</h1>\n<p>Your request resulted in an error.</p>\n<p role=\"alert\">{}</p>\n<p><code>{}</code></p>",
        escape(&refused.description),
        escape(refused.error)
    );
    page(StatusCode::BAD_REQUEST, "Bad request", &body)
}

/// `response_mode=form_post`: a form that sends itself to the client, or on a click where scripts are off.
pub(super) fn form_post(action: &str, fields: &[(&str, &str)]) -> Reply {
    let fields: String = fields.iter().map(|(name, value)| hidden(name, value)).collect();
    let body = format!(
        "<form id=\"appForm\" method=\"post\" action=\"{}\">\n{fields}<button type=\"submit\">Continue</button>\n</form>\n\
         <script>document.getElementById(\"appForm\").submit()</script>",
        escape(action)
    );
    page(StatusCode::OK, "Continue", &body)
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", escape(name), escape(value))
}

fn page(status: StatusCode, title: &str, body: &str) -> Reply {
    let title = escape(title);
    let text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    );
    Reply::html(status, text).with_header(header::CACHE_CONTROL, "no-cache, no-store").with_header(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'",
    )
}

/// Text as it may stand in a page, between tags or in a quoted attribute.
fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' | '<' | '>' | '"' | '\'' => {
                // Writing into a string cannot fail.
                let _written = write!(escaped, "&#{};", u32::from(letter));
            }
            _ => escaped.push(letter),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_comes_from_outside_becomes_markup() {
        assert_eq!(escape("a<b>&\"'"), "a&#60;b&#62;&#38;&#34;&#39;");
        assert!(matches!(escape("plain"), Cow::Borrowed("plain")));
    }
}
