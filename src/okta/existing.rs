//! Apps that were there before a create: the attribute `adopt_existing`.
//!
//! An apply that breaks off between Okta's answer and Terraform's state leaves an app that nobody remembers, and Okta
//! takes a second one of the same label without a word. So a create looks first. It cannot tell an app that was lost from
//! one that somebody made by hand, hence a person decides: take it over, or make another one.

use std::{fmt, sync::Arc};

use super::{
    api::{
        Client, Error, SharedAnswers,
        apps::{App, Which},
    },
    errors,
};
use crate::framework::{
    adoption::{self, Claim, Claims, UNLESS_FINISHED},
    call::Call,
    diagnostic::{Diagnostic, Result},
    model::Attr,
    path::Path,
};

/// The apps that may be taken over. Clones are the same.
#[derive(Clone, Default)]
pub struct Existing {
    /// The apps as they were when this process first asked, by kind: `oidc_client`, or a key of the catalogue. One list
    /// serves all creates of an apply.
    kinds: Arc<SharedAnswers<String, Arc<Vec<Known>>>>,
    /// What of them was taken over. What this process has made, [`Client::has_made`] knows.
    claims: Claims,
}

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

/// An app that is to be taken over, and that nobody else takes over or deletes meanwhile.
#[derive(Debug)]
pub struct Taken {
    /// The app as it is.
    pub app: App,
    claim: Claim,
}

/// The change of an app that is being taken over.
///
/// What its [call](Self::call) keeps is not saved: a tainted app would be deleted, and with it what somebody else had made.
#[derive(Debug)]
pub struct TakingOver {
    id: String,
    apart: Call,
    claim: Claim,
}

impl Taken {
    /// Begins to change it.
    pub fn begin(self, call: &Call) -> (App, TakingOver) {
        let (id, apart) = (self.app.id().to_owned(), call.apart());
        (self.app, TakingOver { id, apart, claim: self.claim })
    }
}

impl TakingOver {
    /// The call to change it with.
    pub fn call(&self) -> &Call {
        &self.apart
    }

    /// Ends it, and tells that the app was taken over since it `is` the same.
    ///
    /// # Errors
    /// Those of the `outcome`. The app is nobody's again then.
    pub fn end<T>(self, call: &Call, outcome: Result<T>, is: &str) -> Result<T> {
        let Self { id, apart, claim } = self;
        call.join(apart);
        let taken = outcome.map_err(|problems| {
            problems.and(format!(
                "The app {id} was there before, and this resource does not have it. Part of the configuration may have \
                 been written to it. Apply again to take it over."
            ))
        })?;
        claim.keep(call);
        call.warn(Diagnostic::warning(
            "An existing Okta app was taken over",
            format!("{id} {is}. From now on Terraform manages it, and destroying deletes it. {UNLESS_FINISHED}"),
        ));
        Ok(taken)
    }
}

impl Existing {
    /// The app that is to be taken over; `None` if one is to be made. `is_it` judges apps of the same kind and label. What
    /// this process has made, taken over or given up for deletion is none of them.
    ///
    /// # Errors
    /// There is such an app and nobody says what is to become of it, there are several to take over, or Okta cannot be
    /// asked. Nothing has been made then.
    pub async fn decide(
        &self,
        okta: &Client,
        wanted: Wanted<'_>,
        is_it: impl Fn(&App) -> bool,
    ) -> Result<Option<Taken>> {
        if *wanted.adopt == Attr::Known(false) {
            return Ok(None);
        }
        let at = Path::root().attribute("label");
        // An app that is just being made is known as ours once its id is there.
        let failed = |error: Error| {
            let tried = format!("Cannot look whether the Okta app {:?} exists already", wanted.label);
            errors::diagnose_at(&tried, &error, &at)
        };
        let _alone = okta.alone_with_label(wanted.kind, wanted.label).await.map_err(failed)?;
        let alike = self.alike(okta, wanted, is_it).await.map_err(failed)?;
        match (alike.as_slice(), wanted.adopt.is_true()) {
            ([], _) => Ok(None),
            // One whose deletion has begun meanwhile is not there any more.
            ([app], true) => Ok(self.claims.take(app.id()).map(|claim| Taken { app: app.clone(), claim })),
            (several, true) => Err(which(wanted, several).into()),
            (found, false) => Err(stop(wanted, found).at(at).into()),
        }
    }

