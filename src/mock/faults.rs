//! Scripted faults: which request goes wrong, how often, and in what way.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Side;

/// One fault, written in a test or posted as JSON to `/_mock/faults`.
///
/// Of the effects, `delay_ms` comes first, then `held`, then `answer`, then `close` or `truncate`. What is `carried_out`
/// is so before it is held.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Only requests to this side.
    pub side: Option<Side>,
    /// Only requests with this method.
    pub method: Option<String>,
    /// Only paths that match: `*` stands for any part of one segment, `**` for any number of segments.
    pub path: Option<String>,
    /// How many matching requests pass unharmed first.
    pub after: usize,
    /// How many requests are hit; without a number, all.
    pub times: Option<usize>,
    /// Milliseconds to wait before anything happens.
    pub delay_ms: u64,
    /// Hold the request until the faults are cleared; with `carried_out`, hold its answer.
    pub held: bool,
    /// The request is carried out before the fault spoils its answer: what the client is told and what happened
    /// differ.
    pub carried_out: bool,
    /// Answer with this instead.
    pub answer: Option<Answer>,
    /// Close the connection without an answer.
    pub close: bool,
    /// Send only the first half of the body, then close the connection.
    pub truncate: bool,
    /// Milliseconds to wait in the middle of the body.
    pub stall_ms: u64,
    /// For so many milliseconds after they were made, objects are not known yet: a request for one of them answers 404,
    /// and a list leaves them out. Reads only.
    pub late_ms: u64,
    #[serde(skip)]
    cleared: CancellationToken,
}

/// A scripted answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers by name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A JSON string is sent as text, `null` as nothing, anything else as JSON.
    #[serde(default)]
    pub body: Value,
}

impl Fault {
    /// A fault for one method and path pattern; add effects to it.
    pub fn on(method: &str, path: &str) -> Self {
        Self { method: Some(method.into()), path: Some(path.into()), ..Self::default() }
    }

    /// Answers with a status and body.
    pub fn answering(mut self, status: u16, body: impl Into<Value>) -> Self {
        self.answer = Some(Answer { status, headers: BTreeMap::new(), body: body.into() });
        self
    }

