//! What is to be reached.

use crate::life::{Kind, Party, Step, Subject, Terraform};
use crate::machine::Machine;
use crate::samples::{Samples, figure};
use crate::signature::Signature;
use crate::start::Start;
use crate::throughput::Throughput;

/// Everything that was found.
pub(crate) struct Findings {
    pub(crate) machine: Machine,
    pub(crate) start: Start,
    pub(crate) signature: Signature,
    pub(crate) throughput: Throughput,
    pub(crate) terraform: Terraform,
}

/// One line of the table.
pub(crate) struct Row {
    pub(crate) what: String,
    /// What is to be reached; `None` where it is shown for information.
    pub(crate) target: Option<Target>,
    pub(crate) measured: f64,
    pub(crate) unit: &'static str,
    /// What it was made from.
    pub(crate) from: String,
}

/// A limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    pub(crate) fn shown(self, unit: &str) -> String {
        match self {
            Self::AtMost(limit) => format!("≤ {limit}{unit}"),
            Self::AtLeast(limit) => format!("≥ {limit}{unit}"),
        }
    }
}

impl Row {
    /// A figure that is not there is missed as well.
    pub(crate) fn is_missed(&self) -> bool {
        match self.target {
            None => false,
            Some(Target::AtMost(limit)) => self.measured.is_nan() || self.measured > limit,
            Some(Target::AtLeast(limit)) => self.measured.is_nan() || self.measured < limit,
        }
    }

    pub(crate) fn shown(&self) -> String {
        let digits =
            if self.unit.contains("request") { format!("{:.0}", self.measured) } else { figure(self.measured) };
        format!("{digits}{}", self.unit)
    }
}

/// What [`crate::idle`] is called.
const IDLE: &str = "a provider that does nothing";

const REQUESTS: &str = " requests";

/// The table. Where the run was a quick one, only what was done is in it.
pub(crate) fn rows(found: &Findings) -> Vec<Row> {
    let Findings { start, signature, throughput, terraform, .. } = found;
    let mut rows = vec![
        ratio("spawn → handshake line, TLS on, vs spawn → exit of /bin/true", 4.0, &start.handshake, &start.floor),
        Row { target: None, ..ratio("spawn → first schema answer, vs the same", 4.0, &start.schema, &start.floor) },
        check_of_signature(signature),
        memory("peak memory after the schema answer", &start.memory, None),
        plain("stripped release binary", start.size, " MB", Some(Target::AtMost(10.0))),
    ];
    let idps = |n| Subject { kind: Kind::IdentityProviders, n };
    for (subject, peaks) in &terraform.memory {
        let target = (*subject == idps(1000)).then_some(Target::AtMost(16.0));
        if subject.n >= 1000 {
            rows.push(memory(&format!("peak memory, no-op plan, {}", named(*subject)), peaks, target));
        }
    }
    for (n, step, limit) in [(1, Step::Plan, 2.2), (1000, Step::NoOp, 1.3), (1000, Step::Apply, 1.3)] {
        let time = |party| terraform.time(Kind::IdentityProviders, n, step, party);
        let what = |other: &str| format!("{}, n = {n}, vs {other}", step.name());
        let (Some(ours), Some(floor)) = (time(Party::Ours(0)), time(Party::Floor)) else { continue };
        let data = ratio(&what("terraform_data"), limit, ours, floor);
        let Some(idle) = time(Party::Idle) else {
            rows.push(data);
            continue;
        };
        let least = ratio(&format!("{}, n = {n}, {IDLE} vs terraform_data", step.name()), limit, idle, floor);
        // What Terraform itself takes for a thousand objects of this schema is no merit and no fault of a provider.
        let against_idle = n > 1;
        rows.push(Row { target: data.target.filter(|_| !against_idle), ..data });
        rows.push(Row { target: None, ..least });
        if against_idle {
            rows.push(ratio(&what(IDLE), limit, ours, idle));
        }
    }
    let no_op = |latency| terraform.time(Kind::IdentityProviders, 1000, Step::NoOp, Party::Ours(latency));
    if let (Some(slow), Some(fast)) = (no_op(30), no_op(0)) {
        rows.push(ratio("no-op plan, n = 1000, 30 ms per request, vs 0 ms", 1.3, slow, fast));
    }
    for (subject, step) in terraform.requests.keys() {
        let limit = match (subject.kind, step) {
            (Kind::IdentityProviders | Kind::WithScim, Step::NoOp) => ("cloudflare", at_cloudflare(subject.n)),
            (Kind::Apps, Step::NoOp) => ("okta", at_okta(subject.n)),
            _ => continue,
        };
        rows.push(requests(terraform, *subject, *step, limit));
    }
    for (subject, step) in terraform.requests.keys().filter(|(_, step)| *step == Step::Secrets) {
        let all = terraform.requests[&(*subject, *step)].len();
        let without = terraform.requests.get(&(*subject, Step::NoOp)).map_or(0, Vec::len);
        let what = format!("secret probes in a no-op plan with secret_checks = always, {}", named(*subject));
        let refused =
            terraform.requests[&(*subject, *step)].iter().filter(|request| request.status == Some(429)).count();
        let mut row = plain(&what, all.saturating_sub(without) as f64, REQUESTS, None);
        row.from = format!("{all} requests in all, {refused} of them too many");
        rows.push(row);
    }
    rows.push(Row {
        what: "GET of one identity provider of 1,000 from the mock, vs an empty axum handler".to_owned(),
        target: Some(Target::AtLeast(0.4)),
        measured: throughput.mock.ratio(&throughput.floor),
        unit: "×",
        from: format!("{} / {} per second", throughput.mock.shown(), throughput.floor.shown()),
    });
    rows
}

