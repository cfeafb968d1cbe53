//! What happens to every request around the vendor's own handler: faults, budgets, the journal.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::clock::http_date;
use super::faults::{Answer, Fault};
use super::journal::Unread;
use super::newborn::Seen;
use super::rate_limit::Verdict;
use super::world::World;
use super::{Side, cloudflare, okta};

/// No vendor takes bodies near this size.
const LARGEST_BODY: usize = 16 << 20;

/// Closes the connection that a request came on, when cancelled. The server puts one into each request.
#[derive(Clone)]
pub struct Connection(pub CancellationToken);

/// What the journal keeps of a request.
struct Asked {
    method: Method,
    uri: Uri,
    route: Option<MatchedPath>,
    headers: HeaderMap,
    body: Bytes,
}

/// Answers one request of `side`.
pub async fn carry(State((world, side)): State<(Arc<World>, Side)>, request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<Connection>().cloned();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let asked = Asked {
        method: parts.method.clone(),
        uri: parts.uri.clone(),
        route: parts.extensions.get::<MatchedPath>().cloned(),
        headers: parts.headers.clone(),
        body: body.clone(),
    };
    let request = Request::from_parts(parts, Body::from(body));

    wait(world.options.latency).await;
    let verdict = world.limits.count(side, asked.uri.path(), &asked.headers, world.clock.now());
    let throttled = verdict.as_ref().is_some_and(|verdict| verdict.exceeded);
    let fault = if throttled { None } else { world.faults.strike(side, asked.method.as_str(), asked.uri.path()) };
    let response = match &fault {
        _ if throttled && side == Side::Okta => okta::too_many_requests(),
        _ if throttled => cloudflare::too_many_requests(),
        Some(fault) => spoiled(fault, request, next).await,
        None => next.run(request).await,
    };
    let response = as_seen(&world, side, &asked, fault.as_ref(), response).await;
    let (headers, status, body) = finished(&world, response, verdict.as_ref()).await;
    let closing = fault.as_ref().is_some_and(|fault| fault.close);
    world.journal.record(Unread {
        at: world.clock.now(),
        side,
        method: asked.method,
        uri: asked.uri,
        route: asked.route,
        request_headers: asked.headers,
        request_body: asked.body,
        status: (!closing).then_some(status),
        response_headers: headers.clone(),
        response_body: body.clone(),
        scripted: throttled || fault.as_ref().is_some_and(|fault| fault.answer.is_some() || fault.close),
    });
    if closing && let Some(Connection(connection)) = connection {
        connection.cancel();
        std::future::pending::<()>().await;
    }
    let body = match fault {
        Some(fault) if fault.truncate => half(&body),
        Some(fault) if fault.stall_ms > 0 => in_two(&body, Duration::from_millis(fault.stall_ms)),
        _ => Body::from(body),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Even a sleep of nothing lasts until the timer's next tick.
async fn wait(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

/// What a fault makes of a request.
async fn spoiled(fault: &Fault, request: Request, next: Next) -> Response {
    wait(Duration::from_millis(fault.delay_ms)).await;
    let harmless = fault.answer.is_none() && !fault.close;
    let carried_out = if fault.carried_out {
        let done = next.run(request).await;
        fault.hold().await;
        Some(done)
    } else {
        fault.hold().await;
        if harmless { Some(next.run(request).await) } else { None }
    };
    match (&fault.answer, carried_out) {
        (Some(answer), _) => scripted(answer),
        (None, Some(response)) => response,
        (None, None) => StatusCode::NO_CONTENT.into_response(),
    }
}

/// The answer as it is seen where what was made a moment ago is not known yet. Notes what is made.
async fn as_seen(world: &World, side: Side, asked: &Asked, fault: Option<&Fault>, response: Response) -> Response {
    let late = Duration::from_millis(fault.map_or(0, |fault| fault.late_ms));
    if asked.method != Method::POST && late.is_zero() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    world.newborns.note(&asked.method, parts.status, &body, world.clock.now());
    if asked.method != Method::GET || late.is_zero() {
        return Response::from_parts(parts, Body::from(body));
    }
    match world.newborns.seen(asked.uri.path(), &body, world.clock.now(), late) {
        Seen::Everything => Response::from_parts(parts, Body::from(body)),
        Seen::Part(body) => {
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(body))
        }
        Seen::NotYet(id) if side == Side::Okta => okta::not_found(&id),
        Seen::NotYet(_) => cloudflare::not_found(),
    }
}

fn scripted(answer: &Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match &answer.body {
        Value::Null => status.into_response(),
        Value::String(text) => (status, text.clone()).into_response(),
        body => (status, axum::Json(body)).into_response(),
    };
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The answer taken apart, with what every answer carries: the mock's date and the budget. Clients measure the time
/// to wait against the date, so it must come from the same clock.
async fn finished(world: &World, response: Response, verdict: Option<&Verdict>) -> (HeaderMap, StatusCode, Bytes) {
    let (parts, body) = response.into_parts();
    let mut headers = parts.headers;
    let mut budget = HeaderMap::new();
    if let Some(verdict) = verdict {
        verdict.announce(&mut budget);
    }
    // A scripted answer may carry figures of its own.
    for (name, value) in budget {
        if let Some(name) = name
            && !headers.contains_key(&name)
        {
            headers.insert(name, value);
        }
    }
    if !headers.contains_key(header::DATE)
        && let Ok(date) = HeaderValue::try_from(http_date(world.clock.now()))
    {
        headers.insert(header::DATE, date);
    }
    let body = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    (headers, parts.status, body)
}

/// A body that stops in the middle for a while.
fn in_two(body: &Bytes, pause: Duration) -> Body {
    let (first, rest) = (body.slice(..body.len() / 2), body.slice(body.len() / 2..));
    let rest = stream::once(async move {
        wait(pause).await;
        Ok::<_, std::io::Error>(rest)
    });
    Body::from_stream(stream::iter([Ok(first)]).chain(rest))
}

/// Half of a body, then an error, which makes the server close the connection.
fn half(body: &Bytes) -> Body {
    let first = body.slice(..body.len() / 2);
    let sent = stream::iter([Ok(first)]);
    // The server flushes what it has when the body makes it wait; an error at once would take the headers with it.
    let broken = stream::once(async {
        tokio::task::yield_now().await;
        Err(std::io::Error::other("truncated on request"))
    });
    Body::from_stream(sent.chain(broken))
}
