//! The figures as tables for people and as JSON for programs.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use serde_json::{Value, json};

use crate::folder;
use crate::life::{Kind, Party, Step, Subject};
use crate::targets::{Findings, Row, named};

/// Writes `target/bench/*.json`.
pub(crate) fn write(found: &Findings, rows: &[Row]) {
    let targets: Value = rows
        .iter()
        .map(|row| {
            json!({"what": row.what, "target": row.target.map(|target| target.shown(row.unit)), "from": row.from,
                "measured": row.measured, "unit": row.unit.trim(), "missed": row.is_missed()})
        })
        .collect();
    let files = [
        ("targets", targets),
        ("start", found.start.json()),
        ("signature", found.signature.json()),
        ("throughput", found.throughput.json()),
        ("terraform", found.terraform.times_json()),
        ("requests", found.terraform.requests_json()),
        ("memory", found.terraform.memory_json()),
    ];
    fs::create_dir_all(folder()).unwrap();
    for (name, figures) in files {
        let file = json!({"machine": found.machine.json(), "figures": figures});
        let text = serde_json::to_string_pretty(&file).unwrap();
        fs::write(folder().join(format!("{name}.json")), text + "\n").unwrap();
    }
}

/// All tables, in Markdown.
pub(crate) fn tables(found: &Findings, rows: &[Row]) -> String {
    format!(
        "{}\n\nTimes, in milliseconds: median (least–most)\n\n{}\n\nRequests\n\n{}",
        targets(rows),
        times(found),
        requests(found)
    )
}

/// What was to be reached, and what was.
pub(crate) fn targets(rows: &[Row]) -> String {
    let mut text = "| what | target | measured | |\n| --- | ---: | ---: | --- |".to_owned();
    for row in rows {
        let target = row.target.map(|target| target.shown(row.unit)).unwrap_or_default();
        let missed = if row.is_missed() { " **missed**" } else { "" };
        write!(text, "\n| {} | {target} | {}{missed} | {} |", row.what, row.shown(), row.from).unwrap();
    }
    text
}

/// Every step of every subject.
pub(crate) fn times(found: &Findings) -> String {
    let mut text =
        "| n | step | terraform_data | a provider that does nothing | zt, 0 ms per request | zt, 30 ms per request |\n\
                    | --- | --- | ---: | ---: | ---: | ---: |"
            .to_owned();
    let done: BTreeSet<(Subject, Step)> =
        found.terraform.times.keys().map(|(subject, step, _)| (*subject, *step)).collect();
    for (subject, step) in done {
        let shown = |party| {
            let samples = found.terraform.time(subject.kind, subject.n, step, party);
            samples.map_or_else(|| "–".to_owned(), |samples| format!("{} ×{}", samples.shown(), samples.len()))
        };
        let [floor, idle, ours, slow] = [Party::Floor, Party::Idle, Party::Ours(0), Party::Ours(30)].map(shown);
        write!(text, "\n| {} | {} | {floor} | {idle} | {ours} | {slow} |", named(subject), step.name()).unwrap();
    }
    text
}

/// How many requests each step makes.
pub(crate) fn requests(found: &Findings) -> String {
    let mut text = "| n | step | Okta | Cloudflare |\n| --- | --- | ---: | ---: |".to_owned();
    for (subject, step) in found.terraform.requests.keys() {
        let count = |side| found.terraform.count(*subject, *step, side).unwrap_or(0);
        let (okta, cloudflare) = (count("okta"), count("cloudflare"));
        write!(text, "\n| {} | {} | {okta} | {cloudflare} |", named(*subject), step.name()).unwrap();
    }
    text
}

/// The points of the plot: n, and median milliseconds.
pub(crate) fn points(found: &Findings, step: Step, party: Party) -> Vec<(usize, f64)> {
    let of = |(subject, at, who): &(Subject, Step, Party)| {
        (subject.kind == Kind::IdentityProviders && *at == step && *who == party).then_some(subject.n)
    };
    let all = found.terraform.times.iter();
    all.filter_map(|(key, samples)| of(key).map(|n| (n, samples.median()))).collect()
}