    /// Gives an app up for deletion. False, with a warning, if another instance of a resource has taken it over: then it is
    /// not to be deleted. While one is taking it over this waits for the outcome.
    ///
    /// # Errors
    /// The time was over before, or Terraform stopped us.
    pub async fn give_up(&self, call: &Call, okta: &Client, id: &str) -> Result<bool, Error> {
        let work = format!("the deletion of the app {id}");
        let given_up = okta.wait_for(self.claims.give_up(call, id), adoption::OUTCOME, &work).await?;
        if !given_up {
            let remedy = "For a replacement that makes another app, set adopt_existing = false.";
            call.warn(adoption::left_alone(&format!("The Okta app {id}")).and(remedy));
        }
        Ok(given_up)
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
        alike.retain(|app| !okta.has_made(app.id()) && self.claims.is_free(app.id()));
        Ok(alike)
    }

    async fn known(&self, okta: &Client, kind: &str) -> Result<Arc<Vec<Known>>, Error> {
        let list = async {
            let mut listed = Vec::new();
            let mut pages = okta.apps(Which::Named(kind));
            while let Some(page) = pages.next().await? {
                let of_kind = page.into_iter().filter(|app| app.name() == kind);
                listed.extend(of_kind.map(|app| Known { id: app.id().to_owned(), label: app.label().to_owned() }));
            }
            Ok(Arc::new(listed))
        };
        okta.until_the_end("the list of apps", self.kinds.get(kind.to_owned(), list)).await?
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
    let described: Vec<String> = found.iter().map(describe).collect();
    let ids = found.iter().map(|app| adoption::Found { id: app.id().to_owned(), import: app.id().to_owned() });
    let another = "For another app of the same label beside it, set adopt_existing = false.";
    Diagnostic::error(
        format!("The Okta app {label:?} exists already"),
        format!(
            "Okta has {} of that label{and}, which this resource does not have: {}.",
            if found.len() == 1 { "an app" } else { "apps" },
            described.join(", "),
        ),
    )
    .and(adoption::choices(resource, &ids.collect::<Vec<_>>(), another))
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
            adoption::import_block(resource, "0oa…"),
        ),
    )
    .at(Path::root().attribute("adopt_existing"))
}

/// `0oa… (ACTIVE, made 2026-…)`.
fn describe(app: &App) -> String {
    let said = |field: &str| app.document.str(field).unwrap_or("unknown").to_owned();
    format!("{} ({}, made {})", app.id(), said("status"), said("created"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::okta::api::{Caller, Credentials};
    use std::time::Instant;
    use url::Url;

    #[tokio::test]
    async fn a_deletion_that_cannot_wait_for_a_takeover_any_longer_fails_and_gives_up_nothing() {
        let (call, existing) = (Call::default(), Existing::default());
        let url = Url::parse("https://acme.okta.example").unwrap();
        let okta = Client::new(url, Credentials::default(), Default::default());
        let claim = existing.claims.take("0oa1").expect("nobody has it");
        let late = okta.with_caller(Caller { deadline: Some(Instant::now()), ..Caller::default() });
        let error = existing.give_up(&call, &late, "0oa1").await.unwrap_err().to_string();
        assert!(error.contains(adoption::OUTCOME), "{error}");
        let stopped = Caller::default();
        stopped.stop.cancel();
        assert!(existing.give_up(&call, &okta.with_caller(stopped), "0oa1").await.unwrap_err().is_stopped());
        drop(claim);
        assert!(existing.claims.is_free("0oa1"));
    }

    #[tokio::test]
    async fn another_creation_of_the_same_kind_and_label_is_waited_for_as_long_as_there_is_time() {
        let url = Url::parse("https://acme.okta.example").unwrap();
        let okta = Client::new(url, Credentials::default(), Default::default());
        let _alone = okta.alone_with_label("oidc_client", "Access").await.unwrap();
        let late = okta.with_caller(Caller { deadline: Some(Instant::now()), ..Caller::default() });
        let wanted = Wanted {
            resource: "okta_oidc_app",
            kind: "oidc_client",
            label: "Access",
            and: "",
            adopt: &Attr::Known(true),
        };
        let problems = Existing::default().decide(&late, wanted, |_| true).await.unwrap_err();
        assert!(problems.iter().all(|told| told.detail.contains("another creation of the same name")), "{problems:?}");
        assert!(late.alone_with_label("scim2testapp", "Access").await.is_ok(), "another kind is another app");
    }

    #[test]
    fn a_failure_taints_nothing_and_frees_the_app() {
        let (call, claims) = (Call::default(), Claims::default());
        let taking =
            TakingOver { id: "0oa1".into(), apart: call.apart(), claim: claims.take("0oa1").expect("nobody has it") };
        taking.call().warn(Diagnostic::warning("told", ""));
        let failed = Err::<(), _>(Diagnostic::error("no", "It was refused.").into());
        let problems = taking.end(&call, failed, "is the same").unwrap_err();
        assert!(problems.iter().all(|problem| problem.detail.contains("Apply again")), "{problems:?}");
        assert!(claims.is_free("0oa1"));
    }
}
