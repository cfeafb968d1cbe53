//! Groups: what tokens tell of them, and whether that is what is pushed.

use super::Verdict;
use super::login::method;
use crate::handshake::claim::{Count, Filter, MOST, told};
use crate::handshake::readings::{CLAIM, Groups, Seen, Unread};
use crate::okta::api::app_settings::GroupsClaim;
use crate::okta::api::push_mappings::{PushMapping, PushStatus};
use std::collections::BTreeSet;

/// How many names a message lists.
const NAMES: usize = 5;

fn claim(seen: &Seen) -> Result<&GroupsClaim, Unread> {
    let found = seen.claim.as_ref().map_err(Clone::clone)?;
    found.as_ref().ok_or_else(|| Unread::Skipped("ID tokens have no groups claim.".to_owned()))
}

fn groups(seen: &Seen) -> Result<&Groups, Unread> {
    seen.groups.as_ref().map_err(Clone::clone)
}

pub(super) fn groups_claim(seen: &Seen) -> Result<Verdict, Unread> {
    let method = method(seen)?;
    let server = method.authorization_server_id();
    // Cloudflare asks for the scope; its documentation says to enable it.
    if let (Some(server), Ok(scopes)) = (server, &seen.scopes)
        && !scopes.iter().any(|scope| scope == CLAIM)
    {
        return Ok(Verdict::fail(
            format!("The authorization server {server} does not know the scope {CLAIM}, which Cloudflare asks for."),
            format!("Add the scope {CLAIM} to the authorization server (Okta: Security > API > Scopes)."),
        ));
    }
    let Some(claim) = seen.claim.as_ref().map_err(Clone::clone)? else {
        let remedy = match server {
            Some(server) => format!(
                "Let the authorization server {server} have a claim {CLAIM} of ID tokens, always included, for any scope or \
                 for the scope {CLAIM} (Okta: Security > API > Claims)."
            ),
            None => "Set groups_claim of the okta_oidc_app, for instance { filter_type = \"STARTS_WITH\", value = \
                     \"access-\" }."
                .to_owned(),
        };
        let message =
            "ID tokens have no groups claim, so Cloudflare does not know anybody's groups and may refuse logins.";
        return Ok(Verdict::fail(message, remedy));
    };
    if claim.name != CLAIM {
        let remedy = match server {
            Some(server) => {
                format!("Name the claim {CLAIM} in the authorization server {server} (Okta: Security > API > Claims).")
            }
            None => format!("Set groups_claim.name of the okta_oidc_app to {CLAIM:?}."),
        };
        return Ok(Verdict::warn(
            format!(
                "The groups claim is named {:?}, and whether Cloudflare reads groups from any but {CLAIM:?} is not known.",
                claim.name
            ),
            remedy,
        ));
    }
    Ok(Verdict::pass(format!("ID tokens tell of groups by {}.", told(claim))))
}

pub(super) fn group_count(seen: &Seen) -> Result<Verdict, Unread> {
    let method = method(seen)?;
    let (claim, groups) = (claim(seen)?, groups(seen)?);
    let filter = Filter::of(claim)?;
    let Count { certain, doubtful } = filter.count(groups.by_id.values());
    if certain <= MOST && certain + doubtful > MOST {
        return Err(Unread::Skipped(format!(
            "Groups that match the groups claim ({}): {certain}, and {doubtful} more if a part of the name is enough, which \
             only Okta knows.",
            told(claim)
        )));
    }
    if certain <= MOST {
        return match groups.complete {
            true => Ok(Verdict::pass(format!(
                "Groups that match the groups claim: {certain}. Up to {MOST} are no problem."
            ))),
            false => Err(Unread::Skipped(format!(
                "The org has more groups than are looked at; of the first {}, {certain} match the groups claim.",
                groups.by_id.len()
            ))),
        };
    }
    let least = if groups.complete { "" } else { "At least " };
    let many = Many {
        groups: format!("{least}{certain} groups match the groups claim ({})", told(claim)),
        somebody: somebody(seen, &filter),
        looked_at: seen.memberships.as_ref().map_or(0, Vec::len),
    };
    Ok(match method.authorization_server_id() {
        Some(server) => many.of_custom_server(server),
        None => many.of_org_server(seen.has_api_token),
    })
}

/// Who is in the most groups that match, and in how many, if these are too many.
fn somebody(seen: &Seen, filter: &Filter<'_>) -> Option<String> {
    let counted = seen.memberships.iter().flatten().map(|person| (filter.count(&person.groups).certain, person));
    let (count, person) = counted.max_by_key(|(count, _)| *count).filter(|(count, _)| *count > MOST)?;
    Some(format!("{} is in {count} of them", person.name))
}

