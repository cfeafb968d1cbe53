//! What every answer of Cloudflare's is wrapped in: `success`, `errors`, `result`, `result_info`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::http::{Answer, Cause, Error, HeaderMap, Method, Refusal, StatusCode, Vendor};

/// Cloudflare's error list, and its ray id.
pub(super) struct Cloudflare;

impl Vendor for Cloudflare {
    fn request_id_header(&self) -> &'static str {
        "cf-ray"
    }

    fn read_refusal(&self, refusal: &mut Refusal, _: &HeaderMap, body: &[u8]) {
        match serde_json::from_slice::<Value>(body) {
            Ok(body) if body.get("errors").is_some_and(Value::is_array) => read_errors(refusal, &body),
            // The edge answers some 429 and 5xx with text or HTML.
            _ => {
                refusal.summary = format!(
                    "{}; the answer carries no error message of Cloudflare's API, so it may come from the edge or a proxy",
                    refusal.status.canonical_reason().unwrap_or("refused")
                );
            }
        }
    }

    /// Everything under one token, or user, counts together, and so does the block that follows
    /// (<https://developers.cloudflare.com/fundamentals/api/reference/limits/>).
    fn bucket(&self, _path: &str) -> String {
        String::new()
    }

    /// Cloudflare blocks for five minutes whoever has reached the limit
    /// (<https://developers.cloudflare.com/fundamentals/api/reference/limits/>). The edge may refuse without the headers that
    /// say so, and then the first back-off tells a moment's refusal from the block. Not verified against a live tenant.
    fn unexplained_pause(&self, in_a_row: u32) -> Option<Duration> {
        const BLOCK: Duration = Duration::from_secs(300);
        (in_a_row > 1).then_some(BLOCK)
    }

    fn is_transient(&self, method: &Method, refusal: &Refusal) -> bool {
        // 500 of the API and 520 to 527 of the edge; a deletion that did happen is gone the second time.
        (*method == Method::GET || *method == Method::DELETE) && refusal.status.is_server_error()
    }
}

/// Whether Cloudflare says that the thing does not exist. A 404 without its envelope comes from something
/// else, and 7000 and 7003 mean that there is no such route: neither says "gone".
pub fn is_gone(error: &Error) -> bool {
    error.is_not_found() && error.code().is_some_and(|code| code != "7000" && code != "7003")
}

/// Whether Cloudflare does not accept the credentials at all, as with a token that expired. It has several codes for that,
/// and 400 and 403 beside 401; 10000 is a token that is good, but not for this.
pub fn is_unauthenticated(error: &Error) -> bool {
    let by_code = matches!(error.code(), Some("1000" | "6003" | "6111" | "9103" | "9106" | "9109"));
    error.is_unauthorized() || by_code
}

/// Where a page stands in its list. Every field is missing in some answers.
#[derive(Default, Deserialize)]
pub(super) struct ResultInfo {
    per_page: Option<u64>,
    total_count: Option<u64>,
    total_pages: Option<u64>,
}

impl ResultInfo {
    /// Whether page number `page` with `size` members is the last, `seen` members being read by then.
    pub(super) fn is_last(&self, page: u64, size: u64, seen: u64, asked: u64) -> bool {
        match (self.total_pages, self.total_count) {
            (Some(pages), _) => page >= pages,
            (None, Some(count)) => seen >= count,
            // A service that ignores our page size says so in `per_page`.
            (None, None) => size < self.per_page.unwrap_or(asked).min(asked),
        }
    }
}

/// Takes `result` and `result_info` out of a successful answer.
pub(super) fn unwrap(answer: &Answer) -> Result<(Value, Option<ResultInfo>), Error> {
    let mut body: Value = answer.json()?;
    refuse(answer, &body)?;
    let info = body.get_mut("result_info").map(Value::take).and_then(|info| serde_json::from_value(info).ok());
    match body.get_mut("result").map(Value::take) {
        Some(result) => Ok((result, info)),
        None => Err(answer.unreadable("result", "missing")),
    }
}

/// Checks that an answer whose result does not matter is a success. It may be empty.
pub(super) fn check(answer: &Answer) -> Result<(), Error> {
    if answer.body.is_empty() {
        return Ok(());
    }
    refuse(answer, &answer.json()?)
}

fn refuse(answer: &Answer, body: &Value) -> Result<(), Error> {
    if body.get("success").and_then(Value::as_bool) != Some(false) {
        return Ok(());
    }
    let mut refusal = Refusal {
        request: answer.request.clone(),
        status: StatusCode::OK,
        code: None,
        summary: String::new(),
        causes: Vec::new(),
        request_id: answer.request_id.clone(),
        maybe_done: false,
    };
    read_errors(&mut refusal, body);
    Err(answer.refused(refusal))
}

