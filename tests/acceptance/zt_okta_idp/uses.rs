//! What still uses a login method that is about to go.

use serde_json::json;
use zt::mock::Fault;
use zt::mock::cloudflare::AccessNoun;
use zt::mock::cloudflare::authentication::Scope;
use zt::mock::journal::Exchange;

use super::{IDP, SECRET, configure, created};
use crate::harness::diagnostic::Diagnostic;
use crate::harness::story::Story;

fn in_use(diagnostics: &[Diagnostic]) -> Option<String> {
    diagnostics.iter().find(|found| found.summary.contains("still in use")).map(Diagnostic::text)
}

/// An application that allows it, a shared policy with a rule about its groups, and others that do not care.
fn use_it(story: &Story, scope: Scope, id: &str) {
    let mut account = story.mock().cloudflare();
    let rule = json!({"okta": {"name": "admins", "identity_provider_id": id}});
    for (noun, document) in [
        (AccessNoun::Applications, json!({"id": "1", "name": "Wiki", "allowed_idps": [id]})),
        (AccessNoun::Applications, json!({"id": "2", "name": "Blog", "allowed_idps": []})),
        (AccessNoun::Policies, json!({"id": "3", "name": "Admins", "include": [rule]})),
        (AccessNoun::Groups, json!({"id": "4", "name": "Staff", "require": [{"login_method": {"id": "another"}}]})),
    ] {
        account.add_access_object(scope, noun, document);
    }
}

#[test]
fn a_destruction_names_what_uses_it() {
    let (story, id) = created("");
    assert_eq!(in_use(&story.plan_with(&["-destroy"]).diagnostics), None);
    use_it(&story, Scope::Account, &id);
    let said = in_use(&story.plan_with(&["-destroy"]).diagnostics).unwrap();
    assert!(said.contains("application \"Wiki\", policy \"Admins\""), "{said}");
    assert!(!said.contains("Blog") && !said.contains("Staff"), "{said}");
    // A change in place is nothing to warn of.
    configure(&story, "Renamed", SECRET);
    assert_eq!(in_use(&story.plan().diagnostics), None);
}

#[test]
fn a_replacement_says_why_and_names_what_uses_it() {
    let (story, id) = created("");
    use_it(&story, Scope::Account, &id);
    let zone = story.mock().cloudflare().zone_id().to_owned();
    configure(&story, "Okta", &format!("{SECRET}\n  zone_id = {zone:?}"));
    let plan = story.plan();
    assert!(plan.replaces(IDP));
    assert!(in_use(&plan.diagnostics).is_some());
    let why = plan.diagnostics.iter().find(|found| found.summary == "Another zone_id makes a new zt_okta_idp");
    assert!(why.is_some_and(|why| why.points_at("zone_id") && why.text().contains("cannot move")), "{}", plan.text());
}

/// A zone has applications and groups of its own, and no shared policies.
#[test]
fn one_in_a_zone_is_used_in_that_zone() {
    let zone = Story::new();
    let id = zone.mock().cloudflare().zone_id().to_owned();
    configure(&zone, "Okta", &format!("{SECRET}\n  zone_id = {id:?}"));
    zone.apply();
    let id = super::id(&zone);
    use_it(&zone, Scope::Account, &id);
    assert_eq!(in_use(&zone.plan_with(&["-destroy"]).diagnostics), None, "another scope");
    use_it(&zone, Scope::Zone, &id);
    let mark = zone.mock().journal().len();
    let said = in_use(&zone.plan_with(&["-destroy"]).diagnostics).unwrap();
    assert!(said.contains("application \"Wiki\"") && !said.contains("Admins"), "{said}");
    let answered = |exchange: &Exchange| exchange.status.is_some_and(|status| status < 400);
    assert!(zone.mock().journal().since(mark).iter().all(answered), "a route was guessed");
}

#[test]
fn a_token_that_may_not_read_them_is_no_obstacle() {
    let (story, id) = created("");
    use_it(&story, Scope::Account, &id);
    let refusal = json!({"success": false, "errors": [{"code": 10000, "message": "Authentication error"}], "messages": [],
        "result": null});
    story.mock().fail(Fault::on("GET", "/client/v4/accounts/*/access/apps").answering(403, refusal));
    let said = in_use(&story.plan_with(&["-destroy"]).diagnostics).unwrap();
    assert!(said.contains("policy \"Admins\"") && !said.contains("Wiki"), "{said}");
    story.mock().world().faults.clear();
    story.destroy();
}
