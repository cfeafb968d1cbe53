//! Where an apply may be hit: before and after each of its API calls, as an undisturbed run made them.

use std::collections::BTreeMap;
use std::fmt;

use zt::mock::faults::glob;
use zt::mock::journal::Exchange;
use zt::mock::{Fault, Side};

/// What the provider calls itself. Okta's own calls to the SCIM endpoint are none of the provider's.
const PROVIDER: &str = "terraform-provider-zt/";

/// Whether the service has done what it was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// The request is held, and never carried out.
    Before,
    /// It was carried out, and its answer is held.
    After,
}

/// One request of an apply.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    side: String,
    method: String,
    path: String,
    /// How many of the same came before.
    after: usize,
    when: When,
}

impl Point {
    /// The fault that holds the request there. `let_go` says that it goes on when the faults are cleared.
    pub fn fault(&self, let_go: bool) -> Fault {
        let side = match self.side.as_str() {
            "Okta" => Side::Okta,
            "Team" => Side::Team,
            _ => Side::Cloudflare,
        };
        let fault = Fault::on(&self.method, &self.path).at(side).after(self.after).times(1).held();
        match (self.when, let_go) {
            (When::After, true) => fault.carried_out(),
            (When::After, false) => fault.carried_out().closing(),
            (When::Before, true) => fault,
            (When::Before, false) => fault.closing(),
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = if self.when == When::Before { "before" } else { "after" };
        write!(f, "{when} {} {} {} number {}", self.side, self.method, self.path, self.after + 1)
    }
}

/// The points of a run, in order.
pub fn of(journal: &[Exchange]) -> Vec<Point> {
    let mut seen: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    let mut points = Vec::new();
    for exchange in journal {
        let (side, method, path) = (format!("{:?}", exchange.side), exchange.method.clone(), pattern(exchange));
        assert!(glob(&path, &exchange.path), "{path} {}", exchange.path);
        let count = seen.entry((side.clone(), method.clone(), path.clone())).or_default();
        let after = *count;
        *count += 1;
        if exchange.request_header("user-agent").is_some_and(|agent| agent.starts_with(PROVIDER)) {
            let point = |when| Point { side: side.clone(), method: method.clone(), path: path.clone(), after, when };
            points.extend([point(When::Before), point(When::After)]);
        }
    }
    points
}

/// The path with a `*` for every id. A route may begin below the path's first segments.
fn pattern(exchange: &Exchange) -> String {
    let route: Vec<&str> = exchange.route.as_deref().unwrap_or_default().split('/').collect();
    let path: Vec<&str> = exchange.path.split('/').collect();
    let offset = path.len().saturating_sub(route.len());
    let segment = |(index, segment): (usize, &&str)| {
        let named = index.checked_sub(offset).and_then(|index| route.get(index));
        if named.is_some_and(|named| named.starts_with('{')) { "*".to_owned() } else { (*segment).to_owned() }
    };
    path.iter().enumerate().map(segment).collect::<Vec<_>>().join("/")
}
