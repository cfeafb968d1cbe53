//! SCIM: the endpoint in Cloudflare, the app in Okta, and what was sent from one to the other.

use super::Verdict;
use super::groups::some;
use super::login::{method, standing};
use crate::handshake::readings::{EVENTS, PEOPLE, Seen, Unread};
use crate::okta::api::apps::App;
use crate::okta::api::assignments::AppUser;
use crate::okta::api::connections::ConnectionStatus;
use crate::okta::api::logs::{LogEvent, Party};
use crate::okta::api::push_mappings::PushStatus;
use crate::okta::scim_app::{same_base_url, show_provisioning};
use std::collections::{BTreeMap, BTreeSet};

/// The template that yields the email address, whoever the person is. That of a login need not: logins may be anything.
const EMAIL: &str = "${source.email}";
/// An event of somebody who is taken away from the app.
const DEACTIVATE: &str = "application.provision.user.deactivate";

/// The SCIM app, for the checks that need one.
fn app(seen: &Seen) -> Result<&App, Unread> {
    let found = seen.scim_app.as_ref().map_err(Clone::clone)?;
    found.as_ref().ok_or_else(|| Unread::Skipped("The SCIM app does not exist.".to_owned()))
}

pub(super) fn scim_enabled(seen: &Seen) -> Result<Verdict, Unread> {
    let scim = method(seen)?.scim();
    if scim.enabled {
        return Ok(Verdict::pass("SCIM is on in Cloudflare."));
    }
    match &seen.scim_app {
        Ok(Some(app)) => Ok(Verdict::fail(
            format!("SCIM is off in Cloudflare, so what the app {:?} sends is refused.", app.label()),
            "Set enabled = true in the zt_scim_config.",
        )),
        _ => Err(Unread::Skipped("SCIM is off in Cloudflare, and no SCIM app is looked at.".to_owned())),
    }
}

pub(super) fn scim_app(seen: &Seen) -> Result<Verdict, Unread> {
    let Some(app) = seen.scim_app.as_ref().map_err(Clone::clone)? else {
        return Ok(Verdict::fail("Okta has no app with the id scim_app_id.", "Set it to the id of an okta_scim_app."));
    };
    standing(app, &seen.scim_users, "okta_scim_app", "be sent to Cloudflare")
}

pub(super) fn scim_connection(seen: &Seen) -> Result<Verdict, Unread> {
    let app = app(seen)?;
    let connection = seen.connection.as_ref().map_err(Clone::clone)?;
    let (status, base_url) = match connection {
        Some(connection) => (connection.status, connection.base_url.as_deref().filter(|url| !url.is_empty())),
        None => (ConnectionStatus::Unknown, None),
    };
    let label = app.label();
    match status {
        ConnectionStatus::Disabled => {
            return Ok(Verdict::fail(
                format!("The provisioning of the app {label:?} is switched off."),
                "Apply: okta_scim_app switches it on. Or switch it on in Okta (Provisioning > Integration).",
            ));
        }
        ConnectionStatus::Unknown if !show_provisioning(app) => {
            return Ok(Verdict::fail(
                format!("The app {label:?} is not connected to a SCIM endpoint."),
                "Fill in the form that setup_instructions of the okta_scim_app describes, and apply again.",
            ));
        }
        _ => {}
    }
    let wanted = method(seen)?.scim().base_url;
    match (base_url, wanted) {
        (Some(actual), Some(wanted)) if same_base_url(actual, &wanted) => {
            Ok(Verdict::pass(format!("The app {label:?} is connected to {wanted}.")))
        }
        (Some(actual), Some(wanted)) => Ok(Verdict::fail(
            format!(
                "The app {label:?} sends people and groups to {actual}, and Cloudflare's SCIM endpoint is {wanted}."
            ),
            "Set scim_base_url of the okta_scim_app to that of the zt_scim_config, and apply.",
        )),
        (None, _) => Err(Unread::Skipped(format!(
            "The app {label:?} is connected; Okta does not say where to, as for most apps of its catalogue."
        ))),
        (_, None) => Err(Unread::Skipped("Cloudflare names no SCIM endpoint while SCIM is off.".to_owned())),
    }
}

