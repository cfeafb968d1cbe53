//! Cloudflare's envelope and its error codes, in one place.
//!
//! <https://developers.cloudflare.com/fundamentals/api/troubleshooting/>

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// `200` (or another success) with `result` in the envelope.
pub fn success(status: StatusCode, result: Value) -> Response {
    (status, Json(json!({"success": true, "errors": [], "messages": [], "result": result}))).into_response()
}

/// Why a request failed. One variant per documented or observed answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// 429, code 971.
    TooManyRequests,
    /// 404, code 7003.
    NoRoute {
        /// Path asked for.
        path: String,
    },
}

impl From<Failure> for Response {
    fn from(failure: Failure) -> Self {
        failure.into_response()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            Self::TooManyRequests => (
                StatusCode::TOO_MANY_REQUESTS,
                971,
                "Please wait and consider throttling your request speed".to_owned(),
            ),
            Self::NoRoute { path } => (
                StatusCode::NOT_FOUND,
                7003,
                format!("Could not route to {path}, perhaps your object identifier is invalid?"),
            ),
        };
        let body = json!({
            "success": false,
            "errors": [{"code": code, "message": message}],
            "messages": [],
            "result": null,
        });
        (status, Json(body)).into_response()
    }
}
