//! What the services do to an apply, drawn from a seed.

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};
use zt::mock::{Fault, Side};

/// How many requests an apply makes at most, about, of one of each resource: faults begin somewhere among them.
const REQUESTS: usize = 40;

/// One to five faults of an apply that is so many times as long.
pub fn storm(rng: &mut Rng, length: usize) -> Vec<Fault> {
    (0..rng.usize(1..=5)).map(|_| fault(rng, length)).collect()
}

/// What they are, for a message.
pub fn describe(faults: &[Fault]) -> String {
    let one = |fault: &Fault| {
        let mut fault = serde_json::to_value(fault).unwrap_or_default();
        let is_set = |value: &Value| !matches!(value, Value::Null | Value::Bool(false)) && *value != json!(0);
        if let Some(members) = fault.as_object_mut() {
            members.retain(|_, value| is_set(value));
        }
        if let Some(answer) = fault.get("answer") {
            let body = answer["body"].to_string();
            fault["answer"] = format!("{} {}", answer["status"], &body[..body.len().min(30)]).into();
        }
        fault.to_string()
    };
    faults.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn fault(rng: &mut Rng, length: usize) -> Fault {
    let side = if rng.bool() { Side::Okta } else { Side::Cloudflare };
    let any = Fault::default().at(side).after(rng.usize(..REQUESTS * length));
    let few = rng.usize(1..=3);
    match rng.u8(..10) {
        // A storm, which outlasts the provider's patience or does not.
        0 | 1 => {
            let busy = any.times(rng.usize(1..=12));
            match side {
                Side::Okta => {
                    busy.answering(429, okta("E0000047", "API call exceeded rate limit due to too many requests."))
                }
                _ => busy.answering(429, cloudflare(971, "Please wait and consider throttling your request speed")),
            }
            .with_header("retry-after", "0")
        }
        2 => {
            let (status, code) = *rng.choice(&[(500, "E0000009"), (503, "E0000010"), (502, "")]).unwrap_or(&(500, ""));
            let body = match (code, side) {
                ("", _) => Value::from("<html>Bad Gateway</html>"),
                (code, Side::Okta) => okta(code, "Internal Server Error"),
                _ => cloudflare(10001, "internal server error"),
            };
            let broken = any.times(few).answering(status, body);
            if rng.bool() { broken.carried_out() } else { broken }
        }
        3 => any.times(few).closing(),
        4 => any.times(1).closing().carried_out(),
        5 => any.times(few).truncating(),
        6 => any.times(few).stalling(Duration::from_millis(rng.u64(1..300))),
        // The client gives up first.
        7 => any.times(1).stalling(Duration::from_millis(2500)),
        // A page of a proxy, or JSON that is none of the service's. The request was carried out: a service that says 200
        // and does nothing cannot be told from one that does.
        8 => {
            let body = if rng.bool() { Value::from("<html>Welcome</html>") } else { json!({"unexpected": [true]}) };
            any.times(1).answering(200, body).carried_out()
        }
        _ => any.after(0).late(Duration::from_millis(rng.u64(10..400))),
    }
}

fn okta(code: &str, summary: &str) -> Value {
    json!({"errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oaeChaos", "errorCauses": []})
}

fn cloudflare(code: u32, message: &str) -> Value {
    json!({"success": false, "errors": [{"code": code, "message": message}], "messages": [], "result": null})
}
