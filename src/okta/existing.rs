//! Apps that were there before a create: the attribute `adopt_existing`.
//!
//! An apply that breaks off between Okta's answer and Terraform's state leaves an app that nobody remembers, and Okta
//! takes a second one of the same label without a word. So a create looks first. It cannot tell an app that was lost from
//! one that somebody made by hand, hence a person decides: take it over, or make another one.

use std::{collections::HashMap, fmt, sync::Arc};

use tokio::sync::Mutex;

use super::{
    api::{
        Client, Error,
        apps::{App, Which},
    },
    errors,
};
use crate::framework::{
    diagnostic::{Diagnostic, Result},
    model::Attr,
    path::Path,
};

/// The apps as this process found them before it made its first one, by kind: `oidc_client`, or a key of the catalogue.
/// What it makes itself is not among them, and one list serves all creates of an apply. Clones are the same.
#[derive(Clone, Default)]
pub struct Existing(Arc<Mutex<HashMap<String, Arc<Vec<Known>>>>>);

/// What is needed to find an app again.
struct Known {
    id: String,
    label: String,
}

/// What is about to be created.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The type of the resource.
    pub resource: &'static str,
    /// The kind of app, as Okta's catalogue names it.
    pub kind: &'a str,
    /// Its label.
    pub label: &'a str,
    /// What else makes it the same, in words: "and one of these redirect URIs", or nothing.
    pub and: &'static str,
    /// `adopt_existing`: take it over, make another one, or, if nobody says, stop.
    pub adopt: &'a Attr<bool>,
}

impl Existing {
    /// The app that is to be taken over; `None` if one is to be made. `is_it` judges apps of the same kind and label.
    ///
    /// # Errors
    /// There is such an app and nobody says what is to become of it, there are several to take over, or Okta cannot be
    /// asked. Nothing has been made then.
    pub async fn decide(&self, okta: &Client, wanted: Wanted<'_>, is_it: impl Fn(&App) -> bool) -> Result<Option<App>> {
        if *wanted.adopt == Attr::Known(false) {
            return Ok(None);
        }
        let at = Path::root().attribute("label");
        let alike = self.alike(okta, wanted, is_it).await.map_err(|error| {
            let tried = format!("Cannot look whether the Okta app {:?} exists already", wanted.label);
            errors::diagnose_at(&tried, &error, &at)
        })?;
        match (alike.as_slice(), wanted.adopt.is_true()) {
            ([], _) => Ok(None),
            ([_], true) => Ok(alike.into_iter().next()),
            (several, true) => Err(which(wanted, several).into()),
            (found, false) => Err(stop(wanted, found).at(at).into()),
        }
    }

    /// The apps of that kind and label that were there at first and are there still.
    async fn alike(&self, okta: &Client, wanted: Wanted<'_>, is_it: impl Fn(&App) -> bool) -> Result<Vec<App>, Error> {
        let known = self.known(okta, wanted.kind).await?;
        let mut alike = Vec::new();
        for known in known.iter().filter(|known| known.label == wanted.label) {
            // It may have been deleted by this very apply, or renamed.
            let found = okta.app(&known.id).await?.filter(|app| app.label() == wanted.label);
            alike.extend(found.filter(&is_it));
        }
        Ok(alike)
    }

    async fn known(&self, okta: &Client, kind: &str) -> Result<Arc<Vec<Known>>, Error> {
        // Held while the list is read: whoever comes meanwhile waits for it.
        let mut kinds = self.0.lock().await;
        if let Some(known) = kinds.get(kind) {
            return Ok(Arc::clone(known));
        }
        let mut listed = Vec::new();
        let mut pages = okta.apps(Which::Named(kind));
        while let Some(page) = pages.next().await? {
            let of_kind = page.into_iter().filter(|app| app.name() == kind);
            listed.extend(of_kind.map(|app| Known { id: app.id().to_owned(), label: app.label().to_owned() }));
        }
        let known = Arc::new(listed);
        kinds.insert(kind.to_owned(), Arc::clone(&known));
        Ok(known)
    }
}

impl fmt::Debug for Existing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Existing")
    }
}

/// Nobody says what is to become of it.
fn stop(wanted: Wanted<'_>, found: &[App]) -> Diagnostic {
    let Wanted { resource, label, and, .. } = wanted;
    let ids: Vec<String> = found.iter().map(describe).collect();
    let blocks: Vec<String> = found.iter().map(|app| import_block(resource, app.id())).collect();
    Diagnostic::error(
        format!("The Okta app {label:?} exists already"),
        format!(
            "Okta has {} of that label{and}, which Terraform's state does not have: {}. Perhaps an apply broke off before \
             Terraform heard of it, perhaps somebody else made it. Nothing was created.\n\nTo take it over, add this to \
             the configuration, with the address of this resource, and apply again:\n\n{}\n\nOr set adopt_existing = \
             true, which does the same. For another app of the same label, set adopt_existing = false.",
            if found.len() == 1 { "an app" } else { "apps" },
            ids.join(", "),
            blocks.join("\n\nor\n\n"),
        ),
    )
}

/// Several are alike, and one is to be taken over.
fn which(wanted: Wanted<'_>, found: &[App]) -> Diagnostic {
    let Wanted { resource, label, and, .. } = wanted;
    let ids: Vec<String> = found.iter().map(describe).collect();
    Diagnostic::error(
        format!("Several Okta apps are called {label:?}"),
        format!(
            "adopt_existing takes over the app of that label{and}, and there are several: {}. Import the right one, with \
             the address of this resource:\n\n{}",
            ids.join(", "),
            import_block(resource, "0oa…"),
        ),
    )
    .at(Path::root().attribute("adopt_existing"))
}

/// `0oa… (ACTIVE, made 2026-…)`.
fn describe(app: &App) -> String {
    let said = |field: &str| app.document.str(field).unwrap_or("unknown").to_owned();
    format!("{} ({}, made {})", app.id(), said("status"), said("created"))
}

/// The block that imports an object. The provider is not told the address of a resource, so its name is a placeholder;
/// Terraform names the address below the message.
pub fn import_block(resource: &str, id: &str) -> String {
    format!("    import {{\n      to = {resource}.NAME\n      id = \"{id}\"\n    }}")
}

/// What to add where taking over `id` failed half-way.
pub fn not_taken_over(id: &str) -> String {
    format!(
        "The app {id} was there before and is not in Terraform's state. Part of the configuration may have been written to \
         it. Apply again to take it over."
    )
}
