//! Groups: what tokens tell of them, and whether that is what is pushed.

use super::Verdict;
use super::claim::{Filter, told};
use super::login::method;
use crate::handshake::readings::{CLAIM, Groups, Seen, Unread};
use crate::okta::api::app_settings::GroupsClaim;
use crate::okta::api::push_mappings::{PushMapping, PushStatus};
use std::collections::BTreeSet;

/// Most groups that a token lists reliably.
const MOST: usize = 100;
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
                "Add a claim {CLAIM} of ID tokens, always included, to the authorization server {server} (Okta: Security > \
                 API > Claims)."
            ),
            None => "Set groups_claim of the okta_oidc_app, for instance { filter_type = \"STARTS_WITH\", value = \
                     \"access-\" }."
                .to_owned(),
        };
        let message =
            "ID tokens have no groups claim, so Cloudflare does not know anybody's groups and may refuse logins.";
        return Ok(Verdict::fail(message, remedy));
    };
    let is_read = claim.name == CLAIM || method.claims().is_some_and(|claims| claims.contains(&claim.name));
    if !is_read {
        return Ok(Verdict::warn(
            format!("The groups claim is named {:?}, and Cloudflare reads {CLAIM:?}.", claim.name),
            format!("Set groups_claim.name of the okta_oidc_app to {CLAIM:?}."),
        ));
    }
    Ok(Verdict::pass(format!("ID tokens tell of groups by {}.", told(claim))))
}

pub(super) fn group_count(seen: &Seen) -> Result<Verdict, Unread> {
    method(seen)?;
    let (claim, groups) = (claim(seen)?, groups(seen)?);
    let filter = Filter::of(claim)?;
    let count = groups.by_id.values().filter(|group| filter.passes(group)).count();
    if count <= MOST {
        return match groups.complete {
            true => {
                Ok(Verdict::pass(format!("Groups that match the groups claim: {count}. Up to {MOST} are no problem.")))
            }
            false => Err(Unread::Skipped(format!(
                "The org has more groups than are looked at; of the first {}, {count} match the groups claim.",
                groups.by_id.len()
            ))),
        };
    }
    let least = if groups.complete { "" } else { "At least " };
    let message = |rest: &str| {
        format!(
            "{least}{count} groups match the groups claim ({}), so somebody may be in more than {MOST}{rest}",
            told(claim)
        )
    };
    let failure = "Failed to fetch user/group information from the identity";
    let remedy = "Narrow the groups claim, for instance to a prefix, or set api_token of zt_okta_idp";
    Ok(match seen.has_api_token {
        Some(true) => Verdict::pass(message("; Cloudflare looks up their groups with its API token.")),
        Some(false) => Verdict::fail(
            message(&format!(", and Cloudflare has no API token: their logins fail with {failure:?}.")),
            format!("{remedy}."),
        ),
        None => Verdict::warn(
            message(&format!(
                ". Without an API token in Cloudflare, which does not show whether it has one, their logins fail with \
                 {failure:?}."
            )),
            format!("{remedy} and has_api_token = true here."),
        ),
    })
}

pub(super) fn pushed_groups_in_claim(seen: &Seen) -> Result<Verdict, Unread> {
    method(seen)?;
    let mappings = seen.mappings.as_ref().map_err(Clone::clone)?;
    let pushed: Vec<&PushMapping> = mappings.iter().filter(|mapping| mapping.status != PushStatus::Inactive).collect();
    if pushed.is_empty() {
        return Err(Unread::Skipped("No group is pushed.".to_owned()));
    }
    let (claim, groups) = (claim(seen)?, groups(seen)?);
    let filter = Filter::of(claim)?;
    let (mut outside, mut renamed) = (BTreeSet::new(), BTreeSet::new());
    for mapping in &pushed {
        let Some(source) = groups.by_id.get(&mapping.source_group_id) else { continue };
        let target = mapping.target_group_id.as_ref().and_then(|id| groups.by_id.get(id));
        let name = source.profile.name.as_str();
        if !filter.passes(source) {
            outside.insert(name.to_owned());
        } else if let Some(target) = target.filter(|target| target.profile.name != name) {
            renamed.insert(format!("{name} as {}", target.profile.name));
        }
    }
    if !outside.is_empty() {
        return Ok(Verdict::fail(
            format!(
                "Pushed, and not told by ID tokens, whose groups claim is {}: {}. Access policies that name them let nobody \
                 in.",
                told(claim),
                some(&outside)
            ),
            "Widen groups_claim of the okta_oidc_app, or push groups that it covers. It covers groups of Okta itself, not \
             those of apps and directories.",
        ));
    }
    if !renamed.is_empty() {
        return Ok(Verdict::fail(
            format!(
                "Pushed under another name than ID tokens tell: {}. Access policies that name the pushed group let nobody in.",
                some(&renamed)
            ),
            "Leave target_group_name out, or set it to the name of the group in Okta.",
        ));
    }
    let groups = if pushed.len() == 1 {
        "The pushed group is".to_owned()
    } else {
        format!("All {} pushed groups are", pushed.len())
    };
    Ok(Verdict::pass(format!("{groups} told by ID tokens too, under the same name.")))
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
        let asked = |seen: &mut Seen| {
            named(seen);
            seen.login_method = Ok(Some(login_method(json!({"config.claims": ["roles"]}))));
        };
        assert_eq!(after(groups_claim, asked).0, S::Pass);
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

    #[test]
    fn more_than_a_hundred_groups_need_an_api_token() {
        let counted = |count: usize, token: Option<bool>| {
            after(group_count, |seen| {
                seen.groups = Ok(many(count));
                seen.has_api_token = token;
            })
            .0
        };
        assert_eq!(counted(100, Some(false)), S::Pass);
        assert_eq!(counted(101, Some(true)), S::Pass);
        assert_eq!(counted(101, None), S::Warn);
        assert_eq!(counted(101, Some(false)), S::Fail);
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
        let unknown = |seen: &mut Seen| seen.groups = Ok(Groups { by_id: Default::default(), complete: true });
        assert_eq!(after(pushed_groups_in_claim, unknown).0, S::Pass, "a group that is gone is none of the claim's");
    }

    #[test]
    fn long_lists_are_cut() {
        let names: BTreeSet<String> = (1..=7).map(|index| index.to_string()).collect();
        assert_eq!(some(&names), "1, 2, 3, 4, 5 and 2 more");
    }
}