pub(super) fn scim_user_name(seen: &Seen) -> Result<Verdict, Unread> {
    let app = app(seen)?;
    let template = app.document.str("credentials.userNameTemplate.template").unwrap_or_default();
    let people = seen.scim_users.as_ref().map_err(Clone::clone)?;
    let wrong: BTreeSet<String> = people.iter().filter_map(not_the_email).collect();
    if !wrong.is_empty() {
        return Ok(Verdict::fail(
            format!(
                "User names that are not the person's email address: {}. Cloudflare knows people by that, so what it is sent \
                 does not reach their sessions and seats.",
                some(&wrong)
            ),
            "Set user_name_template of the okta_scim_app to \"${source.email}\" (in Terraform: \"$${source.email}\").",
        ));
    }
    if people.is_empty() && template != EMAIL {
        return Err(Unread::Skipped(format!(
            "Nobody is assigned yet, and what the template {template:?} yields is not known before."
        )));
    }
    let whose = if people.len() < PEOPLE { String::new() } else { format!(" of the {PEOPLE} people looked at") };
    Ok(Verdict::pass(format!("User names{whose} are email addresses; they are made of {template:?}.")))
}

/// A user name that is not an email address, or not the person's.
fn not_the_email(person: &AppUser) -> Option<String> {
    let name = person.credentials.user_name.as_deref()?;
    let is_email = match person.profile.email.as_deref() {
        Some(email) => name.eq_ignore_ascii_case(email),
        None => name.contains('@'),
    };
    (!is_email).then(|| name.to_owned())
}

pub(super) fn push_groups(seen: &Seen) -> Result<Verdict, Unread> {
    app(seen)?;
    let mappings = seen.mappings.as_ref().map_err(Clone::clone)?;
    if mappings.is_empty() {
        return Err(Unread::Skipped("No group is pushed.".to_owned()));
    }
    let name = |id: &String| {
        let group = seen.groups.as_ref().ok().and_then(|groups| groups.by_id.get(id));
        group.map_or_else(|| id.clone(), |group| group.profile.name.clone())
    };
    let of = |status: PushStatus| mappings.iter().filter(move |mapping| mapping.status == status);
    let failed: BTreeSet<String> = of(PushStatus::Error)
        .map(|mapping| {
            let why = mapping.error_summary.as_deref().unwrap_or("Okta does not say why");
            format!("{} ({why})", name(&mapping.source_group_id))
        })
        .collect();
    if !failed.is_empty() {
        return Ok(Verdict::fail(
            format!("Okta could not push {}.", some(&failed)),
            "Remove the cause, then push the group again: in Okta under Push Groups, or by taking it out of push_groups and \
             putting it back.",
        ));
    }
    let paused: BTreeSet<String> = of(PushStatus::Inactive).map(|mapping| name(&mapping.source_group_id)).collect();
    if !paused.is_empty() {
        return Ok(Verdict::warn(
            format!("Okta does not push changes of {}: the push is paused.", some(&paused)),
            "Activate it in Okta under Push Groups, or apply, if the group is among push_groups.",
        ));
    }
    Ok(Verdict::pass(match mappings.len() {
        1 => "One group is pushed.".to_owned(),
        count => format!("{count} groups are pushed."),
    }))
}

pub(super) fn provisioning_log(seen: &Seen) -> Result<Verdict, Unread> {
    app(seen)?;
    let events = seen.events.as_ref().map_err(Clone::clone)?;
    // The newest that tells something about a person or group decides; events come newest first.
    let mut last: BTreeMap<&str, &LogEvent> = BTreeMap::new();
    let telling = || events.iter().filter(|event| event.has_failed() || event.has_arrived());
    for event in telling() {
        last.entry(about(event).and_then(|party| party.id.as_deref()).unwrap_or_default()).or_insert(event);
    }
    // What failed for the app as a whole is mended by anything that went through later.
    if telling().next().is_some_and(LogEvent::has_arrived) {
        last.remove("");
    }
    let stands = |event: &&LogEvent| event.has_failed() && !is_over(seen, event);
    let failures: Vec<&LogEvent> = last.values().copied().filter(stands).collect();
    let Some(newest) = failures.iter().max_by_key(|event| event.published.as_str()) else {
        return match (events.len(), last.is_empty()) {
            (EVENTS.., _) => Err(Unread::Skipped(format!(
                "Of the newest {EVENTS} events of the past seven days none is a failure that still stands; the older ones are \
                 not looked at."
            ))),
            (_, true) => Ok(Verdict::pass("Okta's log tells of nothing that was sent in the past seven days.")),
            (_, false) => Ok(Verdict::pass("What Okta sent last of everybody and every group went through.")),
        };
    };
    let names = failures.iter().filter_map(|event| about(event)).filter_map(named).collect::<BTreeSet<_>>();
    let whose = if names.is_empty() { "the app itself".to_owned() } else { some(&names) };
    let what = newest.display_message.as_deref().unwrap_or(&newest.event_type);
    let reason = newest.reason().unwrap_or("no reason given");
    Ok(Verdict::fail(
        format!("What Okta sent last failed for {whose}. The newest, of {}: {what}: {reason}", newest.published),
        "Look at the reason. If it is Unauthorized, Cloudflare has another SCIM secret than Okta: change rotation_trigger. \
         Then let Okta try again: Dashboard > Tasks in its console.",
    ))
}

