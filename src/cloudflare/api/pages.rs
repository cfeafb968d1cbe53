//! Lists page by page: `page` and `per_page`, and `result_info` in the answers.

use std::marker::PhantomData;
use std::time::Instant;

use super::envelope::unwrap;
use super::{Client, Error};
use crate::http::{self, Departure, ListSoFar, Member, Request};

/// The pages of a list, each read when it is asked for.
#[derive(Debug)]
pub struct Pages<'a, T> {
    client: &'a Client,
    request: Request,
    per_page: u64,
    /// The number of the next page, from 1; `None` after the last.
    next: Option<u64>,
    seen: u64,
    /// To notice a service that answers the same page for ever, or more than there is room for.
    so_far: ListSoFar,
    /// Of the first page.
    departure: Departure,
    of: PhantomData<fn() -> T>,
}

impl<'a, T: Member> Pages<'a, T> {
    pub(super) fn new(client: &'a Client, request: Request, per_page: u64) -> Self {
        Self {
            client,
            request,
            per_page,
            next: Some(1),
            seen: 0,
            so_far: ListSoFar::new(client.http.settings()),
            departure: Departure::default(),
            of: PhantomData,
        }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// A page comes again, or there is no end of them, or there is no room for more of their members; besides those of any request.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Error> {
        let Some(page) = self.next.take() else { return Ok(None) };
        let mut request = self.request.clone().query("page", page).query("per_page", self.per_page);
        if page == 1 {
            request = request.noting(&self.departure);
        }
        let answer = self.client.exchange(request).await?;
        let (result, info) = unwrap(&answer)?;
        let found: Vec<T> = http::decode(&answer, "result", result.clone())?;
        let size = found.len() as u64;
        if size > 0 {
            let goes_on = self.so_far.goes_on(result.to_string(), T::kept_of(&found, answer.body.len()));
            goes_on.map_err(|why| answer.unreadable("result", &why))?;
        }
        self.seen += size;
        if size > 0 && !info.unwrap_or_default().is_last(page, size, self.seen, self.per_page) {
            self.next = Some(page + 1);
        }
        Ok(Some(found))
    }

    /// When the request for the first page left; `None` if none has.
    pub(super) fn asked(&self) -> Option<Instant> {
        self.departure.at()
    }
}
