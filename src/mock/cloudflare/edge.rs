//! Cloudflare's edge: what it adds to every request and answer, of the API and of the team domain alike.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;

use crate::mock::ids;

/// The id of one request, which support asks for: in the header `cf-ray`, on pages, and in the logs.
///
/// A request has one in its extensions.
#[derive(Clone, Debug)]
pub struct Ray(String);

impl Ray {
    /// The ray of a request that is made now.
    pub(super) fn fresh() -> Self {
        Self(ids::hex(16))
    }

    /// The 16 hexadecimal characters, without a data centre.
    pub fn id(&self) -> &str {
        &self.0
    }

    /// With the data centre, as the header `cf-ray` has it.
    pub(super) fn at_data_centre(&self) -> String {
        format!("{}-ZRH", self.0)
    }
}

/// Gives a request its ray, and the answer the header that names it.
pub(super) async fn carry(mut request: Request, next: Next) -> Response {
    let ray = Ray::fresh();
    request.extensions_mut().insert(ray.clone());
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::try_from(ray.at_data_centre()) {
        response.headers_mut().insert("cf-ray", value);
    }
    response
}
