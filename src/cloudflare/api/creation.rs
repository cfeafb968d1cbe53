//! Making a login method once, although the answer may be lost: [`http::creation`](crate::http::Creations).
//!
//! Cloudflare does not show when an identity provider was made, so what was there before is known from a list. What is
//! in it is never ours. What is not in it, and looks as what was sent in every field, is ours if nobody else can well have
//! made it since: the list was asked for at most [`AGE`] before the request left. By then it may be older, because a
//! request waits for the rate limit; then nothing is taken, and a person is told what was found.
//!
//! What that cannot tell is a login method that somebody else makes of the same name, for the same Okta app (its client id
//! is among the fields), with the same settings, between the list and the look, in the rare case that our answer is lost as
//! well. A list for each creation would leave a gap, too. The audit log is no way out: it lags behind, not every token may
//! read it, and two runs of one pipeline have the same token.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::identity_providers::{IdentityProvider, Listed, Replacement};
use super::{Client, Scope};
use crate::http::{self, Alone, Creation, Departure, Error, SharedAnswers};
pub use crate::http::{Look, NotMade};

/// How old the list from before may be when the request leaves, for one that is found to be ours.
const AGE: Duration = Duration::from_secs(30);

/// How old it may be when a creation takes it up. All creations of that time share it, and the rest is for the way.
const TAKEN_UP: Duration = Duration::from_secs(15);

/// What this process makes, and what was there before.
#[derive(Debug, Default)]
pub(super) struct Creations {
    made: http::Creations,
    before: SharedAnswers<Scope, Arc<Before>>,
}

/// The ids of what was there.
#[derive(Debug)]
struct Before {
    asked: Instant,
    ids: HashSet<String>,
}

impl Before {
    fn of(listed: &Listed) -> Arc<Self> {
        let ids = listed.all.iter().map(|found| found.id().to_owned()).collect();
        Arc::new(Self { asked: listed.asked, ids })
    }
}

/// A login method to be made.
struct NewIdentityProvider<'a> {
    api: &'a Client,
    scope: &'a Scope,
    body: &'a Replacement,
    before: Arc<Before>,
    departure: Departure,
}

impl Client {
    /// Waits until nobody else in this process makes a login method of this name in this account or zone. Nobody does until
    /// what is returned is dropped.
    ///
    /// # Errors
    /// The time was over before, or Terraform stopped us.
    pub async fn alone_with_name(&self, scope: &Scope, name: &str) -> Result<Alone<'_>, Error> {
        let work = format!("the creation of the login method {name:?}");
        let [kind, id] = scope.path();
        let key = format!("{kind} {id} {name}");
        self.wait_for(self.creations.made.alone(&key), "another creation of the same name", &work).await
    }

    /// Whether this process made the login method.
    pub fn has_made(&self, id: &str) -> bool {
        self.creations.made.has_made(id)
    }

    /// "Add an Access identity provider", once; one whose answer was lost is found again. `listed` spares a request if the
    /// caller has a list that is young enough.
    ///
    /// # Errors
    /// It was refused, or it may have been made and was not found, or it cannot be told from those of others.
    pub async fn make_identity_provider(
        &self,
        scope: &Scope,
        body: &Replacement,
        listed: Option<&Listed>,
    ) -> Result<IdentityProvider, NotMade> {
        let not_begun = |error| NotMade { error, look: None };
        let alone = self.alone_with_name(scope, body.name()).await.map_err(not_begun)?;
        let before = self.before(scope, listed).await.map_err(not_begun)?;
        let new = NewIdentityProvider { api: self, scope, body, before, departure: Departure::default() };
        alone.make(&self.http, &new).await
    }

    async fn before(&self, scope: &Scope, listed: Option<&Listed>) -> Result<Arc<Before>, Error> {
        let is_young = |asked: Instant| asked.elapsed() <= TAKEN_UP;
        let read = async {
            match listed.filter(|listed| is_young(listed.asked)) {
                Some(listed) => Ok(Before::of(listed)),
                None => self.list_identity_providers(scope).await.map(|listed| Before::of(&listed)),
            }
        };
        let before = self.creations.before.get_if(scope.clone(), |before| is_young(before.asked), read);
        self.http.until_the_end("the list of identity providers", before).await?
    }
}

