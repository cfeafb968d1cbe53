//! Rotating the one SCIM secret while Okta provisions: what is refused in the window is counted and tried again, and
//! everybody and every group arrives.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::*;

/// People who are hired while the secret changes.
const CROWD: usize = 8;

/// Somebody is hired: a person in the group that has the app, and in the one that is pushed.
fn hire(scim: &Scim, number: usize) {
    let login = format!("hire{number}@acme.example");
    let body = json!({
        "profile": {"firstName": "Hire", "lastName": number.to_string(), "email": login, "login": login},
        "groupIds": [scim.group("Zero Trust Users"), scim.group("Engineering")],
    });
    scim.story.in_okta("POST", "/api/v1/users?activate=true", Some(&body));
}

/// Somebody leaves the pushed group.
fn move_ada(scim: &Scim) {
    let (engineering, ada) = (scim.group("Engineering"), scim.user("ada"));
    scim.story.in_okta("DELETE", &format!("/api/v1/groups/{engineering}/users/{ada}"), None);
}

/// Everything that Okta has to tell is told, and Cloudflare has the people and the group as Okta has them. Says what it
/// took.
fn everything_arrives(scim: &Scim, hired: usize) -> String {
    let mock = scim.story.mock();
    let standing = mock.drain_provisioning();
    assert_eq!((standing.pending, standing.failing, standing.unanswered), (0, 0, 0), "{standing:?}");
    assert!(standing.broken.is_none(), "{standing:?}");
    let people = mock.okta().app_users(&scim.id());
    assert_eq!(people.len(), 3 + hired);
    assert!(people.iter().all(|(_, _, sync)| *sync == "SYNCHRONIZED"), "{people:?}");
    let account = mock.cloudflare();
    let directory = account.identity_providers()[0].directory();
    let active = directory.users().filter(|user| user.is_active()).count();
    let members = directory.member_ids(directory.group("Engineering").unwrap()).len();
    assert_eq!((active, members), (3 + hired, 2 + hired), "ada's leaving has arrived as well");
    format!(
        "{hired} hired: {} jobs in {} attempts, {} requests, {} refused, {} unanswered",
        standing.done, standing.attempts, standing.requests, standing.refused, standing.unanswered
    )
}

#[test]
fn what_is_pushed_between_minting_and_installing_is_refused_and_arrives() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.configure_managed(Some("1"), &everything(&scim));
    scim.story.apply();
    let mock = scim.story.mock();
    assert_eq!(mock.drain_provisioning().pending, 0);
    let before = mock.provisioning();

    scim.configure_managed(Some("2"), &everything(&scim));
    mock.fail(Fault::on("POST", CONNECTION).held());
    thread::scope(|scope| {
        let apply = scope.spawn(|| scim.story.apply_only());
        assert!(mock.world().faults.wait_for_strike(Duration::from_secs(90)), "the secret was not installed");
        (0..CROWD).for_each(|number| hire(&scim, number));
        move_ada(&scim);
        let standing = mock.drain_provisioning();
        assert_eq!((standing.failing, standing.pending), (CROWD + 1, CROWD + 1), "{standing:?}");
        assert!(standing.refused - before.refused > CROWD as u64, "{standing:?}");
        mock.world().faults.clear();
        apply.join().unwrap();
    });
    println!("{}", everything_arrives(&scim, CROWD));
    mock.world().clock.advance(Duration::from_secs(600));
    let plan = scim.story.plan();
    assert!(plan.is_empty() && plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
}

/// Rotates again and again, with people hired all the time.
fn rotates_in_full_swing(scim: &Scim, mints: usize, configure: impl Fn(&str)) -> String {
    configure("1");
    scim.story.apply();
    let over = AtomicBool::new(false);
    let hired = thread::scope(|scope| {
        let hiring = scope.spawn(|| {
            let mut hired = 0;
            while !over.load(Ordering::Relaxed) || hired < CROWD {
                hire(scim, hired);
                hired += 1;
                thread::sleep(Duration::from_millis(100));
            }
            hired
        });
        for trigger in ["2", "3"] {
            configure(trigger);
            scim.story.apply_only();
        }
        over.store(true, Ordering::Relaxed);
        hiring.join().unwrap()
    });
    move_ada(scim);
    assert_eq!(scim.mints(), mints);
    let told = everything_arrives(scim, hired);
    let plan = scim.story.plan();
    assert!(plan.is_empty() && plan.diagnostics.is_empty(), "{:?}", plan.diagnostics);
    told
}

#[test]
fn a_managed_token_rotates_in_full_swing_without_anybody_lost() {
    let scim = Scim::new(ProvisioningApi::Supported);
    let more = everything(&scim);
    let told = rotates_in_full_swing(&scim, 3, |trigger| scim.configure_managed(Some(trigger), &more));
    println!("{told}");
}

#[test]
fn the_secret_of_a_scim_config_rotates_in_full_swing_without_anybody_lost() {
    let scim = Scim::new(ProvisioningApi::Supported);
    scim.switch_scim_off();
    let (provider, more) = (scim.provider(), everything(&scim));
    let told = rotates_in_full_swing(&scim, 2, |trigger| {
        scim.story.write(
            "scim.tf",
            &format!(
                "resource \"zt_scim_config\" \"okta\" {{\n  identity_provider_id = {provider:?}\n  rotation_trigger = \
                 {trigger:?}\n}}\n"
            ),
        );
        scim.configure_bare(&format!(
            "  scim_base_url = zt_scim_config.okta.scim_base_url\n  scim_token = zt_scim_config.okta.secret\n{more}\n"
        ));
    });
    println!("{told}");
}
