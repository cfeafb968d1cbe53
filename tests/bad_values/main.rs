//! Bad values: for every attribute that a configuration may set, values that it must not have, and what is said of them.
//!
//! The tables are [`provider`], [`okta`], [`cloudflare`] and [`handshake`]. Each row is put into a configuration that is
//! fine otherwise, and handed to the real provider as Terraform hands it over to validate it. The provider was never told
//! where the vendors are, so nothing is refused by asking them. An attribute without a row fails
//! `every_attribute_has_a_row`, unless every value of its type is good and [`Table::free`] says why. What an `import` block
//! says in `identity` is no less a configuration, and the import refuses it.

#![allow(clippy::unwrap_used, reason = "an unwrap that fails here is a test that fails")]

mod attributes;
mod cloudflare;
mod functions;
mod handshake;
mod okta;
mod provider;
mod server;

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use attributes::{Kind, declared};
use server::{Complaint, complaints};

/// A value that an attribute must not have.
struct Bad {
    /// The attribute, as `push_groups[].source_group_id`.
    path: &'static str,
    value: Json,
    /// What else the configuration has to say for the value to be bad; replaces what the good one says.
    beside: Json,
    /// The head of the error; `None` for the usual `Invalid value of NAME`.
    summary: Option<&'static str>,
    /// A piece of the text: what is allowed, or what to do.
    says: &'static str,
    /// Where the error points, if not at the attribute.
    at: Option<&'static str>,
}

/// The rows of one kind.
struct Table {
    kind: Kind,
    /// A configuration that nothing is wrong with.
    good: Json,
    rows: Vec<Bad>,
    /// Attributes that may have every value of their type, and why.
    free: Vec<(&'static str, &'static str)>,
}

/// A value that the check of the attribute alone refuses.
fn bad(path: &'static str, value: impl Into<Json>, says: &'static str) -> Bad {
    Bad { path, value: value.into(), beside: json!({}), summary: None, says, at: None }
}

impl Bad {
    /// The error has this head.
    fn summary(self, summary: &'static str) -> Self {
        Self { summary: Some(summary), ..self }
    }

    /// It is bad only beside these.
    fn beside(self, beside: Json) -> Self {
        Self { beside, ..self }
    }

    /// The error points there.
    fn at(self, at: &'static str) -> Self {
        Self { at: Some(at), ..self }
    }

    fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(self.path).trim_end_matches("[]")
    }

    /// The path as Terraform sees it: into sets nobody can point.
    fn points_at(&self) -> String {
        let whole = self.at.unwrap_or(self.path);
        whole.split_once("[]").map_or(whole, |(set, _)| set).to_owned()
    }
}

/// A text longer than anything may be.
fn long() -> Json {
    "x".repeat(5000).into()
}

/// Rows for the attribute `timeouts`.
fn timeouts() -> Vec<Bad> {
    let paths = ["timeouts.create", "timeouts.read", "timeouts.update", "timeouts.delete"];
    let values = ["", "soon", "-5m", "0s", "5", "5 m"];
    paths.into_iter().flat_map(|path| values.map(|value| bad(path, value, "duration"))).collect()
}

fn tables() -> Vec<Table> {
    [provider::tables(), okta::tables(), cloudflare::tables(), handshake::tables()].into_iter().flatten().collect()
}

/// The configuration of a row.
fn configuration(good: &Json, row: &Bad) -> Json {
    let mut whole = good.clone();
    if let (Some(whole), Some(beside)) = (whole.as_object_mut(), row.beside.as_object()) {
        whole.extend(beside.clone());
    }
    put(&mut whole, row.path, row.value.clone());
    whole
}

/// Sets the value at a path; an element of a set is made where there is none.
fn put(whole: &mut Json, path: &str, value: Json) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let (name, element) = first.strip_suffix("[]").map_or((first, false), |name| (name, true));
    let mut slot = &mut whole[name];
    if element {
        if slot.as_array().is_none_or(Vec::is_empty) {
            *slot = json!([{}]);
        }
        slot = &mut slot[0];
    }
    match rest {
        None => *slot = value,
        Some(rest) => {
            if !slot.is_object() {
                *slot = json!({});
            }
            put(slot, rest, value);
        }
    }
}

#[test]
fn good_configurations_are_accepted() {
    for Table { kind, good, .. } in tables() {
        let said = complaints(kind, &good);
        assert!(said.is_empty(), "{kind:?}: {said:#?}");
    }
}

#[test]
fn every_bad_value_is_refused_at_its_attribute_with_what_is_allowed() {
    let mut wrong = Vec::new();
    for Table { kind, good, rows, .. } in tables() {
        for row in rows {
            let said = complaints(kind, &configuration(&good, &row));
            let summary = row.summary.map_or_else(|| format!("Invalid value of {}", row.name()), str::to_owned);
            let fits = |complaint: &Complaint| {
                complaint.error
                    && complaint.summary == summary
                    && complaint.path == row.points_at()
                    && complaint.detail.contains(row.says)
            };
            if !said.iter().any(fits) {
                wrong.push(format!("{kind:?} {} = {}\n    {said:?}", row.path, shortened(&row.value)));
            }
        }
    }
    assert!(wrong.is_empty(), "not refused as the table says:\n{}", wrong.join("\n"));
}

fn shortened(value: &Json) -> String {
    value.to_string().chars().take(60).collect()
}

#[test]
fn no_secret_is_repeated() {
    // Short ones are words that a message may hold anyway.
    for Table { kind, good, rows, .. } in tables() {
        for row in rows {
            let secret = declared(kind).into_iter().find(|attribute| attribute.path == row.path).unwrap().secret;
            let Some(text) = row.value.as_str().filter(|text| secret && text.len() > 8) else { continue };
            for complaint in complaints(kind, &configuration(&good, &row)) {
                let told = format!("{} {}", complaint.summary, complaint.detail);
                assert!(!told.contains(text) && !told.contains(text.trim()), "{kind:?} {}: {told}", row.path);
            }
        }
    }
}

#[test]
fn every_attribute_has_a_row() {
    let tables = tables();
    let mut missing = Vec::new();
    for kind in attributes::kinds() {
        let table = tables.iter().find(|table| table.kind == kind);
        let table = table.unwrap_or_else(|| panic!("there is no table for {kind:?}"));
        let rows: BTreeSet<&str> = table.rows.iter().map(|row| row.path).collect();
        let free: BTreeSet<&str> = table.free.iter().map(|(path, _)| *path).collect();
        let both: Vec<_> = rows.intersection(&free).collect();
        assert!(both.is_empty(), "{kind:?}: {both:?} may have every value, and yet there are bad ones");
        let declared: BTreeSet<String> = declared(kind)
            .into_iter()
            // A switch is on or off, and what holds attributes of its own is as good as they are.
            .filter(|attribute| !attribute.switch && !attribute.nested)
            .map(|attribute| attribute.path)
            .collect();
        let known = |path: &&String| rows.contains(path.as_str()) || free.contains(path.as_str());
        missing.extend(declared.iter().filter(|path| !known(path)).map(|path| format!("{kind:?}: {path}")));
        for path in &free {
            assert!(declared.contains(*path), "{kind:?}: {path} is no attribute that needs a reason");
        }
        assert!(table.free.iter().all(|(_, why)| why.len() > 15), "{kind:?}: say why");
    }
    assert!(missing.is_empty(), "give bad values, or say why there are none:\n{}", missing.join("\n"));
    assert_eq!(tables.len(), attributes::kinds().len());
}