/// Whether a failure no longer matters: it is about somebody who is not to be in Cloudflare any more, and it was not the
/// attempt to take them away.
fn is_over(seen: &Seen, failure: &LogEvent) -> bool {
    let is_unassigned = failure.person().is_some_and(|id| seen.unassigned.contains(id));
    is_unassigned && failure.event_type != DEACTIVATE
}

/// The person or group that an event is about.
fn about(event: &LogEvent) -> Option<&Party> {
    event.target.iter().find(|party| party.kind.as_deref() != Some("AppInstance"))
}

fn named(party: &Party) -> Option<String> {
    party.display_name.clone().or_else(|| party.alternate_id.clone()).or_else(|| party.id.clone())
}

#[cfg(test)]
mod tests {
    use super::super::Status as S;
    use super::super::healthy::{SCIM, event, login_method, mapping, of, scim_app as app_with, seen, user};
    use super::*;
    use serde_json::{Value, json};

    fn after(decide: fn(&Seen) -> Result<Verdict, Unread>, change: impl FnOnce(&mut Seen)) -> (S, String) {
        let mut seen = seen();
        change(&mut seen);
        let verdict = decide(&seen).unwrap_or_else(Verdict::from);
        assert_eq!(verdict.remedy.is_some(), verdict.status >= S::Warn, "{verdict:?}");
        (verdict.status, verdict.message)
    }

    #[test]
    fn scim_that_is_off_fails_only_where_it_is_used() {
        let off =
            |seen: &mut Seen| seen.login_method = Ok(Some(login_method(json!({"scim_config": {"enabled": false}}))));
        assert_eq!(after(scim_enabled, off).0, S::Fail);
        let unused = |seen: &mut Seen| {
            off(seen);
            seen.scim_app = Err(Unread::Skipped("scim_app_id is not set.".into()));
        };
        assert_eq!(after(scim_enabled, unused).0, S::Skipped);
        assert_eq!(after(scim_connection, off).0, S::Skipped);
    }

    #[test]
    fn an_app_that_is_gone_fails_once() {
        let gone = |seen: &mut Seen| seen.scim_app = Ok(None);
        assert_eq!(after(scim_app, gone).0, S::Fail);
        for decide in [scim_connection, scim_user_name, push_groups, provisioning_log] {
            assert_eq!(after(decide, gone).0, S::Skipped);
        }
        assert_eq!(after(scim_app, |seen| seen.scim_users = Ok(Vec::new())).0, S::Fail);
        assert_eq!(
            after(scim_app, |seen| seen.scim_app = Ok(Some(app_with(json!({"status": "INACTIVE"}))))).0,
            S::Fail
        );
    }

    #[test]
    fn a_connection_has_to_be_on_and_lead_to_cloudflare() {
        let connected = |status: &str, base_url: Value, features: Value| {
            let (status, base_url, features) = (json!(status), base_url, features);
            after(scim_connection, |seen| {
                seen.connection = Ok(Some(of(json!({"status": status, "baseUrl": base_url}))));
                seen.scim_app = Ok(Some(app_with(json!({"features": features}))));
            })
            .0
        };
        let (none, on) = (json!([]), json!(["PUSH_NEW_USERS"]));
        assert_eq!(connected("ENABLED", json!(format!("{SCIM}/")), none.clone()), S::Pass);
        assert_eq!(connected("ENABLED", json!("https://other.example/scim/v2"), on.clone()), S::Fail);
        assert_eq!(connected("DISABLED", json!(SCIM), on.clone()), S::Fail);
        assert_eq!(connected("UNKNOWN", json!(null), none), S::Fail);
        assert_eq!(connected("UNKNOWN", json!(null), on), S::Skipped);
    }

