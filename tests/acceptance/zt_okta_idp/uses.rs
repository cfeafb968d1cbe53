//! What still uses a login method that is about to go.

use serde_json::json;
use zt::mock::Fault;
use zt::mock::cloudflare::AccessNoun;

use super::{IDP, SECRET, configure, created};
use crate::harness::diagnostic::Diagnostic;
use crate::harness::story::Story;

fn in_use(diagnostics: &[Diagnostic]) -> Option<String> {
    diagnostics.iter().find(|found| found.summary.contains("still in use")).map(Diagnostic::text)
}

/// An application that allows it, a shared policy with a rule about its groups, and others that do not care.
fn use_it(story: &Story, id: &str) {
    let mut account = story.mock().cloudflare();
    let rule = json!({"okta": {"name": "admins", "identity_provider_id": id}});
    for (noun, document) in [
        (AccessNoun::Applications, json!({"id": "1", "name": "Wiki", "allowed_idps": [id]})),
        (AccessNoun::Applications, json!({"id": "2", "name": "Blog", "allowed_idps": []})),
        (AccessNoun::Policies, json!({"id": "3", "name": "Admins", "include": [rule]})),
        (AccessNoun::Groups, json!({"id": "4", "name": "Staff", "require": [{"login_method": {"id": "another"}}]})),
    ] {
        account.add_access_object(noun, document);
    }
}

#[test]
fn a_destruction_names_what_uses_it() {
    let (story, id) = created("");
    assert_eq!(in_use(&story.plan_with(&["-destroy"]).diagnostics), None);
    use_it(&story, &id);
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
    use_it(&story, &id);
    let zone = story.mock().cloudflare().zone_id().to_owned();
    configure(&story, "Okta", &format!("{SECRET}\n  zone_id = {zone:?}"));
    let plan = story.plan();
    assert!(plan.replaces(IDP));
    assert!(in_use(&plan.diagnostics).is_some());
    let why = plan.diagnostics.iter().find(|found| found.summary == "Another zone_id makes a new zt_okta_idp");
    assert!(why.is_some_and(|why| why.points_at("zone_id") && why.text().contains("cannot move")), "{}", plan.text());
}

#[test]
fn a_token_that_may_not_read_them_is_no_obstacle() {
    let (story, id) = created("");
    use_it(&story, &id);
    let refusal = json!({"success": false, "errors": [{"code": 10000, "message": "Authentication error"}], "messages": [],
        "result": null});
    story.mock().fail(Fault::on("GET", "/client/v4/accounts/*/access/apps").answering(403, refusal));
    let said = in_use(&story.plan_with(&["-destroy"]).diagnostics).unwrap();
    assert!(said.contains("policy \"Admins\"") && !said.contains("Wiki"), "{said}");
    story.mock().world().faults.clear();
    story.destroy();
}
