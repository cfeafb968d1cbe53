//! The account's audit log: Cloudflare's reference, "Accounts > Logs > Audit" (Audit Logs version 2).
//!
//! It is how a change by somebody else is told from one of ours. How its entries name objects of Access is not verified
//! against a live tenant, so an entry counts if either its resource or the path of its call is the object.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Deserialize;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::envelope::unwrap;
use super::{Client, Credentials, is_gone};
use crate::http::{self, Error, ListSoFar, Request, SharedAnswers};

/// Most entries in one answer.
const PAGE: u32 = 1000;

/// What is read begins at a full hour, so that objects that were written one after the other find theirs in one answer.
const FROM_THE_FULL: Duration = Duration::HOUR;

/// A write to an object that Cloudflare carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// When, RFC 3339.
    pub at: String,
    /// Who, in words for a person: `ada@acme.example in the dashboard`.
    pub by: String,
    /// Whether it was made with the credentials of this client.
    pub ours: bool,
    /// The credentials it was made with; `None` for the dashboard's.
    pub author: Option<Author>,
    /// Cloudflare's id of the call, which the answer to it had, too.
    pub ray: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    #[serde(default)]
    action: Action,
    #[serde(default)]
    actor: Actor,
    #[serde(default)]
    raw: Raw,
    #[serde(default)]
    resource: Resource,
}