impl Creation for NewIdentityProvider<'_> {
    type Object = IdentityProvider;
    const WHAT: &'static str = "a login method";

    fn id(made: &IdentityProvider) -> &str {
        made.id()
    }

    async fn send(&self) -> Result<IdentityProvider, Error> {
        self.api.post_identity_provider(self.scope, self.body, &self.departure).await
    }

    async fn find(&self) -> Result<Vec<IdentityProvider>, Error> {
        let mut alike = Vec::new();
        for listed in self.api.list_identity_providers(self.scope).await?.all {
            if self.before.ids.contains(listed.id()) || !listed.is_made_of(self.body) {
                continue;
            }
            // A list shows less than the object itself, which may not be known everywhere yet. The look is no exchange of
            // ours to be found in a log.
            self.api.newborns.add(listed.id());
            let found = self.api.identity_provider(self.scope, listed.id()).await?;
            alike.extend(found.map(|found| IdentityProvider { ray: None, ..found }));
        }
        Ok(alike)
    }

    fn is_certain(&self) -> bool {
        self.departure.at().is_some_and(|left| left.saturating_duration_since(self.before.asked) <= AGE)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Credentials;
    use super::*;
    use crate::http::stage::{Play, Stage};
    use futures_util::future::poll_immediate;
    use serde_json::{Value, json};

    fn account() -> Scope {
        Scope::Account("acc1".into())
    }

    fn client(stage: &Stage) -> Client {
        Client::new(stage.url.clone(), Credentials::Token("t".into()), Stage::settings())
    }

    fn answer(result: Value) -> Play {
        Play::json(200, json!({"success": true, "errors": [], "messages": [], "result": result}))
    }

    fn provider(id: &str) -> Value {
        json!({"id": id, "name": "Okta", "type": "okta", "config": {"client_id": "0oa1"}})
    }

    fn list(ids: &[&str]) -> Play {
        answer(ids.iter().map(|id| provider(id)).collect())
    }

    fn lost() -> Play {
        Play::text(502, "")
    }

    fn gone() -> Play {
        let errors = json!([{"code": 12135, "message": "access.api.error.not_found"}]);
        Play::json(404, json!({"success": false, "errors": errors, "messages": [], "result": null}))
    }

    fn body() -> Replacement {
        let mut body = Replacement::okta("Okta");
        body.set("config.client_id", "0oa1");
        body
    }

    async fn make(script: Vec<Play>) -> (Result<IdentityProvider, NotMade>, Vec<String>) {
        let stage = Stage::new(script).await;
        (client(&stage).make_identity_provider(&account(), &body(), None).await, stage.lines())
    }

    /// With a list from before that was asked for so long ago.
    async fn make_after(age: Duration, script: Vec<Play>) -> Result<IdentityProvider, NotMade> {
        let stage = Stage::new(script).await;
        let api = client(&stage);
        let before = Before { asked: Instant::now().checked_sub(age).unwrap(), ids: HashSet::from(["old".to_owned()]) };
        let (before, departure) = (Arc::new(before), Departure::default());
        let new = NewIdentityProvider { api: &api, scope: &account(), body: &body(), before, departure };
        api.creations.made.alone("Okta").await.make(&api.http, &new).await
    }

    #[tokio::test]
    async fn one_whose_answer_was_lost_is_found_and_asked_for_until_it_is_known_everywhere() {
        let script = vec![list(&["old"]), lost(), list(&["old", "new"]), gone(), answer(provider("new"))];
        let (made, lines) = make(script).await;
        assert_eq!(made.unwrap().id(), "new");
        assert_eq!(lines.iter().filter(|line| line.starts_with("POST")).count(), 1, "{lines:?}");
        assert_eq!(lines.iter().filter(|line| line.ends_with("/new")).count(), 2, "{lines:?}");
    }

    #[tokio::test]
    async fn what_was_there_before_is_not_ours_and_of_two_none_is_taken() {
        let script = vec![list(&["old"]), lost(), list(&["old"]), list(&["old"]), list(&["old"])];
        let not_made = make(script).await.0.unwrap_err();
        assert!(matches!(not_made.look, Some(Look::Nothing)) && not_made.error.is_maybe_done(), "{not_made:?}");
        let both = [answer(provider("a")), answer(provider("b"))];
        let script = [list(&["old"]), lost(), list(&["a", "old", "b"])].into_iter().chain(both).collect();
        let Err(NotMade { look: Some(Look::Unclear(ids)), .. }) = make(script).await.0 else { panic!() };
        assert_eq!(ids, ["a", "b"]);
    }

    #[tokio::test]
    async fn nothing_is_taken_if_the_request_left_long_after_the_list() {
        let script = || vec![lost(), list(&["old", "new"]), answer(provider("new"))];
        assert_eq!(make_after(Duration::ZERO, script()).await.unwrap().id(), "new");
        let late = make_after(AGE + Duration::from_millis(1), script()).await;
        let Err(NotMade { look: Some(Look::Unclear(ids)), .. }) = late else { panic!("{late:?}") };
        assert_eq!(ids, ["new"]);
    }

    #[tokio::test]
    async fn creations_share_the_list_from_before_as_long_as_it_is_young() {
        let stage = Stage::new([answer(provider("a")), list(&[]), answer(provider("b")), answer(provider("c"))]).await;
        let listed = |age: Duration| Listed { asked: Instant::now().checked_sub(age).unwrap(), all: Vec::new() };
        let api = client(&stage);
        let young = listed(Duration::ZERO);
        api.make_identity_provider(&Scope::Zone("z1".into()), &body(), Some(&young)).await.unwrap();
        assert_eq!(stage.lines().len(), 1, "the list that there is will do");
        let old = listed(TAKEN_UP + Duration::from_millis(1));
        for _ in 0..2 {
            api.make_identity_provider(&account(), &body(), Some(&old)).await.unwrap();
        }
        let methods: Vec<String> = stage.lines().iter().map(|line| line[..4].to_owned()).collect();
        assert_eq!(methods, ["POST", "GET ", "POST", "POST"]);
    }

    #[tokio::test]
    async fn creations_of_one_name_wait_for_each_other_in_one_place_only() {
        let stage = Stage::new([]).await;
        let api = client(&stage);
        let zone = |id: &str| Scope::Zone(id.into());
        let first = api.alone_with_name(&zone("1"), "Okta").await.unwrap();
        for (scope, name) in [(zone("2"), "Okta"), (Scope::Account("1".into()), "Okta"), (zone("1"), "Other")] {
            let alone = poll_immediate(Box::pin(api.alone_with_name(&scope, name))).await;
            assert!(alone.expect("nobody is in the way").is_ok());
        }
        let scope = zone("1");
        let mut second = Box::pin(api.alone_with_name(&scope, "Okta"));
        assert!(poll_immediate(&mut second).await.is_none());
        drop(first);
        drop(second.await.unwrap());
    }

    #[tokio::test]
    async fn what_was_refused_is_not_looked_for() {
        let (made, lines) = make(vec![list(&[]), Play::text(400, "")]).await;
        assert!(made.unwrap_err().look.is_none());
        assert_eq!(lines.len(), 2);
        let (made, _) = make(vec![list(&[]), lost(), Play::text(403, "")]).await;
        assert!(matches!(made.unwrap_err().look, Some(Look::Failed(_))));
    }
}
