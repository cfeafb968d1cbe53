//! Lists page by page: <https://developer.okta.com/docs/api/#pagination>.

use std::marker::PhantomData;

use super::{Client, Error};
use crate::http::{Heard, ListSoFar, Member, Request, paging};

/// The pages of a list, each read when it is asked for, following `Link: rel="next"` as it is.
#[derive(Debug)]
pub struct Pages<'a, T> {
    client: &'a Client,
    /// The request for the next page, or why there is none to make; `None` after the last.
    next: Option<Result<Request, Error>>,
    so_far: ListSoFar,
    heard: Option<Heard>,
    of: PhantomData<fn() -> T>,
}

impl<'a, T: Member> Pages<'a, T> {
    pub(super) fn new(client: &'a Client, first: Request) -> Self {
        let so_far = ListSoFar::new(client.http.settings());
        Self { client, next: Some(Ok(first)), so_far, heard: None, of: PhantomData }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// The pages run in a circle, or there is no end of them, or there is no room for more of their members; besides those of any request.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Error> {
        let Some(request) = self.next.take() else { return Ok(None) };
        let answer = self.client.send(request?).await?;
        self.heard = answer.heard();
        let page: Vec<T> = answer.json()?;
        // The System Log always links to a next page; an empty one is the end.
        if let Some(next) = paging::next(&answer.headers).filter(|_| !page.is_empty()) {
            let goes_on = self
                .so_far
                .goes_on(&next, T::kept_of(&page, answer.body.len()))
                .map_err(|why| answer.unreadable("Link", &why));
            self.next = Some(goes_on.map(|()| Request::follow(next)));
        }
        Ok(Some(page))
    }

    /// When the last page arrived, and by Okta's clock.
    pub(super) fn heard(&self) -> Option<Heard> {
        self.heard
    }

    /// The members of as many pages as it takes for `limit` of them.
    pub(super) async fn up_to(mut self, limit: usize) -> Result<Vec<T>, Error> {
        let mut members = Vec::new();
        while members.len() < limit
            && let Some(page) = self.next().await?
        {
            members.extend(page);
        }
        members.truncate(limit);
        Ok(members)
    }
}