    #[test]
    fn user_names_are_email_addresses() {
        let people = |people: Vec<AppUser>, template: &str| {
            after(scim_user_name, |seen| {
                seen.scim_users = Ok(people);
                seen.scim_app = Ok(Some(app_with(json!({"credentials.userNameTemplate.template": template}))));
            })
        };
        let login = "${source.login}";
        assert_eq!(people(vec![user("Ada@acme.example", "ada@acme.example")], login).0, S::Pass);
        assert_eq!(people(vec![user("ada@acme.example", "ada@acme.example")], "${user.x}").0, S::Pass);
        let (status, message) = people(vec![user("ada", "ada@acme.example")], login);
        assert!(status == S::Fail && message.contains("ada"), "{message}");
        assert_eq!(people(vec![user("ada@corp.example", "ada@acme.example")], login).0, S::Fail);
        assert_eq!(people(Vec::new(), "${source.email}").0, S::Pass);
        for template in [login, "${user.x}"] {
            assert_eq!(people(Vec::new(), template).0, S::Skipped, "{template}");
        }
    }

    #[test]
    fn a_push_in_error_fails_and_a_paused_one_warns() {
        let pushed = |mappings: Vec<Value>| {
            after(push_groups, |seen| seen.mappings = Ok(mappings.into_iter().map(of).collect()))
        };
        let mut failed = mapping("ERROR");
        failed["errorSummary"] = json!("refused");
        let (status, message) = pushed(vec![mapping("INACTIVE"), failed]);
        assert!(status == S::Fail && message.contains("access-admins (refused)"), "{message}");
        assert_eq!(pushed(vec![mapping("ACTIVE"), mapping("INACTIVE")]).0, S::Warn);
        assert_eq!(pushed(Vec::new()).0, S::Skipped);
    }

    #[test]
    fn the_last_word_about_each_person_and_group_counts() {
        const PUSH: &str = "application.provision.user.push";
        let logged = |events: &[(&str, &str, &str)]| {
            let events = events.iter().map(|(result, kind, target)| of(event(result, kind, target))).collect();
            after(provisioning_log, |seen| seen.events = Ok(events))
        };
        let (status, message) = logged(&[("SUCCESS", PUSH, "00u1"), ("FAILURE", PUSH, "00u2")]);
        assert!(status == S::Fail && message.contains("00u2") && message.contains("Unauthorized"), "{message}");
        assert!(!message.contains("00u1"), "{message}");
        assert_eq!(logged(&[("SUCCESS", PUSH, "00u1"), ("FAILURE", PUSH, "00u1")]).0, S::Pass);
        assert_eq!(logged(&[("SKIPPED", PUSH, "00u1"), ("FAILURE", PUSH, "00u1")]).0, S::Fail);
        let mapping = "application.provision.group_push.mapping.created";
        assert_eq!(logged(&[("SUCCESS", mapping, "00g1"), ("FAILURE", PUSH, "00g1")]).0, S::Fail);
        assert_eq!(logged(&[]).0, S::Pass);
    }

    #[test]
    fn a_full_page_proves_nothing_about_what_is_older() {
        let page = |kind: &str, count: usize| {
            let event = || of(event(kind, "application.provision.user.push", "00u1"));
            let events = std::iter::repeat_with(event).take(count).collect();
            after(provisioning_log, |seen| seen.events = Ok(events)).0
        };
        assert_eq!(page("SUCCESS", EVENTS - 1), S::Pass);
        assert_eq!(page("SUCCESS", EVENTS), S::Skipped);
        assert_eq!(page("FAILURE", EVENTS), S::Fail);
    }

    #[test]
    fn whoever_is_no_longer_assigned_counts_only_if_they_could_not_be_taken_away() {
        let unassigned = |kind: &str| {
            after(provisioning_log, |seen| {
                seen.events = Ok(vec![of(event("FAILURE", kind, "00u1"))]);
                seen.unassigned = BTreeSet::from(["00u1".to_owned()]);
            })
            .0
        };
        assert_eq!(unassigned("application.provision.user.push"), S::Pass);
        assert_eq!(unassigned(DEACTIVATE), S::Fail);
    }

    #[test]
    fn what_failed_for_the_whole_app_is_mended_by_a_later_success() {
        let mut whole: Value = event("FAILURE", "application.provision.integration.call_api", "x");
        whole["target"] = json!([{"id": "0oa2", "type": "AppInstance"}]);
        let success = event("SUCCESS", "application.provision.user.push", "00u1");
        let logged = |events: [&Value; 2]| {
            let events = events.into_iter().map(|event| of(event.clone())).collect();
            after(provisioning_log, |seen| seen.events = Ok(events)).0
        };
        assert_eq!(logged([&whole, &success]), S::Fail);
        assert_eq!(logged([&success, &whole]), S::Pass);
    }
}