/// More groups match the claim than a token may list.
struct Many {
    /// How many, as half a sentence.
    groups: String,
    /// Somebody who is in too many, as half a sentence.
    somebody: Option<String>,
    /// How many people were looked at.
    looked_at: usize,
}

impl Many {
    /// Okta refuses such logins by itself.
    fn of_custom_server(&self, server: &str) -> Verdict {
        let groups = &self.groups;
        let remedy = "Narrow the claim of the authorization server, for instance to a prefix. An API token in Cloudflare does \
                      not help: Okta refuses the login before.";
        match &self.somebody {
            Some(somebody) => Verdict::fail(
                format!(
                    "{groups}, and {somebody}: the authorization server {server} refuses logins with more than {MOST}."
                ),
                remedy,
            ),
            None => Verdict::warn(
                format!(
                    "{groups}. The authorization server {server} refuses the login of whoever is in more than {MOST} of \
                     them.{}",
                    self.nobody()
                ),
                remedy,
            ),
        }
    }

    /// Okta tells Cloudflare of all of them, and Cloudflare wants to look them up.
    fn of_org_server(&self, has_api_token: Option<bool>) -> Verdict {
        let groups = &self.groups;
        let failure = "Failed to fetch user/group information from the identity";
        let narrow = "Narrow the groups claim, for instance to a prefix, or set api_token of zt_okta_idp";
        match (has_api_token, &self.somebody) {
            (Some(true), _) => Verdict::pass(format!(
                "{groups}. Of people who are in more than {MOST} of them Cloudflare looks the groups up with its API token."
            )),
            (Some(false), Some(somebody)) => Verdict::fail(
                format!("{groups}, and {somebody}; Cloudflare has no API token: such logins fail with {failure:?}."),
                format!("{narrow}."),
            ),
            (Some(false), None) => Verdict::warn(
                format!(
                    "{groups}. Cloudflare has no API token: the login of whoever is in more than {MOST} of them fails with \
                     {failure:?}.{}",
                    self.nobody()
                ),
                format!("{narrow}."),
            ),
            (None, somebody) => Verdict::warn(
                format!(
                    "{groups}{}. Without an API token in Cloudflare, which does not show whether it has one, the login of \
                     whoever is in more than {MOST} of them fails with {failure:?}.{}",
                    somebody.as_deref().map(|somebody| format!(", and {somebody}")).unwrap_or_default(),
                    if somebody.is_some() { String::new() } else { self.nobody() }
                ),
                format!("{narrow} and has_api_token = true here."),
            ),
        }
    }

    fn nobody(&self) -> String {
        match self.looked_at {
            0 => String::new(),
            1 => " The one person looked at is not.".to_owned(),
            count => format!(" Of {count} people looked at nobody is."),
        }
    }
}

pub(super) fn pushed_groups_in_claim(seen: &Seen) -> Result<Verdict, Unread> {
    method(seen)?;
    let mappings = seen.mappings.as_ref().map_err(Clone::clone)?;
    let pushed: Vec<&PushMapping> = mappings.iter().filter(|mapping| mapping.status != PushStatus::Inactive).collect();
    if pushed.is_empty() {
        return Err(Unread::Skipped("No group is pushed.".to_owned()));
    }
    let (claim, groups) = (claim(seen)?, groups(seen)?);
    let found = Pushed::compare(&pushed, &Filter::of(claim)?, groups);
    if !found.outside.is_empty() {
        return Ok(Verdict::fail(
            format!(
                "Pushed, and not told by ID tokens, whose groups claim is {}: {}. Access policies that name them let nobody \
                 in.",
                told(claim),
                some(&found.outside)
            ),
            "Widen groups_claim of the okta_oidc_app, or push groups that it covers. It covers groups of Okta itself, not \
             those of apps and directories.",
        ));
    }
    if !found.renamed.is_empty() {
        return Ok(Verdict::fail(
            format!(
                "Pushed under another name than ID tokens tell: {}. Access policies that name the pushed group let nobody in.",
                some(&found.renamed)
            ),
            "Leave target_group_name out, or set it to the name of the group in Okta.",
        ));
    }
    if !found.doubtful.is_empty() {
        return Err(Unread::Skipped(format!(
            "Whether ID tokens tell of {} only Okta knows: the groups claim ({}) matches a part of the name.",
            some(&found.doubtful),
            told(claim)
        )));
    }
    if found.unknown > 0 {
        return Err(Unread::Skipped(format!(
            "Of {} pushed groups Okta does not show {}, in Okta or in the app, so their names cannot be compared; nothing is \
             wrong with the others.",
            pushed.len(),
            found.unknown
        )));
    }
    let groups = if pushed.len() == 1 {
        "The pushed group is".to_owned()
    } else {
        format!("All {} pushed groups are", pushed.len())
    };
    Ok(Verdict::pass(format!("{groups} told by ID tokens too, under the same name.")))
}

