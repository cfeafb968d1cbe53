//! Lists page by page: `page` and `per_page`, and `result_info` in the answers.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::envelope::unwrap;
use super::{Client, Error};
use crate::http::{self, Request};

/// More pages than any list has that is worth reading: a million members.
const MANY_PAGES: u64 = 10_000;

/// The pages of a list, each read when it is asked for.
#[derive(Debug)]
pub struct Pages<'a, T> {
    client: &'a Client,
    request: Request,
    per_page: u64,
    /// The number of the next page, from 1; `None` after the last.
    next: Option<u64>,
    seen: u64,
    /// The page before, to notice a service that answers the same one for ever.
    last: Option<u64>,
    of: PhantomData<fn() -> T>,
}

impl<'a, T: DeserializeOwned> Pages<'a, T> {
    pub(super) fn new(client: &'a Client, request: Request, per_page: u64) -> Self {
        Self { client, request, per_page, next: Some(1), seen: 0, last: None, of: PhantomData }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// The same page comes again, or there is no end of them; besides those of any request.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Error> {
        let Some(page) = self.next.take() else { return Ok(None) };
        let request = self.request.clone().query("page", page).query("per_page", self.per_page);
        let answer = self.client.exchange(request).await?;
        let (result, info) = unwrap(&answer)?;
        let found: Vec<T> = http::decode(&answer, "result", result.clone())?;
        let size = found.len() as u64;
        let fingerprint = Some(fingerprint(&result));
        if size > 0 && fingerprint == self.last {
            return Err(answer.unreadable("result", "the same page comes again and again"));
        }
        if page > MANY_PAGES {
            return Err(answer.unreadable("result_info", "the list has no end"));
        }
        self.last = fingerprint;
        self.seen += size;
        if size > 0 && !info.unwrap_or_default().is_last(page, size, self.seen, self.per_page) {
            self.next = Some(page + 1);
        }
        Ok(Some(found))
    }
}

/// Tells pages apart without keeping what is in them.
fn fingerprint(page: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    page.to_string().hash(&mut hasher);
    hasher.finish()
}
