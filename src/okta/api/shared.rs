//! What the reads of one plan share, until something is written.
//!
//! That the list of apps shows all that is read of one of them is not verified against a live tenant. So it only ever
//! spares a request where it agrees with what the reader knows already: whatever looks like a change, or like a loss, is
//! read from the app itself.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use super::apps::{self, App, Which};
use super::organization::Organization;
use super::secrets::ClientSecret;
use super::{Client, Error};
use crate::http::{self, Answer, Document, Page, Request, SharedAnswers, SharedLists, Shown, paging};

/// Answers of this process, none of them older than its last write.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The apps of a kind, as Okta's catalogue names it.
    apps: SharedLists<String, Known, Url>,
    /// The apps that a group has.
    apps_of_groups: SharedLists<String, (), Url>,
    /// The client secrets of apps; `None` if the app is gone.
    pub(super) client_secrets: SharedAnswers<String, Option<Vec<ClientSecret>>>,
    pub(super) organization: SharedAnswers<(), Organization>,
}

impl http::Shared for Shared {
    fn forget(&self) {
        self.apps.forget();
        self.apps_of_groups.forget();
        self.client_secrets.forget();
        self.organization.forget();
    }
}

/// An app as it was read.
#[derive(Clone)]
enum Known {
    /// Alone.
    Alone(Arc<App>),
    /// In a list. A thousand of them take less memory as text.
    Listed(Bytes),
}

/// An app may have anything in its settings.
impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alone(_) => "Alone",
            Self::Listed(_) => "Listed",
        })
    }
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        self.app().zip(other.app()).is_some_and(|(this, that)| this.document == that.document)
    }
}

impl Known {
    fn app(&self) -> Option<App> {
        match self {
            Self::Alone(app) => Some((**app).clone()),
            Self::Listed(text) => Document::from_value(serde_json::from_slice(text).ok()?).map(App::from),
        }
    }
}

#[derive(Deserialize)]
struct WithId {
    id: String,
}

impl Client {
    /// "Retrieve an application", for a reader that only looks: from the list of all of its kind, where others are read as
    /// well and `agrees` says that it shows nothing new, else from the app itself. It is never older than the last write of
    /// this process. `None` when it is gone.
    ///
    /// # Errors
    /// Those of reading the app itself.
    pub async fn look_at_app(
        &self,
        kind: &str,
        id: &str,
        agrees: impl Fn(&App) -> bool + Send,
    ) -> Result<Option<App>, Error> {
        let list = self.shared.apps.current(kind.to_owned());
        let find = list.find(id, |at| self.page_of_apps(Which::Named(kind), at, Known::Listed));
        let alone = match self.http.until_the_end("the list of apps", find).await? {
            Shown::Known(Known::Alone(app)) => return Ok(Some((*app).clone())),
            Shown::Known(listed) => match listed.app().filter(|app| !app.is_deleted() && agrees(app)) {
                Some(app) => return Ok(Some(app)),
                None => self.shared.apps.current(kind.to_owned()).alone(id),
            },
            Shown::Alone(alone) => alone,
        };
        let found = self.app(id).await?;
        alone.is(found.clone().map(|found| Known::Alone(Arc::new(found))));
        Ok(found)
    }

    /// Which of these groups have the app. Where several apps are asked about, it is looked up in the lists of the apps
    /// that the groups have; the app's own list of groups has the last word on one that seems to have lost it.
    ///
    /// # Errors
    /// Those of reading the app's own list.
    pub async fn groups_that_have(&self, app_id: &str, groups: &BTreeSet<String>) -> Result<BTreeSet<String>, Error> {
        let mut doubtful = None;
        for group in groups {
            let list = self.shared.apps_of_groups.current(group.clone());
            let find = list.find(app_id, |at| self.page_of_apps(Which::AssignedTo(group), at, drop));
            // The first one that does not show it is enough: its own list has all groups.
            if let Shown::Alone(alone) = self.http.until_the_end("the list of a group's apps", find).await? {
                doubtful = Some((group, alone));
                break;
            }
        }
        let Some((doubtful, alone)) = doubtful else { return Ok(groups.clone()) };
        let others: Vec<_> = groups
            .iter()
            .filter(|group| *group != doubtful)
            .map(|group| (group, self.shared.apps_of_groups.current(group.clone()).alone(app_id)))
            .collect();
        let assigned: BTreeSet<String> =
            self.list_app_groups(app_id).await?.into_iter().map(|group| group.id).collect();
        for (group, alone) in others.into_iter().chain([(doubtful, alone)]) {
            alone.is(assigned.contains(group).then_some(()));
        }
        Ok(groups.intersection(&assigned).cloned().collect())
    }

    pub(super) async fn page_of_apps<T>(
        &self,
        which: Which<'_>,
        at: Option<Url>,
        keep: impl Fn(Bytes) -> T,
    ) -> Result<Page<T, Url>, Error> {
        let answer = self.send(at.map_or_else(|| apps::list(which), Request::follow)).await?;
        let members = members(&answer)?;
        let next = paging::next(&answer.headers).filter(|_| !members.is_empty());
        let members: Vec<(String, T)> = members.into_iter().map(|(id, text)| (id, keep(text))).collect();
        let ids: usize = members.iter().map(|member| size_of_val(member) + member.0.len()).sum();
        // One text that is kept keeps the whole answer.
        let texts = if answer.body.is_unique() { 0 } else { answer.body.len() };
        Ok(Page { members, size: ids + texts, next })
    }
}

/// The members of a page by id, as texts that share its memory.
fn members(answer: &Answer) -> Result<Vec<(String, Bytes)>, Error> {
    let unreadable = |_| answer.unreadable("the body", "expected a list of apps");
    let listed: Vec<&RawValue> = serde_json::from_slice(&answer.body).map_err(unreadable)?;
    let members = listed.into_iter().map(|member| {
        let WithId { id } = serde_json::from_str(member.get()).map_err(unreadable)?;
        Ok((id, answer.body.slice_ref(member.get().as_bytes())))
    });
    members.collect()
}
