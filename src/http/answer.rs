//! What comes back: a status, headers, and a body of limited size.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::secret::Mask;
use super::{Error, HeaderMap, Heard, Refusal, StatusCode, quota};

/// An answer of the 2xx kind. `Debug` shows no body.
#[derive(Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// When they arrived; the body may have taken longer.
    pub(super) arrived: Instant,
    /// The body, at most [`Settings::max_body`](super::Settings::max_body) bytes.
    pub body: Bytes,
    /// Method and URL without query, for messages.
    pub request: String,
    /// The vendor's id of the exchange.
    pub request_id: Option<String>,
    /// Whether it answers a request that changes something.
    pub(super) writes: bool,
    /// Hides the secrets of the request.
    pub(super) mask: Arc<Mask>,
}

impl Answer {
    /// The body as `T`.
    ///
    /// # Errors
    /// [`Error::Unreadable`] with the JSON path where the body differs from what was expected.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let mut deserializer = serde_json::Deserializer::from_slice(&self.body);
        let decoded = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| self.unreadable(&error.path().to_string(), &reason(error.inner())))?;
        deserializer.end().map_err(|error| self.unreadable(".", &reason(&error)))?;
        Ok(decoded)
    }

    /// When the service answered, by its own clock.
    pub fn date(&self) -> Option<SystemTime> {
        quota::date(&self.headers)
    }

    /// When it arrived, and when that was by the service's clock; `None` if it has no `Date`.
    pub fn heard(&self) -> Option<Heard> {
        Some(Heard { at: self.arrived, date: self.date()? })
    }

    /// The error for a refusal that came with a success status, as some services send it. Its words are masked like those
    /// of any other refusal.
    pub fn refused(&self, mut refusal: Refusal) -> Error {
        self.mask.clean(&mut refusal);
        refusal.into()
    }

    /// The error for a body that is JSON but not what was expected at `path`.
    pub fn unreadable(&self, path: &str, reason: &str) -> Error {
        Error::Unreadable {
            request: self.request.clone(),
            path: path.to_owned(),
            reason: reason.to_owned(),
            request_id: self.request_id.clone(),
            maybe_done: self.writes,
        }
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({} bytes)", self.request, self.status, self.body.len())
    }
}

/// Decodes a part of an answer that was taken out of its envelope.
///
/// # Errors
/// [`Error::Unreadable`], like [`Answer::json`]; `under` is prefixed to the path.
pub fn decode<T: DeserializeOwned>(answer: &Answer, under: &str, value: Value) -> Result<T, Error> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { under.to_owned() } else { format!("{under}.{path}") };
        answer.unreadable(&path, &reason(error.inner()))
    })
}

/// Serde's message without the value it found, which may be a secret.
fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    if error.is_eof() {
        return "the body ends too early".into();
    }
    if error.is_syntax() {
        return "it is not JSON".into();
    }
    if message.starts_with("missing field") {
        let end = message.find(" at line").unwrap_or(message.len());
        return message[..end].to_owned();
    }
    match message.rsplit_once("expected ") {
        Some((_, expected)) => {
            let end = expected.find(" at line").unwrap_or(expected.len());
            format!("expected {}", &expected[..end])
        }
        None => "it does not have the expected form".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[allow(dead_code)]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[allow(dead_code)]
        size: u32,
    }

    fn answer(body: &str) -> Answer {
        Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            arrived: Instant::now(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            request: "GET https://o.example/api".into(),
            request_id: Some("r1".into()),
            writes: false,
            mask: Arc::default(),
        }
    }

    #[test]
    fn unreadable_names_the_place_and_not_the_value() {
        let error = answer(r#"{"inner": [{"size": 1}, {"size": "expected hunter2"}]}"#).json::<Outer>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "GET https://o.example/api: cannot read the answer at `inner[1].size`: expected u32 (request id r1)"
        );
        let error = decode::<Outer>(&answer(""), "result", json!({"inner": [{"size": "hunter2"}]})).unwrap_err();
        assert!(error.to_string().contains("`result.inner[0].size`: expected u32"), "{error}");
    }

    #[test]
    fn bodies_that_are_no_json_are_not_quoted() {
        for (body, reason) in [("<html>", "not JSON"), ("", "ends too early"), (r#"{"inner": []} x"#, "not JSON")] {
            let error = answer(body).json::<Outer>().unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
        assert!(answer("{}").json::<Outer>().unwrap_err().to_string().contains("missing field `inner`"));
    }
}
