//! Okta's refusals: every error code the org answers with, and the envelope they travel in.
//!
//! The envelope is `{errorCode, errorSummary, errorLink, errorId, errorCauses: [{errorSummary}]}`
//! (<https://developer.okta.com/docs/reference/error-codes/>).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::mock::ids;

/// A request the org refuses, with Okta's code and causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status of the answer.
    pub status: StatusCode,
    /// Okta's error code, such as `E0000007`.
    pub code: &'static str,
    /// One sentence; for validation errors it names the object or field.
    pub summary: String,
    /// Details, each usually `field: what is wrong with it`.
    pub causes: Vec<String>,
    /// Value of the `WWW-Authenticate` header, for OAuth callers.
    pub challenge: Option<&'static str>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, summary: impl Into<String>) -> Self {
        Self { status, code, summary: summary.into(), causes: Vec::new(), challenge: None }
    }

    /// The same refusal with one more cause.
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// The envelope as JSON, with a fresh `errorId`.
    pub fn body(&self) -> Value {
        let causes: Vec<Value> = self.causes.iter().map(|cause| json!({"errorSummary": cause})).collect();
        json!({
            "errorCode": self.code,
            "errorSummary": self.summary,
            "errorLink": self.code,
            "errorId": ids::okta_error(),
            "errorCauses": causes,
        })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(self.body())).into_response();
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

/// E0000001 (400): `what` is the object or field that fails, the cause says why.
pub fn invalid(what: &str, cause: impl Into<String>) -> Refusal {
    invalid_all(what, vec![cause.into()])
}

/// E0000001 (400) with several causes.
pub fn invalid_all(what: &str, causes: Vec<String>) -> Refusal {
    let mut refusal = Refusal::new(StatusCode::BAD_REQUEST, "E0000001", format!("Api validation failed: {what}"));
    refusal.causes = causes;
    refusal
}

/// E0000001 (400) for a required field that is absent, null or empty.
pub fn blank(field: &str) -> Refusal {
    invalid(field, format!("{field}: The field cannot be left blank"))
}

/// E0000003 (400): the body is not the JSON object the endpoint takes.
pub fn malformed() -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "E0000003", "The request body was not well-formed.")
}

/// E0000004 (401): the user name or the password is wrong, or the user may not log in.
pub fn authentication_failed() -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "E0000004", "Authentication failed")
}

/// E0000005 (403): no credentials, or credentials this route does not take.
pub fn invalid_session() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "E0000005", "Invalid session")
}

/// E0000006 (403): the administrator role behind the token does not allow it.
pub fn forbidden() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "E0000006", "You do not have permission to perform the requested action")
}

/// E0000006 (403) for an OAuth access token that lacks the route's scope.
pub fn insufficient_scope() -> Refusal {
    let mut refusal = forbidden();
    refusal.challenge = Some(
        r#"Bearer authorization_uri="/oauth2/v1/authorize", error="insufficient_scope", error_description="The access token provided does not contain the required scopes.""#,
    );
    refusal
}

/// E0000007 (404): `kind` is Okta's own word for the type, such as `AppInstance`.
pub fn not_found(id: &str, kind: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "E0000007", format!("Not found: Resource not found: {id} ({kind})"))
}

/// E0000009 (500): the org could not do what it always can.
pub fn internal() -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "E0000009", "Internal Server Error")
}

/// `invalid_client` (400) in the envelope, which discovery answers for a client id that nobody has.
pub fn invalid_client() -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "invalid_client", "Invalid value for 'client_id' parameter.")
}

/// E0000011 (401): the token is unknown, expired or revoked.
pub fn invalid_token() -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "E0000011", "Invalid token provided")
}

/// E0000011 (401) for an access token, which says so in the challenge as well.
pub fn invalid_access_token() -> Refusal {
    let mut refusal = invalid_token();
    refusal.challenge = Some(
        r#"Bearer authorization_uri="/oauth2/v1/authorize", error="invalid_token", error_description="The access token is invalid""#,
    );
    refusal
}

/// E0000016 (403): the user is active already.
pub fn already_active() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "E0000016", "Activation failed because the user is already active")
}

/// E0000021 (400): a body in another format than JSON.
pub fn wrong_media_type() -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "E0000021",
        "Bad request. Accept and/or Content-Type headers likely do not match supported values.",
    )
}

/// E0000022 (405): the path exists, the method does not.
pub fn wrong_method() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "E0000022", "The endpoint does not support the provided HTTP method")
}

/// E0000028 (400): a required query parameter is absent.
pub fn missing_parameter(name: &str) -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "E0000028",
        format!("The request is missing a required parameter. Missing required parameter(s): {name}"),
    )
}

/// E0000029 (400): a `limit` or `after` that makes no sense.
pub fn invalid_paging() -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "E0000029", "Invalid paging request.")
}

/// E0000031 (400): a `filter` or `search` that does not parse or names an unknown attribute.
pub fn invalid_search(detail: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "E0000031", "Invalid search criteria.").because(detail)
}

/// E0000038 (403): the user's status does not allow the operation.
pub fn wrong_user_status() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "E0000038", "This operation is not allowed in the user's current status.")
}

/// E0000041 (400): credentials of a kind that the app's sign-on mode has no place for.
pub fn credentials_not_allowed() -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "E0000041",
        "Credentials should not be set on this resource based on the scheme.",
    )
}

/// E0000047 (429): a rate limit is used up.
pub fn too_many_requests() -> Refusal {
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "E0000047", "API call exceeded rate limit due to too many requests.")
}

/// E0000056 (403): only an inactive app can be deleted.
pub fn app_still_active() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "E0000056", "Delete application forbidden.")
        .because("The application must be deactivated before deletion.")
}

/// E0000059 (400): the SCIM service did not accept the connection's base URL and token.
pub fn connector_failed(cause: impl Into<String>) -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "E0000059",
        "The connector configuration could not be tested. Make sure that the URL, Authentication Parameters are correct and that there is an implementation available at the URL provided.",
    )
    .because(cause)
}

/// E0000060 (501): something Okta does and this org does not play.
pub fn unsupported(cause: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::NOT_IMPLEMENTED, "E0000060", "Unsupported operation.").because(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_has_oktas_five_members() {
        let body = invalid("label", "label: The field cannot be left blank").body();
        assert_eq!(body["errorCode"], "E0000001");
        assert_eq!(body["errorSummary"], "Api validation failed: label");
        assert_eq!(body["errorLink"], "E0000001");
        assert!(body["errorId"].as_str().is_some_and(|id| id.starts_with("oae") && id.len() == 25));
        assert_eq!(body["errorCauses"][0]["errorSummary"], "label: The field cannot be left blank");
    }

    #[test]
    fn a_missing_scope_says_so_in_the_challenge() {
        let response = insufficient_scope().into_response();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let challenge = response.headers()[header::WWW_AUTHENTICATE].to_str().unwrap();
        assert!(challenge.contains("insufficient_scope"), "{challenge}");
    }
}
