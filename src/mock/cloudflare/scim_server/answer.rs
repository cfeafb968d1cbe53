//! SCIM's media type and its error body, RFC 7644 section 3.12.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// SCIM's own media type, RFC 7644 section 8.1.
pub(super) const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/scim+json");

/// An answer with a SCIM body.
pub(super) fn resource(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, MEDIA_TYPE);
    response
}

/// A ListResponse with one page of `total` resources, the first of which has the number `start`.
pub(super) fn list(total: usize, start: usize, page: &[Value]) -> Response {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": page.len(),
        "Resources": page,
    });
    resource(StatusCode::OK, &body)
}

/// A request refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// The `scimType`, for the refusals that have one.
    pub(super) kind: Option<&'static str>,
    /// What is wrong, for a person.
    pub(super) detail: String,
}

impl Refusal {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, kind: None, detail: detail.into() }
    }

    fn bad_request(kind: &'static str, detail: impl Into<String>) -> Self {
        Self { kind: Some(kind), ..Self::new(StatusCode::BAD_REQUEST, detail) }
    }

    /// No secret, a wrong one, or one of an identity provider whose SCIM is off.
    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Authorization failure")
    }

    /// A question that this endpoint does not answer.
    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, detail)
    }

    /// No resource of this id.
    pub(super) fn not_found(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("Resource {id} not found"))
    }

    /// No endpoint at this path.
    pub(super) fn no_endpoint(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("There is no endpoint {path}"))
    }

    /// An endpoint that does not have this method.
    pub(super) fn no_method(method: &str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, format!("The method {method} is not available here"))
    }

    /// A body of another media type.
    pub(super) fn media_type(sent: &str) -> Self {
        let detail = format!("The body must be application/scim+json or application/json, not {sent}");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
    }

    /// A part of the protocol that this service does not have.
    pub(super) fn not_implemented(what: &str) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, format!("{what} is not supported"))
    }

    /// A value that another resource has already.
    pub(super) fn not_unique(detail: impl Into<String>) -> Self {
        Self { kind: Some("uniqueness"), ..Self::new(StatusCode::CONFLICT, detail) }
    }

    /// A filter that cannot be read, or compares what cannot be compared.
    pub(super) fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::bad_request("invalidFilter", detail)
    }

    /// A path in a PATCH operation that cannot be read, or names no attribute.
    pub(super) fn invalid_path(detail: impl Into<String>) -> Self {
        Self::bad_request("invalidPath", detail)
    }

    /// A body that does not have the shape of its message.
    pub(super) fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::bad_request("invalidSyntax", detail)
    }

    /// A value that an attribute or a parameter cannot have, or a required one that is missing.
    pub(super) fn invalid_value(detail: impl Into<String>) -> Self {
        Self::bad_request("invalidValue", detail)
    }

    /// A change of what cannot be changed.
    pub(super) fn mutability(detail: impl Into<String>) -> Self {
        Self::bad_request("mutability", detail)
    }

    /// A path in a PATCH operation that selects nothing.
    pub(super) fn no_target(detail: impl Into<String>) -> Self {
        Self::bad_request("noTarget", detail)
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