#[derive(Debug, Default, Deserialize)]
struct Action {
    #[serde(default)]
    result: Option<String>,
    #[serde(default)]
    time: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Actor {
    #[serde(default)]
    context: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    token_id: Option<String>,
    #[serde(default)]
    token_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Raw {
    #[serde(default)]
    cf_ray_id: Option<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    uri: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Resource {
    #[serde(default)]
    id: Option<String>,
}

#[derive(Deserialize)]
struct Cursors {
    #[serde(default)]
    cursors: Option<Cursor>,
}

#[derive(Deserialize)]
struct Cursor {
    #[serde(default)]
    after: Option<String>,
}

/// Which entries are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Those from then on.
    pub since: OffsetDateTime,
    /// Those before then.
    pub before: OffsetDateTime,
    /// When that was read whose entries are looked for, by the clock of this process. A log that was read after it will
    /// do; without a time it is read anew.
    pub read_at: Option<Instant>,
}

/// Logs of accounts as far as they were read, until this process writes something.
pub(super) type Logs = SharedAnswers<String, Arc<Stretch>>;

/// Logs of accounts that could not be read to the end, for want of room or of an end: from when on that was, and why. One
/// that begins earlier is no shorter, and one whose cursors led in a circle is not trusted again, so neither is read before
/// this process writes something.
#[derive(Debug, Default)]
pub(super) struct TooLong(Mutex<HashMap<String, (OffsetDateTime, Error)>>);

impl TooLong {
    /// Why the log of an account is not read from `since` on, if it is not.
    fn why_not(&self, account_id: &str, since: OffsetDateTime) -> Option<Error> {
        let known = self.lock();
        known.get(account_id).filter(|(from, _)| since <= *from).map(|(_, why)| why.clone())
    }

    fn add(&self, account_id: &str, since: OffsetDateTime, why: &Error) {
        self.lock().insert(account_id.to_owned(), (since, why.clone()));
    }

    /// Forgets all of them.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (OffsetDateTime, Error)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stretch of a log up to the moment in which it was read. An account may have hundreds of thousands of writes in it, so
/// what no identity provider can be found by is not kept.
#[derive(Debug)]
pub(super) struct Stretch {
    since: OffsetDateTime,
    began: Instant,
    /// `None` if these credentials may not read the log.
    writes: Option<Writes>,
}

/// Writes that were carried out, oldest first.
#[derive(Debug, Default)]
struct Writes {
    all: Vec<Write>,
    /// Their positions by what they name: ids and segments of paths, and exchanges.
    marks: HashMap<String, Vec<usize>>,
}

impl Stretch {
    fn covers(&self, span: &Span) -> bool {
        self.since <= span.since && span.read_at.is_some_and(|read_at| self.began >= read_at)
    }

    /// The writes to an object, and the one that is known to be one.
    fn writes_to(&self, id: &str, ray: Option<&str>) -> Option<Vec<Write>> {
        let Writes { all, marks } = self.writes.as_ref()?;
        let named = [Some(id), ray.map(bare)].into_iter().flatten().filter_map(|mark| marks.get(mark));
        let positions: BTreeSet<usize> = named.flatten().copied().collect();
        Some(positions.into_iter().map(|position| all[position].clone()).collect())
    }
}

impl Writes {
    /// Keeps what may be a write to an identity provider, and says whether it is one.
    fn add(&mut self, entry: Entry, own: &Author) -> bool {
        let marks = entry.marks();
        if !entry.is_write() || marks.is_empty() {
            return false;
        }
        for mark in marks {
            self.marks.entry(mark.to_owned()).or_default().push(self.all.len());
        }
        self.all.push(entry.told(own));
        true
    }
}

impl Client {
    /// "Get account audit logs (Version 2)": the writes to one identity provider, oldest first. `ray` names a call that is
    /// known to be one of them: the one that made it may not name it. `None` if these credentials may not read the log, or
    /// Cloudflare cannot say whose they are. The log is read once for all identity providers, if it can be.
    pub async fn writes_to_identity_provider(
        &self,
        account_id: &str,
        id: &str,
        span: Span,
        ray: Option<&str>,
    ) -> Result<Option<Vec<Write>>, Error> {
        let looking = async {
            let own = self.shared.marks.get(account_id.to_owned(), self.own_mark(account_id)).await?;
            let Some(own) = own else { return Ok(None) };
            let read = self.read_log(account_id, &span, &own);
            let covers = |stretch: &Arc<Stretch>| stretch.covers(&span);
            // That one stretch is refused says nothing of another one.
            let log = self.shared.logs.get_where(account_id.to_owned(), covers, Error::is_no_answer, read).await?;
            Ok(log.writes_to(id, ray))
        };
        self.http.until_the_end("the audit log", looking).await?
    }

    async fn read_log(&self, account_id: &str, span: &Span, own: &Author) -> Result<Arc<Stretch>, Error> {
        let (began, since) = (Instant::now(), full_hour(span.since));
        if let Some(why) = self.shared.too_long.why_not(account_id, since) {
            return Err(why);
        }
        // Up to now, and not to when the first object was read: what is read here serves all that were read until now.
        let since_read = span.read_at.map(|read_at| began.saturating_duration_since(read_at)).unwrap_or_default();
        let before = span.before.saturating_add(since_read.try_into().unwrap_or(Duration::MAX));
        let text = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
        let request = Request::get(["accounts", account_id, "logs", "audit"])
            .query("since", text(since))
            .query("before", text(before))
            .query("direction", "asc")
            .query("limit", PAGE);
        let (mut writes, mut so_far) = (Writes::default(), ListSoFar::new(self.http.settings()));
        let (mut page, mut followed) = (request.clone(), None);
        loop {
            let answer = match self.exchange(page).await {
                Ok(answer) => answer,
                Err(error) if error.is_forbidden() || is_gone(&error) => {
                    return Ok(Arc::new(Stretch { since, began, writes: None }));
                }
                Err(error) => return Err(error),
            };
            let (result, _) = unwrap(&answer)?;
            let entries: Vec<Entry> = http::decode(&answer, "result", result)?;
            let (size, empty) = (answer.body.len() / entries.len().max(1), entries.is_empty());
            // Most of what is read is not kept.
            let kept = size * entries.into_iter().map(|entry| usize::from(writes.add(entry, own))).sum::<usize>();
            // A cursor that leads to itself is the end as well.
            let next = after(&answer.json()?).filter(|next| !empty && followed.as_ref() != Some(next));
            let Some(next) = next else {
                return Ok(Arc::new(Stretch { since, began, writes: Some(writes) }));
            };
            if let Err(why) = so_far.goes_on(&next, kept) {
                let error = answer.unreadable("result_info.cursors.after", &why);
                self.shared.too_long.add(account_id, since, &error);
                return Err(error);
            }
            page = request.clone().query("cursor", &next);
            followed = Some(next);
        }
    }

    /// What marks our own entries.
    async fn own_mark(&self, account_id: &str) -> Result<Option<Author>, Error> {
        if let Credentials::KeyAndEmail { email, .. } = &*self.credentials {
            return Ok(Some(Author::Key { email: email.to_lowercase() }));
        }
        // The first call does not know a token that belongs to the account; the second may not know a person's.
        let verified = match self.verify_user_token().await {
            Err(error) if error.refusal().is_some() => self.verify_account_token(account_id).await,
            verified => verified,
        };
        match verified {
            Ok(token) => Ok(Some(Author::Token { id: token.id })),
            Err(error) if error.refusal().is_some() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// How the log names credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// An API token, by its id.
    Token {
        /// That id.
        id: String,
    },
    /// The global API key of a person.
    Key {
        /// The person's email address, in lower case.
        email: String,
    },
}

impl Entry {
    fn is_write(&self) -> bool {
        let read = self.raw.method.as_deref().is_some_and(|method| method.eq_ignore_ascii_case("GET"));
        let failed = self.action.result.as_deref().is_some_and(|result| !result.eq_ignore_ascii_case("success"));
        !read && !failed
    }

    /// What it may be found by; nothing if it is about something else than an identity provider. Those of Access have UUIDs,
    /// which zones, DNS records and most other things have not.
    fn marks(&self) -> BTreeSet<&str> {
        let path = self.raw.uri.as_deref().unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default().split('/');
        let is_plain = path.clone().any(|segment| segment == "identity_providers");
        let is_id = |mark: &&str| is_plain || Uuid::try_parse(mark).is_ok_and(|_| mark.contains('-'));
        let mut marks: BTreeSet<&str> = path.chain(self.resource.id.as_deref()).filter(is_id).collect();
        // Where no call is named, it may be one of ours, which is known by its exchange.
        if !marks.is_empty() || self.raw.uri.is_none() {
            marks.extend(self.raw.cf_ray_id.as_deref().map(bare));
        }
        marks.remove("");
        marks
    }

    fn told(self, own: &Author) -> Write {
        let Actor { context, email, id, token_id, token_name } = self.actor;
        let context = context.unwrap_or_default();
        let author = match (&token_id, &email) {
            (Some(id), _) => Some(Author::Token { id: id.clone() }),
            (None, Some(email)) if context == "api_key" => Some(Author::Key { email: email.to_lowercase() }),
            _ => None,
        };
        let who = email.or(id).unwrap_or_else(|| "somebody".to_owned());
        let how = match (context.as_str(), token_name.or(token_id)) {
            ("dash", _) => " in the dashboard".to_owned(),
            (_, Some(token)) => format!(" with the API token {token:?}"),
            ("api_key", None) => " with the global API key".to_owned(),
            _ => String::new(),
        };
        let (at, by) = (self.action.time.unwrap_or_default(), format!("{who}{how}"));
        Write { at, by, ours: author.as_ref() == Some(own), author, ray: self.raw.cf_ray_id }
    }
}

/// Whether two texts name one exchange. Answers name the data centre behind it (`8f1d…-ZRH`); whether the log does is not
/// verified against a live tenant.
pub fn same_ray(a: &str, b: &str) -> bool {
    bare(a) == bare(b)
}

fn bare(ray: &str) -> &str {
    ray.split('-').next().unwrap_or_default()
}

fn full_hour(at: OffsetDateTime) -> OffsetDateTime {
    at - Duration::seconds(at.unix_timestamp().rem_euclid(FROM_THE_FULL.whole_seconds()))
        - Duration::nanoseconds(at.nanosecond().into())
}

fn after(body: &Value) -> Option<String> {
    let info: Cursors = serde_json::from_value(body.get("result_info")?.clone()).ok()?;
    info.cursors?.after.filter(|after| !after.is_empty())
}
