//! What all of it came to: one row per kind of case.

use std::collections::BTreeMap;
use std::fmt;

/// What became of one case.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What the case was, so that it can be run again.
    pub case: String,
    /// Objects that should be there and are not.
    pub lost: usize,
    /// Objects that are there and should not be.
    pub duplicated: usize,
    /// How many further applies it took until nothing was left to do.
    pub recovery: usize,
    /// What each of those that failed said.
    pub said: Vec<String>,
    /// What else is wrong; empty for a case that survived.
    pub complaint: String,
}

impl Outcome {
    /// Whether everything is as if nothing had happened.
    pub fn survived(&self) -> bool {
        self.lost == 0 && self.duplicated == 0 && self.complaint.is_empty()
    }

    /// Compares how many objects there are with how many there should be.
    pub fn count(&mut self, expected: &Counts, actual: &Counts) {
        let of = |counts: &Counts, name: &String| counts.get(name).copied().unwrap_or_default();
        let mut names: Vec<&String> = expected.keys().chain(actual.keys()).collect();
        names.sort();
        names.dedup();
        for name in names {
            let (expected, actual) = (of(expected, name), of(actual, name));
            self.lost += expected.saturating_sub(actual);
            self.duplicated += actual.saturating_sub(expected);
            if expected != actual {
                self.complain(&format!("{actual} {name} instead of {expected}"));
            }
        }
    }

    /// Adds to what is wrong.
    pub fn complain(&mut self, what: &str) {
        if !self.complaint.is_empty() {
            self.complaint.push_str("; ");
        }
        self.complaint.push_str(what);
    }
}

/// How many objects of each noun there are, on both sides.
pub type Counts = BTreeMap<String, usize>;

/// All cases of one kind.
pub struct Row {
    kind: String,
    outcomes: Vec<Outcome>,
}

/// The whole table.
#[derive(Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// A row, zero cases of which are a failure.
    pub fn add(&mut self, kind: &str, outcomes: Vec<Outcome>) {
        self.0.push(Row { kind: kind.to_owned(), outcomes });
    }

    /// Whether nothing was lost, nothing duplicated, everything survived, and no row is empty.
    pub fn is_good(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|row| !row.outcomes.is_empty() && row.survived() == row.outcomes.len())
    }
}

impl Row {
    fn survived(&self) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.survived()).count()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in self.0.iter().flat_map(|row| &row.outcomes).filter(|outcome| !outcome.survived()) {
            writeln!(f, "NOT SURVIVED: {}: {}\n", outcome.case, outcome.complaint)?;
        }
        for row in &self.0 {
            // What takes longer than the stop and the apply after it is worth a look.
            let slowest = row.outcomes.iter().max_by_key(|outcome| outcome.recovery);
            if let Some(slowest) = slowest.filter(|slowest| slowest.recovery > 2) {
                writeln!(f, "{} applies: {}", slowest.recovery, slowest.case)?;
                slowest.said.iter().try_for_each(|said| writeln!(f, "{said}"))?;
            }
        }
        writeln!(f, "| what happens | cases | survived | lost | duplicated | longest recovery (applies) |")?;
        writeln!(f, "| --- | ---: | ---: | ---: | ---: | ---: |")?;
        for row in &self.0 {
            let sum = |of: fn(&Outcome) -> usize| row.outcomes.iter().map(of).sum::<usize>();
            let (lost, duplicated) = (sum(|o| o.lost), sum(|o| o.duplicated));
            let longest = row.outcomes.iter().map(|outcome| outcome.recovery).max().unwrap_or_default();
            let (kind, cases) = (&row.kind, row.outcomes.len());
            writeln!(f, "| {kind} | {cases} | {} | {lost} | {duplicated} | {longest} |", row.survived())?;
        }
        Ok(())
    }
}
