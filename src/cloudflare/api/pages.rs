//! Lists page by page: `page` and `per_page`, and `result_info` in the answers.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::envelope::unwrap;
use super::{Client, Error};
use crate::http::{self, Request};

/// The pages of a list, each read when it is asked for.
#[derive(Debug)]
pub struct Pages<'a, T> {
    client: &'a Client,
    request: Request,
    per_page: u64,
    /// The number of the next page, from 1; `None` after the last.
    next: Option<u64>,
    seen: u64,
    of: PhantomData<fn() -> T>,
}

impl<'a, T: DeserializeOwned> Pages<'a, T> {
    pub(super) fn new(client: &'a Client, request: Request, per_page: u64) -> Self {
        Self { client, request, per_page, next: Some(1), seen: 0, of: PhantomData }
    }

    /// The next page; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Error> {
        let Some(page) = self.next.take() else { return Ok(None) };
        let request = self.request.clone().query("page", page).query("per_page", self.per_page);
        let answer = self.client.http.send(request).await?;
        let (result, info) = unwrap(&answer)?;
        let found: Vec<T> = http::decode(&answer, "result", result)?;
        let size = found.len() as u64;
        self.seen += size;
        if size > 0 && !info.unwrap_or_default().is_last(page, size, self.seen, self.per_page) {
            self.next = Some(page + 1);
        }
        Ok(Some(found))
    }
}
