//! `terraform query` for apps: which ones to look for, and how Okta is asked.

use super::{
    api::{
        self, Status,
        apps::{App, Which},
    },
    errors,
};
use crate::framework::{diagnostic::Result, path::Path};

/// Which apps to look for.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// The kind of app, as Okta's catalogue names it.
    pub name: &'a str,
    /// What the label begins with, whatever the case.
    pub label_prefix: Option<&'a str>,
    /// `ACTIVE` or `INACTIVE`.
    pub status: Option<&'a str>,
    /// A group that has the app.
    pub assigned_group_id: Option<&'a str>,
}

impl Wanted<'_> {
    /// Okta takes one condition per request: the one that should leave the fewest.
    fn asked(&self) -> Which<'_> {
        match (self.label_prefix, self.assigned_group_id) {
            (_, Some(group)) => Which::AssignedTo(group),
            (Some(prefix), None) => Which::Labelled(prefix),
            (None, None) => Which::Named(self.name),
        }
    }

    fn fits(&self, app: &App) -> bool {
        let begins = |prefix: &str| app.label().to_lowercase().starts_with(&prefix.to_lowercase());
        let is = |status: &str| match app.status() {
            Status::Active => status == "ACTIVE",
            Status::Inactive => status == "INACTIVE",
            Status::Other => false,
        };
        app.name() == self.name && self.label_prefix.is_none_or(begins) && self.status.is_none_or(is)
    }
}

/// The apps that are wanted, page by page.
pub(super) struct Apps<'a> {
    wanted: &'a Wanted<'a>,
    pages: api::Pages<'a, App>,
}

impl<'a> Apps<'a> {
    pub(super) fn of(okta: &'a api::Client, wanted: &'a Wanted<'a>) -> Self {
        Self { wanted, pages: okta.apps(wanted.asked()) }
    }

    /// Those of the next page; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<impl Iterator<Item = App>>> {
        let page = self.pages.next().await;
        let page =
            page.map_err(|error| errors::diagnose_at("Cannot list the apps of the org", &error, &Path::root()))?;
        Ok(page.map(|page| page.into_iter().filter(|app| self.wanted.fits(app))))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::okta::api::Document;

    fn app(label: &str, status: &str) -> App {
        let document = json!({"id": "0oa1", "name": "oidc_client", "label": label, "status": status});
        Document::from_value(document).unwrap().into()
    }

    const ALL: Wanted<'_> = Wanted { name: "oidc_client", label_prefix: None, status: None, assigned_group_id: None };

    #[test]
    fn what_okta_is_not_asked_is_looked_at_here() {
        assert!(ALL.fits(&app("Access", "ACTIVE")));
        assert!(!Wanted { name: "scim2headerauth", ..ALL }.fits(&app("Access", "ACTIVE")));
        let wanted = Wanted { label_prefix: Some("acc"), status: Some("ACTIVE"), ..ALL };
        assert!(wanted.fits(&app("Access", "ACTIVE")));
        assert!(!wanted.fits(&app("Access", "INACTIVE")) && !wanted.fits(&app("No access", "ACTIVE")));
    }

    #[test]
    fn okta_is_asked_one_thing() {
        assert!(matches!(ALL.asked(), Which::Named("oidc_client")));
        assert!(matches!(Wanted { label_prefix: Some("a"), ..ALL }.asked(), Which::Labelled("a")));
        let both = Wanted { label_prefix: Some("a"), assigned_group_id: Some("00g"), ..ALL };
        assert!(matches!(both.asked(), Which::AssignedTo("00g")));
    }
}