    /// Adds a header to the scripted answer.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Some(answer) = &mut self.answer {
            answer.headers.insert(name.into(), value.into());
        }
        self
    }

    /// Closes the connection without an answer.
    pub fn closing(mut self) -> Self {
        self.close = true;
        self
    }

    /// Sends half of the body and closes the connection.
    pub fn truncating(mut self) -> Self {
        self.truncate = true;
        self
    }

    /// Sends half of the body, waits, and sends the rest.
    pub fn stalling(mut self, by: Duration) -> Self {
        self.stall_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Knows objects only so long after they were made.
    pub fn late(mut self, by: Duration) -> Self {
        self.late_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Hits requests to this side only.
    pub fn at(mut self, side: Side) -> Self {
        self.side = Some(side);
        self
    }

    /// Waits first.
    pub fn delayed(mut self, by: Duration) -> Self {
        self.delay_ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Holds the request until the faults are cleared, or its answer if it is carried out.
    pub fn held(mut self) -> Self {
        self.held = true;
        self
    }

    /// Hits this many requests only.
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Lets this many requests pass first.
    pub fn after(mut self, passed: usize) -> Self {
        self.after = passed;
        self
    }

    /// The request is carried out, then its answer is lost or replaced.
    pub fn carried_out(mut self) -> Self {
        self.carried_out = true;
        self
    }

    /// Lasts until the faults are cleared, if requests are held; otherwise it is over at once.
    pub(super) async fn hold(&self) {
        if self.held {
            self.cleared.cancelled().await;
        }
    }

    fn matches(&self, side: Side, method: &str, path: &str) -> bool {
        self.side.is_none_or(|wanted| wanted == side)
            && self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_ref().is_none_or(|pattern| glob(pattern, path))
    }
}

/// The faults in force, in the order they were added. The first that matches and is not used up acts.
#[derive(Default)]
pub struct Faults {
    script: Mutex<Vec<(Fault, usize)>>,
    struck: Condvar,
}

impl Faults {
    /// Adds a fault after those in force.
    pub fn add(&self, fault: Fault) {
        self.lock().push((fault, 0));
    }

    /// Ends all faults, and lets go of the requests that they hold.
    pub fn clear(&self) {
        self.lock().drain(..).for_each(|(fault, _)| fault.cleared.cancel());
    }

    /// Blocks until a request has been hit by one of the faults in force. False if that takes longer than `at_most`.
    pub fn wait_for_strike(&self, at_most: Duration) -> bool {
        let waiting = |script: &mut Vec<(Fault, usize)>| !script.iter().any(|(fault, seen)| *seen > fault.after);
        let waited = self.struck.wait_timeout_while(self.lock(), at_most, waiting);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// The faults in force, each with the number of requests it has matched.
    pub fn all(&self) -> Vec<(Fault, usize)> {
        self.lock().clone()
    }

    /// The fault that hits this request, counted as one use.
    pub fn strike(&self, side: Side, method: &str, path: &str) -> Option<Fault> {
        for (fault, seen) in self.lock().iter_mut().filter(|(fault, _)| fault.matches(side, method, path)) {
            *seen += 1;
            let hits = seen.saturating_sub(fault.after);
            if hits > 0 && fault.times.is_none_or(|times| hits <= times) {
                self.struck.notify_all();
                return Some(fault.clone());
            }
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Fault, usize)>> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `path` matches `pattern`, in which `*` stands for any part of one segment and `**` for anything.
pub fn glob(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((literal, rest)) => {
            let Some(path) = path.strip_prefix(literal) else { return false };
            let (rest, across) = rest.strip_prefix('*').map_or((rest, false), |rest| (rest, true));
            let reach = if across { path.len() } else { path.find('/').unwrap_or(path.len()) };
            (0..=reach).filter(|&end| path.is_char_boundary(end)).any(|end| glob(rest, &path[end..]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_stays_in_its_segment_and_two_cross_it() {
        assert!(glob("/api/v1/apps/*", "/api/v1/apps/0oa1"));
        assert!(!glob("/api/v1/apps/*", "/api/v1/apps/0oa1/users"));
        assert!(glob("/api/v1/apps/**", "/api/v1/apps/0oa1/users"));
        assert!(glob("**/scim/v2/Users", "/populations/x/scim/v2/Users"));
        assert!(glob("/a/*/c", "/a/b/c") && !glob("/a/*/c", "/a/b/d"));
        assert!(glob("/a", "/a") && !glob("/a", "/ab"));
    }

    #[test]
    fn a_fault_skips_then_hits_then_is_used_up() {
        let faults = Faults::default();
        faults.add(Fault::on("GET", "/a").answering(500, "x").after(1).times(2));
        let hits: Vec<bool> = (0..5).map(|_| faults.strike(Side::Okta, "GET", "/a").is_some()).collect();
        assert_eq!(hits, [false, true, true, false, false]);
        assert!(faults.strike(Side::Okta, "POST", "/a").is_none());
    }

    #[tokio::test]
    async fn what_is_held_goes_on_when_the_faults_are_cleared() {
        let faults = std::sync::Arc::new(Faults::default());
        assert!(!faults.wait_for_strike(Duration::ZERO));
        faults.add(Fault::on("POST", "/a").held());
        let waiting = std::thread::spawn({
            let faults = faults.clone();
            move || faults.wait_for_strike(Duration::from_secs(60))
        });
        let held = faults.strike(Side::Okta, "POST", "/a").unwrap();
        assert!(waiting.join().unwrap());
        tokio::select! {
            biased;
            () = held.hold() => panic!("it was let go"),
            () = tokio::task::yield_now() => {}
        }
        faults.clear();
        held.hold().await;
        Fault::on("POST", "/a").hold().await;
    }

    #[test]
    fn a_used_up_fault_gives_way_to_the_next() {
        let faults = Faults::default();
        faults.add(Fault::on("GET", "/a").answering(500, "x").times(1));
        faults.add(Fault::on("GET", "/a").answering(429, "x").times(1));
        let answers: Vec<u16> = std::iter::from_fn(|| faults.strike(Side::Okta, "GET", "/a"))
            .filter_map(|f| f.answer)
            .map(|a| a.status)
            .collect();
        assert_eq!(answers, [500, 429]);
    }
}