/// What became of pushed groups that were compared with the claim: names, but for those that are not known.
#[derive(Default)]
struct Pushed {
    /// No token tells of them.
    outside: BTreeSet<String>,
    /// They have another name in the app.
    renamed: BTreeSet<String>,
    /// Only Okta knows whether tokens tell of them.
    doubtful: BTreeSet<String>,
    /// So many are not shown.
    unknown: usize,
}

impl Pushed {
    fn compare(pushed: &[&PushMapping], filter: &Filter<'_>, groups: &Groups) -> Self {
        let mut found = Self::default();
        for mapping in pushed {
            let Some(source) = groups.by_id.get(&mapping.source_group_id) else {
                found.unknown += 1;
                continue;
            };
            let name = &source.profile.name;
            let target = mapping.target_group_id.as_ref().map(|id| groups.by_id.get(id));
            match (filter.passes(source), target) {
                (Some(false), _) => drop(found.outside.insert(name.clone())),
                (_, Some(Some(target))) if target.profile.name != *name => {
                    found.renamed.insert(format!("{name} as {}", target.profile.name));
                }
                (None, _) => drop(found.doubtful.insert(name.clone())),
                (Some(true), Some(None)) => found.unknown += 1,
                (Some(true), _) => {}
            }
        }
        found
    }
}