/// The first error is the summary; all of them, and what their chains add, are causes.
fn read_errors(refusal: &mut Refusal, body: &Value) {
    for error in body.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let Some(message) = error.get("message").and_then(Value::as_str) else { continue };
        if refusal.code.is_none() {
            // Codes are numbers; some answers have them as strings.
            refusal.code = error.get("code").map(|code| code.as_str().map_or_else(|| code.to_string(), str::to_owned));
        }
        if refusal.summary.is_empty() {
            refusal.summary = message.to_owned();
        }
        refusal.causes.push(cause(error, message));
        let chain = error.get("error_chain").and_then(Value::as_array).into_iter().flatten();
        for link in chain {
            if let Some(message) = link.get("message").and_then(Value::as_str) {
                refusal.causes.push(cause(link, message));
            }
        }
    }
    if refusal.summary.is_empty() {
        refusal.summary = "the request failed and no reason was given".into();
    }
}

/// `source.pointer` names the field (RFC 6901); otherwise a message like
/// `access.api.error.invalid_request: config.okta_account is invalid` may.
fn cause(error: &Value, message: &str) -> Cause {
    let pointer = error.pointer("/source/pointer").and_then(Value::as_str).filter(|pointer| !pointer.is_empty());
    let named = || {
        message
            .split([' ', '\'', '"', '`', ',', ';'])
            .map(|word| word.trim_end_matches([':', '.']))
            .find(|word| word.starts_with("config.") || word.starts_with("scim_config."))
    };
    Cause { field: pointer.or_else(named).map(str::to_owned), summary: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Refusal {
        let mut refusal = Refusal {
            request: "GET https://api.example/x".into(),
            status: StatusCode::from_u16(status).unwrap(),
            code: None,
            summary: String::new(),
            causes: vec![],
            request_id: None,
            maybe_done: false,
        };
        Cloudflare.read_refusal(&mut refusal, &HeaderMap::new(), body.as_bytes());
        refusal
    }

    #[test]
    fn the_second_refusal_in_a_row_that_explains_nothing_is_the_block_of_five_minutes() {
        let pauses = [1, 2, 3].map(|in_a_row| Cloudflare.unexplained_pause(in_a_row));
        assert_eq!(pauses.map(|pause| pause.map(|pause| pause.as_secs())), [None, Some(300), Some(300)]);
    }

    #[test]
    fn errors_chains_and_pointers_are_read() {
        let refusal = read(
            400,
            r#"{"success":false,"result":null,"messages":[],"errors":[
                {"code":12130,"message":"access.api.error.invalid_request: config.okta_account is no URL",
                 "error_chain":[{"message":"deeper"}]},
                {"code":1,"message":"bad","source":{"pointer":"/scim_config/seat_deprovision"}}]}"#,
        );
        assert_eq!(refusal.code.as_deref(), Some("12130"));
        let error = Error::from(refusal);
        assert!(error.cause_for("okta_account").unwrap().summary.contains("no URL"));
        assert_eq!(error.cause_for("seat_deprovision").unwrap().summary, "bad");
        assert_eq!(error.to_string().matches("invalid_request").count(), 1);
        assert!(error.to_string().contains("deeper"));
    }

    #[test]
    fn pages_of_the_edge_are_not_quoted_and_do_not_mean_gone() {
        let refusal = read(404, "<html>hunter2</html>");
        assert!(!refusal.summary.contains("hunter2"));
        assert!(!is_gone(&refusal.into()));
        let with = |code| format!(r#"{{"success":false,"errors":[{{"code":{code},"message":"m"}}]}}"#);
        assert!(is_gone(&read(404, &with("12135")).into()));
        assert!(is_gone(&read(404, &with("\"12135\"")).into()));
        assert!(!is_gone(&read(404, &with("7003")).into()));
        assert!(!is_gone(&read(400, &with("12135")).into()));
    }

    #[test]
    fn credentials_that_are_not_accepted_have_several_statuses_and_codes() {
        let with = |code| format!(r#"{{"success":false,"errors":[{{"code":{code},"message":"m"}}]}}"#);
        for (status, code) in [(403, 9109), (403, 9103), (400, 6003), (400, 9106), (401, 1000), (400, 1000)] {
            assert!(is_unauthenticated(&read(status, &with(code)).into()), "{status} {code}");
        }
        assert!(is_unauthenticated(&read(401, "").into()));
        for (status, code) in [(403, 10000), (400, 12130), (404, 12135), (500, 10001)] {
            assert!(!is_unauthenticated(&read(status, &with(code)).into()), "{status} {code}");
        }
    }

    #[test]
    fn the_last_page_is_known_by_whatever_the_answer_offers() {
        let info = |per_page, total_count, total_pages| ResultInfo { per_page, total_count, total_pages };
        assert!(info(None, None, Some(2)).is_last(2, 10, 20, 10));
        assert!(!info(None, Some(99), Some(2)).is_last(1, 10, 10, 10));
        assert!(info(None, Some(12), None).is_last(2, 2, 12, 10));
        assert!(!info(None, Some(12), None).is_last(1, 10, 10, 10));
        assert!(info(None, None, None).is_last(1, 9, 9, 10));
        assert!(!info(Some(5), None, None).is_last(1, 5, 5, 10));
    }
}
