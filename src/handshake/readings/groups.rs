//! Groups: those of the org, the pushed ones, and those of some people.

use super::{Groups, Membership, Reading, Unread, of_okta};
use crate::handshake::claim::{Filter, MOST};
use crate::okta::api::app_settings::GroupsClaim;
use crate::okta::api::assignments::AppUser;
use crate::okta::api::push_mappings::PushMapping;
use crate::okta::api::{self, Error};
use futures_util::future::join_all;
use std::collections::BTreeSet;

/// How many groups of the org are looked at. Beyond that a count is a lower bound.
const GROUPS: usize = 5000;
/// How many pushed groups are asked for one by one.
const SINGLE: usize = 100;
/// How many requests are on their way at once.
const AT_ONCE: usize = 10;

pub(super) async fn of_org(okta: Reading<&api::Client>) -> Reading<Groups> {
    let found = of_okta("The groups of the org", okta?.first_groups(GROUPS).await)?;
    let complete = found.len() < GROUPS;
    Ok(Groups { by_id: found.into_iter().map(|group| (group.id.clone(), group)).collect(), complete })
}

/// Adds the pushed groups that were not among those looked at. Those that Okta does not show stay unknown.
pub(super) async fn with_pushed(
    okta: Reading<&api::Client>,
    groups: Reading<Groups>,
    mappings: &Reading<Vec<PushMapping>>,
) -> Reading<Groups> {
    let (okta, mut groups) = (okta?, groups?);
    let pushed = mappings.iter().flatten();
    let ids = pushed.flat_map(|mapping| [Some(&mapping.source_group_id), mapping.target_group_id.as_ref()]).flatten();
    let missing: BTreeSet<String> = ids.filter(|id| !groups.by_id.contains_key(*id)).cloned().collect();
    let missing: Vec<String> = missing.into_iter().take(SINGLE).collect();
    for some in missing.chunks(AT_ONCE) {
        for found in join_all(some.iter().map(|id| okta.group(id))).await {
            match of_okta("A pushed group", found) {
                Ok(Some(group)) => drop(groups.by_id.insert(group.id.clone(), group)),
                Ok(None) | Err(Unread::Skipped(_)) => {}
                Err(silent) => return Err(silent),
            }
        }
    }
    Ok(groups)
}

/// The groups of some people who log in. They are asked for only where so many groups match the claim that somebody may be
/// in too many.
pub(super) async fn of_people(
    okta: Reading<&api::Client>,
    claim: &Reading<Option<GroupsClaim>>,
    groups: &Reading<Groups>,
    people: &Reading<Vec<AppUser>>,
) -> Reading<Vec<Membership>> {
    let okta = okta?;
    let (claim, groups) = (claim.as_ref().map_err(Clone::clone)?, groups.as_ref().map_err(Clone::clone)?);
    let people = people.as_ref().map_err(Clone::clone)?;
    let claim = claim.as_ref().ok_or_else(|| Unread::Skipped("ID tokens have no groups claim.".to_owned()))?;
    if Filter::of(claim)?.count(groups.by_id.values()).certain <= MOST {
        return Err(Unread::Skipped("So few groups match the groups claim that nobody is in too many.".to_owned()));
    }
    let mut memberships = Vec::new();
    for some in people.chunks(AT_ONCE) {
        let found: Result<Vec<_>, Error> =
            join_all(some.iter().map(|person| okta.user_groups(&person.id))).await.into_iter().collect();
        let found = of_okta("The groups of people who log in", found)?;
        memberships.extend(some.iter().zip(found).map(|(person, groups)| Membership { name: name(person), groups }));
    }
    Ok(memberships)
}

fn name(person: &AppUser) -> String {
    person.credentials.user_name.clone().unwrap_or_else(|| person.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::checks::healthy::{claim, group, mapping, of, user};
    use crate::http::stage::{Play, Stage};
    use crate::okta::api::Credentials;
    use serde_json::json;

    fn client(stage: &Stage) -> api::Client {
        api::Client::new(stage.url.clone(), Credentials::api_token("00hunter2".into()), Stage::settings())
    }

    fn access(count: usize) -> Groups {
        let one = |index: usize| {
            let id = format!("00gx{index}");
            (id.clone(), group(&id, "OKTA_GROUP", &format!("access-{index}")))
        };
        Groups { by_id: (0..count).map(one).collect(), complete: true }
    }

    #[tokio::test]
    async fn pushed_groups_that_a_list_does_not_have_are_asked_for_one_by_one() {
        let found = json!({"id": "00g1", "type": "OKTA_GROUP", "profile": {"name": "access-admins"}});
        let gone = json!({"errorCode": "E0000007", "errorSummary": "Not found: Resource not found: 00g2 (UserGroup)"});
        let stage = Stage::new([Play::json(200, found), Play::json(404, gone)]).await;
        let mappings = Ok(vec![of(mapping("ACTIVE"))]);
        let groups = with_pushed(Ok(&client(&stage)), Ok(access(1)), &mappings).await.unwrap();
        assert_eq!(stage.lines(), ["GET /api/v1/groups/00g1", "GET /api/v1/groups/00g2"]);
        assert!(groups.by_id.contains_key("00g1") && !groups.by_id.contains_key("00g2"));
    }

    #[tokio::test]
    async fn people_are_looked_at_only_where_many_groups_match() {
        let claim = Ok(Some(claim("STARTS_WITH", "access-")));
        let people = Ok(vec![user("ada@acme.example", "ada@acme.example")]);
        let stage = Stage::new([]).await;
        let found = of_people(Ok(&client(&stage)), &claim, &Ok(access(MOST)), &people).await;
        assert!(matches!(found, Err(Unread::Skipped(_))));

        let theirs = json!([{"id": "00g1", "type": "OKTA_GROUP", "profile": {"name": "access-1"}}]);
        let stage = Stage::new([Play::json(200, theirs)]).await;
        let found = of_people(Ok(&client(&stage)), &claim, &Ok(access(MOST + 1)), &people).await.unwrap();
        assert_eq!((found[0].name.as_str(), found[0].groups.len()), ("ada@acme.example", 1));
        assert_eq!(stage.lines(), ["GET /api/v1/users/00u1/groups?limit=200"]);
    }
}
