//! SCIM's media type and its error body, RFC 7644 section 3.12.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer with a SCIM body.
pub(super) fn resource(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/scim+json"));
    response
}

/// A request refused.
pub(super) struct Refusal {
    status: StatusCode,
    kind: Option<&'static str>,
    detail: String,
}

impl Refusal {
    /// No secret, a wrong one, or one of an identity provider whose SCIM is off.
    pub(super) fn unauthorized() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, kind: None, detail: "Authorization failure".into() }
    }

    /// No resource of this id.
    pub(super) fn not_found(id: &str) -> Self {
        Self { status: StatusCode::NOT_FOUND, kind: None, detail: format!("Resource {id} not found") }
    }

    /// A filter that cannot be read, or compares what cannot be compared.
    pub(super) fn invalid_filter(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, kind: Some("invalidFilter"), detail: detail.into() }
    }

    /// A value that a parameter cannot have.
    pub(super) fn invalid_value(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, kind: Some("invalidValue"), detail: detail.into() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "detail": self.detail,
            "status": self.status.as_str(),
        });
        if let Some(kind) = self.kind {
            body["scimType"] = json!(kind);
        }
        let mut response = resource(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
