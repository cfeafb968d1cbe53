//! What the reads of one plan share, until something is written.
//!
//! That the list of identity providers shows all that is read of one of them is not verified against a live tenant. So
//! it only ever spares a request where it agrees with what the reader knows already: whatever looks like a change, or
//! like a loss, is read from the object itself.

use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::audit_log::{Author, Logs, TooLong};
use super::envelope::ResultInfo;
use super::identity_providers::IdentityProvider;
use super::organization::Organization;
use super::uses::Noun;
use super::{Client, Error, Request, Scope, identity_providers};
use crate::http::{self, Answer, Document, Page, SharedAnswers, SharedLists, Shown};

/// Most members of one page of the list of identity providers.
const LARGEST_PAGE: u64 = 1000;

/// Answers of this process, none of them older than its last write.
#[derive(Debug, Default)]
pub(super) struct Shared {
    identity_providers: SharedLists<Scope, Known, At>,
    /// Who we are in the audit log of an account.
    pub(super) marks: SharedAnswers<String, Option<Author>>,
    pub(super) organizations: SharedAnswers<Scope, Option<Organization>>,
    /// What may name identity providers; `None` if we may not know.
    pub(super) uses: SharedAnswers<(Scope, Noun), Option<Arc<Vec<Document>>>>,
    pub(super) logs: Logs,
    pub(super) too_long: TooLong,
}

impl http::Shared for Shared {
    fn forget(&self) {
        self.identity_providers.forget();
        self.marks.forget();
        self.organizations.forget();
        self.uses.forget();
        self.logs.forget();
        self.too_long.forget();
    }
}

/// An identity provider as it was read.
#[derive(Clone)]
enum Known {
    /// Alone.
    Alone(Arc<IdentityProvider>),
    /// In a list. A thousand of them take less memory as text.
    Listed { text: Bytes, answered_at: Option<SystemTime>, read_at: Instant },
}

/// What was read may show secrets.
impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alone(_) => "Alone",
            Self::Listed { .. } => "Listed",
        })
    }
}

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        let (this, that) = (self.provider(), other.provider());
        this.zip(that).is_some_and(|(this, that)| this.document == that.document)
    }
}

impl Known {
    fn provider(&self) -> Option<IdentityProvider> {
        match self {
            Self::Alone(provider) => Some((**provider).clone()),
            Self::Listed { text, answered_at, read_at } => {
                let document = Document::from_value(serde_json::from_slice(text).ok()?)?;
                Some(IdentityProvider::listed(document, *answered_at, Some(*read_at)))
            }
        }
    }
}

/// Where in the list: the number of a page, and how many members are before it.
#[derive(Clone, Copy, Debug)]
struct At {
    page: u64,
    seen: u64,
}

impl Client {
    /// "Get an Access identity provider", for a reader that only looks: from the list of all, where others are read as
    /// well and `agrees` says that it shows nothing new, else from the object itself. It is never older than the last
    /// write of this process. `None` when it is gone.
    ///
    /// # Errors
    /// Those of reading the object itself.
    pub async fn look_at_identity_provider(
        &self,
        scope: &Scope,
        id: &str,
        agrees: impl Fn(&IdentityProvider) -> bool + Send,
    ) -> Result<Option<IdentityProvider>, Error> {
        let list = self.shared.identity_providers.current(scope.clone());
        let find = list.find(id, |at| self.page(scope, at));
        let alone = match self.http.until_the_end("the list of identity providers", find).await? {
            Shown::Known(Known::Alone(provider)) => return Ok(Some((*provider).clone())),
            Shown::Known(listed) => match listed.provider().filter(agrees) {
                Some(provider) => return Ok(Some(provider)),
                None => self.shared.identity_providers.current(scope.clone()).alone(id),
            },
            Shown::Alone(alone) => alone,
        };
        let found = self.identity_provider(scope, id).await?;
        alone.is(found.clone().map(|found| Known::Alone(Arc::new(found))));
        Ok(found)
    }

    async fn page(&self, scope: &Scope, at: Option<At>) -> Result<Page<Known, At>, Error> {
        let At { page, seen } = at.unwrap_or(At { page: 1, seen: 0 });
        let request = Request::get(identity_providers::path(scope)).query("page", page).query("per_page", LARGEST_PAGE);
        let answer = self.exchange(request).await?;
        let (members, info) = members(&answer)?;
        let (size, seen) = (members.len() as u64, seen + members.len() as u64);
        let is_last = size == 0 || info.unwrap_or_default().is_last(page, size, seen, LARGEST_PAGE);
        Ok(Page { members, size: answer.body.len(), next: (!is_last).then_some(At { page: page + 1, seen }) })
    }
}

#[derive(Deserialize)]
struct Listing<'a> {
    #[serde(borrow)]
    result: Vec<&'a RawValue>,
    #[serde(default)]
    result_info: Option<ResultInfo>,
}

#[derive(Deserialize)]
struct WithId {
    id: String,
}

/// Members of a page by id.
type Members = Vec<(String, Known)>;

/// The members of a page, as texts that share its memory.
fn members(answer: &Answer) -> Result<(Members, Option<ResultInfo>), Error> {
    let unreadable = |_| answer.unreadable("result", "expected a list of identity providers");
    let listing: Listing<'_> = serde_json::from_slice(&answer.body).map_err(unreadable)?;
    let (answered_at, read_at) = (answer.date(), Instant::now());
    let members = listing.result.into_iter().map(|member| {
        let WithId { id } = serde_json::from_str(member.get()).map_err(unreadable)?;
        let text = answer.body.slice_ref(member.get().as_bytes());
        Ok((id, Known::Listed { text, answered_at, read_at }))
    });
    Ok((members.collect::<Result<Members, Error>>()?, listing.result_info))
}
