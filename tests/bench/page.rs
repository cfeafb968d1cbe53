//! Table and plot in the documentation.

use std::fs;
use std::path::Path;

use crate::life::{Party, Step};
use crate::plot::{self, Line};
use crate::report;
use crate::service::Request;
use crate::targets::{Findings, Row};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/performance.md");
const PLOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/performance.svg");
const BEGIN: &str = "<!-- measured -->\n";
const END: &str = "<!-- end of what was measured -->";

/// Writes both.
pub(crate) fn write(found: &Findings, rows: &[Row]) {
    let text = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap_or_else(|| panic!("{PAGE} has no {BEGIN}"));
    let (_, after) = rest.split_once(END).unwrap_or_else(|| panic!("{PAGE} has no {END}"));
    let measured = format!(
        "![Time of plan, apply and destroy against the number of login methods](performance.svg)\n\n\
         Measured on {}.\n\n{}\n\n### Time\n\nMilliseconds, median (least–most) × how often it was measured.\n\n{}\n\n\
         ### Requests\n\n{}\n",
        found.machine,
        report::targets(rows),
        report::times(found),
        report::requests(found)
    );
    fs::write(PAGE, format!("{before}{BEGIN}\n{measured}\n{END}{after}")).unwrap();
    fs::write(Path::new(PLOT), plot::svg("terraform with n identity providers", &lines(found))).unwrap();
}

fn lines(found: &Findings) -> Vec<Line> {
    let mut lines = Vec::new();
    for (step, colour) in [(Step::NoOp, "#0b6e99"), (Step::Apply, "#c4501b"), (Step::Destroy, "#6b4fa0")] {
        for (party, name) in [(Party::Ours(0), "zt"), (Party::Idle, "idle provider"), (Party::Floor, "terraform_data")]
        {
            let points = report::points(found, step, party);
            let (name, dashed) = (format!("{}, {name}", step.name()), party != Party::Ours(0));
            lines.push(Line { name, colour, dashed, points });
        }
    }
    let points = report::points(found, Step::NoOp, Party::Ours(30));
    lines.push(Line { name: "no-op plan, zt, 30 ms".to_owned(), colour: "#2e8b57", dashed: false, points });
    lines
}

/// A request as a line of a table: its method and route.
pub(crate) fn route(request: &Request) -> String {
    let Request { method, route, query, .. } = request;
    let is_list = query.contains("per_page=") || query.contains("limit=");
    format!("{method} {}{}", route.as_deref().unwrap_or("(none)"), if is_list { " (list)" } else { "" })
}