/// One list of up to 1,000 to a page, and two more.
pub(crate) fn at_cloudflare(n: usize) -> usize {
    n.div_ceil(1000) + 2
}

/// The lists of apps and of apps of the group, 200 to a page, and one app and its groups before it is known that there
/// are more.
pub(crate) fn at_okta(n: usize) -> usize {
    2 * n.div_ceil(200) + 2
}

pub(crate) fn named(subject: Subject) -> String {
    format!("{} {}", subject.n, subject.kind.name())
}

fn requests(terraform: &Terraform, subject: Subject, step: Step, (side, limit): (&str, usize)) -> Row {
    let count = terraform.count(subject, step, side).map_or(f64::NAN, |count| count as f64);
    let what = format!("requests to {side} in a {}, {}", step.name(), named(subject));
    plain(&what, count, REQUESTS, Some(Target::AtMost(limit as f64)))
}

/// Twice the hash lies between what was measured with the assembly of the curve, 0.8, and without, 3.
fn check_of_signature(found: &Signature) -> Row {
    let row = ratio("checking Terraform's signature (P-521) vs SHA-512 of 256 KiB", 2.0, &found.check, &found.hash);
    // Other processors have instructions for the hash, and other ratios.
    Row { target: row.target.filter(|_| cfg!(target_arch = "x86_64")), ..row }
}

fn plain(what: &str, measured: f64, unit: &'static str, target: Option<Target>) -> Row {
    Row { what: what.to_owned(), target, measured, unit, from: String::new() }
}

fn memory(what: &str, peaks: &Samples, target: Option<Target>) -> Row {
    let from = format!("{} MiB", peaks.shown());
    Row { what: what.to_owned(), target, measured: peaks.median(), unit: " MiB", from }
}

fn ratio(what: &str, limit: f64, ours: &Samples, floor: &Samples) -> Row {
    Row {
        what: what.to_owned(),
        target: Some(Target::AtMost(limit)),
        measured: ours.ratio(floor),
        unit: "×",
        from: format!("{} / {} ms", ours.shown(), floor.shown()),
    }
}
