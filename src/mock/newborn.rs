//! Objects that were made a moment ago, and that not every machine of a service knows yet.
//!
//! Both vendors run on many machines. What one of them has just made, another may answer 404 for, or leave out of a list.
//! The mock knows everything at once, unless a fault says otherwise.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Method, StatusCode};
use serde_json::Value;
use time::OffsetDateTime;

/// When objects were made, by id.
#[derive(Default)]
pub struct Newborns(Mutex<HashMap<String, OffsetDateTime>>);

/// What is left of an answer.
#[derive(Debug, PartialEq)]
pub enum Seen {
    /// All of it.
    Everything,
    /// A list without the objects that are not known yet.
    Part(Bytes),
    /// Nothing: the object is not known yet. This is its id.
    NotYet(String),
}

impl Newborns {
    /// Notes what a request has made.
    pub fn note(&self, method: &Method, status: StatusCode, body: &Bytes, now: OffsetDateTime) {
        if *method != Method::POST || !status.is_success() {
            return;
        }
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return };
        let made = body.get("result").unwrap_or(&body);
        if let Some(id) = made.get("id").and_then(Value::as_str) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(id.to_owned()).or_insert(now);
        }
    }

    /// What of an answer to `path` is seen where objects become known as late as `late`.
    pub fn seen(&self, path: &str, body: &Bytes, now: OffsetDateTime, late: Duration) -> Seen {
        let made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = |id: &str| made.get(id).is_some_and(|at| now - *at < late);
        if let Some(id) = path.split('/').find(|segment| is_new(segment)) {
            return Seen::NotYet(id.to_owned());
        }
        let Ok(mut body) = serde_json::from_slice::<Value>(body) else { return Seen::Everything };
        let list = match &mut body {
            Value::Array(list) => Some(list),
            body => body.get_mut("result").and_then(Value::as_array_mut),
        };
        let Some(list) = list else { return Seen::Everything };
        let all = list.len();
        list.retain(|object| !object["id"].as_str().is_some_and(is_new));
        if list.len() == all { Seen::Everything } else { Seen::Part(body.to_string().into()) }
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_new_is_known_late() {
        let (newborns, now) = (Newborns::default(), OffsetDateTime::now_utc());
        let bytes = |body: Value| Bytes::from(body.to_string());
        newborns.note(&Method::POST, StatusCode::OK, &bytes(json!({"id": "0oa1"})), now);
        newborns.note(&Method::POST, StatusCode::CREATED, &bytes(json!({"result": {"id": "1d"}})), now);
        newborns.note(&Method::GET, StatusCode::OK, &bytes(json!({"id": "0oa2"})), now);
        newborns.note(&Method::POST, StatusCode::BAD_REQUEST, &bytes(json!({"id": "0oa3"})), now);
        let late = Duration::from_secs(1);
        let seen = |path: &str, body: Value, after: u64| {
            newborns.seen(path, &bytes(body), now + Duration::from_millis(after), late)
        };
        assert_eq!(seen("/api/v1/apps/0oa1/users", json!({}), 500), Seen::NotYet("0oa1".into()));
        assert_eq!(seen("/api/v1/apps/0oa1/users", json!({}), 1000), Seen::Everything);
        assert_eq!(seen("/api/v1/apps/0oa2", json!({}), 0), Seen::Everything);
        let apps = json!([{"id": "0oa1"}, {"id": "0oa2"}]);
        assert_eq!(seen("/api/v1/apps", apps.clone(), 0), Seen::Part(bytes(json!([{"id": "0oa2"}]))));
        assert_eq!(seen("/api/v1/apps", apps, 2000), Seen::Everything);
        let page = json!({"success": true, "result": [{"id": "1d"}]});
        assert_eq!(seen("/x", page, 0), Seen::Part(bytes(json!({"success": true, "result": []}))));
        newborns.clear();
        assert_eq!(seen("/api/v1/apps/0oa1", json!({}), 0), Seen::Everything);
    }
}
