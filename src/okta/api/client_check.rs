//! Whether Okta accepts a client or a token, found out with calls that change nothing.

use secrecy::{ExposeSecret, SecretString};

use super::Client;
use crate::http::{Auth, Error, Request, StatusCode};

/// A token that is nobody's. What Okta answers depends on the client that asks.
const JUNK: &str = "not-a-token";

impl Client {
    /// Whether the org accepts this client id with this secret: it introspects a junk token (RFC 7662) and looks at
    /// how Okta takes the client's authentication. Both methods are tried, because an app accepts only its own.
    ///
    /// That a wrong secret is refused with `invalid_client` is documented and not verified against a live tenant.
    ///
    /// # Errors
    /// Anything but an answer to the question.
    pub async fn accepts_client(&self, client_id: &str, secret: &SecretString) -> Result<bool, Error> {
        let basic =
            Auth::Basic { user: form_encoded(client_id), password: form_encoded(secret.expose_secret()).into() };
        let junk = [("token", JUNK)];
        match accepted(self.introspect(&junk, basic, secret).await)? {
            true => Ok(true),
            false => {
                let fields = [junk[0], ("client_id", client_id), ("client_secret", secret.expose_secret())];
                accepted(self.introspect(&fields, Auth::None, secret).await)
            }
        }
    }

    /// Whether the org accepts this API token: it asks for the user behind it.
    ///
    /// # Errors
    /// Anything but an answer to the question.
    pub async fn accepts_api_token(&self, token: &SecretString) -> Result<bool, Error> {
        let request = Request::get(["api", "v1", "users", "me"]);
        match self.http.send(request.auth(Auth::Token { scheme: "SSWS", token: token.clone() })).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_unauthorized() => Ok(false),
            // It is somebody's, and may not do this.
            Err(error) if error.is_forbidden() || error.is_not_found() => Ok(true),
            Err(error) => Err(error),
        }
    }

    async fn introspect(&self, fields: &[(&str, &str)], auth: Auth, secret: &SecretString) -> Result<(), Error> {
        let request = Request::post(["oauth2", "v1", "introspect"]).form(fields).harmless().hide(secret).auth(auth);
        self.http.send(request).await.map(drop)
    }
}

fn accepted(outcome: Result<(), Error>) -> Result<bool, Error> {
    match outcome {
        Ok(()) => Ok(true),
        Err(error) if error.status() == Some(StatusCode::UNAUTHORIZED) => Ok(false),
        Err(error) => Err(error),
    }
}

/// RFC 6749 section 2.3.1: id and secret are form-encoded before they go into the header.
fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Credentials;
    use super::*;
    use crate::http::stage::{Play, Stage};

    fn client(stage: &Stage) -> Client {
        Client::new(stage.url.clone(), Credentials::api_token("00hunter2".into()), Stage::settings())
    }

    fn inactive() -> Play {
        Play::json(200, json!({"active": false}))
    }

    fn invalid_client() -> Play {
        let says = "The client secret supplied for a confidential client is invalid.";
        Play::json(401, json!({"error": "invalid_client", "error_description": says}))
    }

    #[tokio::test]
    async fn a_client_is_accepted_by_either_method() {
        let stage = Stage::new([inactive(), invalid_client(), inactive(), invalid_client(), invalid_client()]).await;
        let client = client(&stage);
        let secret = SecretString::from("s:/+ %");
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(client.accepts_client("0oa1", &secret).await.unwrap());
        }
        assert_eq!(answers, [true, true, false]);
        let seen = stage.seen();
        assert_eq!(seen[0].header("authorization"), Some("Basic MG9hMTpzJTNBJTJGJTJCKyUyNQ=="));
        assert_eq!(seen[0].body, "token=not-a-token");
        assert_eq!(seen[2].header("authorization"), None);
        assert_eq!(seen[2].body, "token=not-a-token&client_id=0oa1&client_secret=s%3A%2F%2B+%25");
    }

    #[tokio::test]
    async fn a_service_that_does_not_answer_gives_no_verdict() {
        let stage = Stage::new([Play::text(500, "")]).await;
        assert!(client(&stage).accepts_client("0oa1", &"hunter2".into()).await.is_err());
    }

    #[tokio::test]
    async fn a_token_is_tried_in_place_of_our_own() {
        let refused = || Play::json(401, json!({"errorCode": "E0000011", "errorSummary": "Invalid token provided"}));
        let stage = Stage::new([Play::json(200, json!({"id": "00u1"})), refused(), Play::text(403, "")]).await;
        let client = client(&stage);
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(client.accepts_api_token(&"00other".into()).await.unwrap());
        }
        assert_eq!(answers, [true, false, true]);
        assert_eq!(stage.seen()[0].header("authorization"), Some("SSWS 00other"));
        assert_eq!(stage.lines()[0], "GET /api/v1/users/me");
    }
}
