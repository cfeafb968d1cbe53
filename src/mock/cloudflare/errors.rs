//! Cloudflare's envelope and its error codes, in one place.
//!
//! Everything the API says is wrapped the same way, success or not:
//! <https://developers.cloudflare.com/fundamentals/api/how-to/make-api-calls/>. Codes of the 12000s are Access's own.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

/// The envelope of a success.
#[derive(Serialize)]
struct Envelope<T> {
    success: bool,
    errors: [(); 0],
    messages: [(); 0],
    result: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_info: Option<ResultInfo>,
}

#[derive(Serialize)]
struct ResultInfo {
    page: usize,
    per_page: usize,
    count: usize,
    total_count: usize,
    total_pages: usize,
}

fn enveloped<T: Serialize>(result: T, result_info: Option<ResultInfo>) -> Json<Envelope<T>> {
    Json(Envelope { success: true, errors: [], messages: [], result, result_info })
}

/// A success with `result` in the envelope.
pub fn success(status: StatusCode, result: Value) -> Response {
    (status, enveloped(result, None)).into_response()
}

/// One page of a list, with `result_info`.
pub fn page(result: Vec<Value>, number: usize, size: usize, total: usize) -> Response {
    let info = ResultInfo {
        page: number,
        per_page: size,
        count: result.len(),
        total_count: total,
        total_pages: total.div_ceil(size),
    };
    enveloped(result, Some(info)).into_response()
}

/// Why a request failed. One variant per documented or observed answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Neither a token nor key and email were sent.
    NoCredentials,
    /// `Authorization` is not `Bearer TOKEN`.
    MalformedAuthorization,
    /// Key and email do not belong together, or to anybody.
    UnknownKey,
    /// The token is nobody's, or was revoked.
    InvalidAccessToken,
    /// The token is somebody's, but not for this account or this permission.
    Unauthorized,
    /// The verify call's word for a token that is nobody's.
    InvalidToken,
    /// The account has no Zero Trust organization. The status is not verified against a live tenant, only that it is
    /// no 403.
    NotEnabled,
    /// An identity provider, or another object of Access, that does not exist.
    NotFound,
    /// A body or query that breaks a rule, with what is wrong.
    Invalid(String),
    /// A second one of what can exist only once. The code is not verified against a live tenant, the text is.
    Conflict(String),
    /// An id in the path that has the wrong shape.
    MalformedId(String),
    /// A path that no route has.
    NoRoute(String),
    /// A path that exists, with a method it does not have.
    NoMethod(String),
    /// The budget is used up.
    TooManyRequests,
}

impl Failure {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoCredentials | Self::MalformedAuthorization | Self::MalformedId(_) => StatusCode::BAD_REQUEST,
            Self::NotEnabled | Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::UnknownKey | Self::InvalidAccessToken | Self::Unauthorized => StatusCode::FORBIDDEN,
            Self::NotFound | Self::NoRoute(_) => StatusCode::NOT_FOUND,
            Self::NoMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    fn errors(&self) -> Value {
        let one = |code: u32, message: &str| json!([{"code": code, "message": message}]);
        match self {
            Self::NoCredentials => one(9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers"),
            Self::MalformedAuthorization => json!([{
                "code": 6003,
                "message": "Invalid request headers",
                "error_chain": [{"code": 6111, "message": "Invalid format for Authorization header"}],
            }]),
            Self::UnknownKey => one(9103, "Unknown X-Auth-Key or X-Auth-Email"),
            Self::InvalidAccessToken => one(9109, "Invalid access token"),
            Self::Unauthorized => one(10000, "Authentication error"),
            Self::InvalidToken => one(1000, "Invalid API Token"),
            Self::NotEnabled => one(
                9999,
                "access.api.error.not_enabled: Access is not enabled. Visit the Access dashboard at \
                 https://one.dash.cloudflare.com/ and click the 'Enable Access' button.",
            ),
            Self::NotFound => one(12135, "access.api.error.not_found"),
            Self::Invalid(detail) => one(12130, &format!("access.api.error.invalid_request: {detail}")),
            Self::Conflict(detail) => one(12132, &format!("access.api.error.conflict: {detail}")),
            Self::MalformedId(path) | Self::NoRoute(path) => json!([
                {
                    "code": 7003,
                    "message": format!("Could not route to {path}, perhaps your object identifier is invalid?"),
                },
                {"code": 7000, "message": "No route for that URI"},
            ]),
            Self::NoMethod(method) => one(7001, &format!("Method {method} not available for that URI.")),
            Self::TooManyRequests => one(971, "Please wait and consider throttling your request speed"),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({"success": false, "errors": self.errors(), "messages": [], "result": null});
        (self.status(), Json(body)).into_response()
    }
}