/// The first of some names.
pub(super) fn some(names: &BTreeSet<String>) -> String {
    let listed: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
    let more = names.len().saturating_sub(NAMES);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", listed.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::Status as S;
    use super::super::healthy::{claim as filter, group, login_method, mapping, of, seen};
    use super::*;
    use crate::handshake::readings::Membership;
    use crate::okta::api::app_settings::ClaimRule;
    use serde_json::json;

    fn after(decide: fn(&Seen) -> Result<Verdict, Unread>, change: impl FnOnce(&mut Seen)) -> (S, String) {
        let mut seen = seen();
        change(&mut seen);
        let verdict = decide(&seen).unwrap_or_else(Verdict::from);
        assert_eq!(verdict.remedy.is_some(), verdict.status >= S::Warn, "{verdict:?}");
        (verdict.status, verdict.message)
    }

    fn many(count: usize) -> Groups {
        let one = |index: usize| {
            let id = format!("00g{index}");
            (id.clone(), group(&id, "OKTA_GROUP", &format!("access-{index}")))
        };
        Groups { by_id: (0..count).map(one).collect(), complete: true }
    }

    #[test]
    fn a_claim_has_to_be_there_under_its_name() {
        assert_eq!(after(groups_claim, |seen| seen.claim = Ok(None)).0, S::Fail);
        let named = |seen: &mut Seen| {
            let rule = ClaimRule::Filter { filter_type: "REGEX".into(), value: ".*".into() };
            seen.claim = Ok(Some(GroupsClaim { name: "roles".into(), rule }));
        };
        assert_eq!(after(groups_claim, named).0, S::Warn);
        for field in [json!({"config.claims": ["roles"]}), json!({"config.authorization_server_id": "aus1"})] {
            let other = |seen: &mut Seen| {
                named(seen);
                seen.login_method = Ok(Some(login_method(field.clone())));
            };
            assert_eq!(after(groups_claim, other).0, S::Warn, "{field}");
        }
        for decide in [group_count, pushed_groups_in_claim] {
            assert_eq!(after(decide, |seen| seen.claim = Ok(None)).0, S::Skipped);
        }
    }

    #[test]
    fn a_custom_server_has_to_know_the_scope() {
        let custom = |scopes: &[&str]| {
            after(groups_claim, |seen| {
                seen.login_method = Ok(Some(login_method(json!({"config.authorization_server_id": "aus1"}))));
                seen.scopes = Ok(scopes.iter().map(|scope| (*scope).to_owned()).collect());
            })
        };
        assert_eq!(custom(&["openid", "groups"]).0, S::Pass);
        let (status, message) = custom(&["openid"]);
        assert!(status == S::Fail && message.contains("scope"), "{message}");
    }

    /// So many groups match, and the one person looked at is in so many of them.
    fn counted(count: usize, of_person: usize, token: Option<bool>, server: Option<&str>) -> (S, String) {
        after(group_count, |seen| {
            seen.login_method = Ok(Some(login_method(json!({"config.authorization_server_id": server}))));
            seen.groups = Ok(many(count));
            let groups = many(of_person).by_id.into_values().collect();
            seen.memberships = Ok(vec![Membership { name: "ada@acme.example".into(), groups }]);
            seen.has_api_token = token;
        })
    }

    #[test]
    fn a_hundred_groups_are_no_problem_and_more_only_to_whoever_is_in_them() {
        for (count, of_person, token, status) in [
            (100, 100, Some(false), S::Pass),
            (150, 3, Some(false), S::Warn),
            (150, 100, None, S::Warn),
            (150, 101, Some(false), S::Fail),
            (150, 101, None, S::Warn),
            (150, 101, Some(true), S::Pass),
        ] {
            let (found, message) = counted(count, of_person, token, None);
            assert_eq!(found, status, "{count} {of_person} {token:?}: {message}");
        }
        let (_, message) = counted(150, 101, Some(false), None);
        assert!(message.contains("ada@acme.example is in 101 of them"), "{message}");
    }

    #[test]
    fn a_custom_server_refuses_more_than_a_hundred_groups_whatever_the_token() {
        for token in [None, Some(false), Some(true)] {
            assert_eq!(counted(100, 100, token, Some("aus1")).0, S::Pass);
            assert_eq!(counted(150, 3, token, Some("aus1")).0, S::Warn);
            let (status, message) = counted(150, 101, token, Some("aus1"));
            assert!(status == S::Fail && message.contains("aus1"), "{message}");
        }
    }

    #[test]
    fn what_only_okta_can_match_decides_nothing() {
        let doubtful = |decide| after(decide, |seen| seen.claim = Ok(Some(filter("REGEX", "access")))).0;
        assert_eq!(doubtful(pushed_groups_in_claim), S::Skipped);
        assert_eq!(doubtful(group_count), S::Pass, "there are few groups in whichever way");
        let many = |seen: &mut Seen| {
            seen.claim = Ok(Some(filter("REGEX", "access")));
            seen.groups = Ok(many(101));
        };
        assert_eq!(after(group_count, many).0, S::Skipped);
    }

    #[test]
    fn a_count_that_is_not_complete_proves_nothing_below_the_limit() {
        let counted = |count: usize| {
            let change = |seen: &mut Seen| seen.groups = Ok(Groups { complete: false, ..many(count) });
            after(group_count, change).0
        };
        assert_eq!((counted(100), counted(101)), (S::Skipped, S::Warn));
    }

    #[test]
    fn pushed_groups_are_those_that_tokens_tell() {
        let (status, message) =
            after(pushed_groups_in_claim, |seen| seen.claim = Ok(Some(filter("EQUALS", "access-users"))));
        assert!(status == S::Fail && message.contains("access-admins"), "{message}");
        let (status, message) = after(pushed_groups_in_claim, |seen| {
            if let Ok(groups) = &mut seen.groups {
                groups.by_id.insert("00g2".into(), group("00g2", "APP_GROUP", "admins"));
            }
        });
        assert!(status == S::Fail && message.contains("access-admins as admins"), "{message}");
        for mappings in [Vec::new(), vec![of(mapping("INACTIVE"))]] {
            assert_eq!(after(pushed_groups_in_claim, |seen| seen.mappings = Ok(mappings)).0, S::Skipped);
        }
    }

    #[test]
    fn a_pushed_group_that_okta_does_not_show_is_not_compared() {
        for (id, missing) in [("00g1", "source"), ("00g2", "target")] {
            let unknown = |seen: &mut Seen| {
                if let Ok(groups) = &mut seen.groups {
                    groups.by_id.remove(id);
                }
            };
            let (status, message) = after(pushed_groups_in_claim, unknown);
            assert!(status == S::Skipped && message.contains("does not show 1"), "{missing}: {message}");
        }
        let (outside, shown) = (json!({"id": "gPm2", "sourceGroupId": "00g3", "status": "ACTIVE"}), mapping("ACTIVE"));
        let (status, message) = after(pushed_groups_in_claim, |seen| {
            seen.mappings = Ok(vec![of(outside), of(shown)]);
            if let Ok(groups) = &mut seen.groups {
                groups.by_id.remove("00g2");
                groups.by_id.insert("00g3".into(), group("00g3", "OKTA_GROUP", "finance"));
            }
        });
        assert!(status == S::Fail && message.contains("finance"), "what is shown is compared all the same: {message}");
    }

    #[test]
    fn long_lists_are_cut() {
        let names: BTreeSet<String> = (1..=7).map(|index| index.to_string()).collect();
        assert_eq!(some(&names), "1, 2, 3, 4, 5 and 2 more");
    }
}
