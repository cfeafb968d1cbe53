//! What the errors say, and what is read from them.

use super::*;

fn refusal() -> Error {
    Error::from(Refusal {
        request: "POST https://acme.example/api/v1/apps".into(),
        status: StatusCode::BAD_REQUEST,
        code: Some("E0000001".into()),
        summary: "Api validation failed".into(),
        causes: vec![
            Cause { field: Some("settings.oauthClient.redirect_uris".into()), summary: "must be https".into() },
            Cause { field: None, summary: "no field".into() },
        ],
        request_id: Some("req-1".into()),
        maybe_done: false,
    })
}

#[test]
fn a_cause_is_found_by_the_last_part_of_its_field() {
    let error = refusal();
    assert_eq!(error.cause_for("redirect_uris").map(|c| c.summary.as_str()), Some("must be https"));
    assert!(error.cause_for("settings.oauthClient.redirect_uris").is_some());
    assert!(error.cause_for("uris").is_none());
    assert!(error.cause_for("no field").is_none());
}

#[test]
fn a_refusal_says_what_was_tried_what_was_said_and_the_request_id() {
    assert_eq!(
        refusal().to_string(),
        "POST https://acme.example/api/v1/apps: 400 E0000001: Api validation failed; \
         settings.oauthClient.redirect_uris: must be https; no field (request id req-1)"
    );
}

#[test]
fn statuses_have_names() {
    let with = |status| Error::from(Refusal { status, ..refusal().refusal().unwrap().clone() });
    assert!(with(StatusCode::NOT_FOUND).is_not_found());
    assert!(with(StatusCode::FORBIDDEN).is_forbidden());
    assert!(with(StatusCode::CONFLICT).is_conflict());
    assert!(with(StatusCode::BAD_GATEWAY).is_no_answer() && !with(StatusCode::FORBIDDEN).is_no_answer());
}

#[test]
fn doubt_outlives_whatever_comes_after_it() {
    let lost = || Error::Unreachable { request: "PUT x".into(), reason: "it broke".into(), maybe_done: true };
    let not_sent = || Error::Unreachable { request: "PUT x".into(), reason: "refused".into(), maybe_done: false };
    let late = |before: Option<Error>| Error::OutOfTime {
        request: "PUT x".into(),
        what_for: "its turn".into(),
        wait: None,
        left: Duration::ZERO,
        before: before.map(Box::new),
    };
    let stopped = |before: Option<Error>| Error::Stopped { request: "PUT x".into(), before: before.map(Box::new) };
    let unusable = || Error::Unusable { what: "the key".into(), reason: "it is none".into() };
    for error in [not_sent(), stopped(None), stopped(Some(not_sent())), unusable(), late(None), late(Some(not_sent()))]
    {
        let after = |earlier| error.clone().after(earlier);
        assert!(after(Some(lost())).is_maybe_done(), "{error:?}");
        assert!(!after(Some(not_sent())).is_maybe_done() && !after(None).is_maybe_done(), "{error:?}");
    }
    for ended in [stopped(Some(not_sent())), late(Some(not_sent()))] {
        let said = ended.after(Some(lost())).to_string();
        assert!(said.contains("it broke") && !said.contains("refused"), "{said}");
    }
    for error in [lost(), stopped(Some(lost())), late(Some(lost()))] {
        assert!(!error.clone().without_doubt().is_maybe_done(), "{error:?}");
    }
    assert!(!refusal().after(Some(lost())).is_maybe_done(), "what is refused for what it says never was taken");
}

#[test]
fn whoever_is_ended_after_a_doubtful_answer_is_not_taken_for_answered() {
    let stopped = Error::Stopped { request: "DELETE x".into(), before: None };
    let late = Error::OutOfTime {
        request: "DELETE x".into(),
        what_for: "its turn".into(),
        wait: None,
        left: Duration::ZERO,
        before: None,
    };
    for status in [StatusCode::NOT_FOUND, StatusCode::UNAUTHORIZED] {
        let earlier = || Error::from(Refusal { status, maybe_done: true, ..refusal().refusal().unwrap().clone() });
        for ended in [stopped.clone(), late.clone()] {
            let error = ended.after(Some(earlier()));
            assert!(error.is_of_the_caller() && error.is_maybe_done(), "{error:?}");
            assert!(error.status().is_none() && error.code().is_none(), "{error:?}");
            assert_eq!(error.request_id(), Some("req-1"));
            assert!(error.to_string().ends_with(&format!(", after \"{}\"", earlier())), "{error}");
        }
    }
}
