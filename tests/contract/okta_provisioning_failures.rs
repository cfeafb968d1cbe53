//! What happens when a SCIM service refuses, is slow or is not there, and how Okta catches up with it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::Options;

use crate::okta::Administrator;
use crate::provisioned_app::{ProvisionedApp, TOKEN};
use crate::scim_service::Answer;

const FIND_ADA: &str = "GET /Users?filter=userName eq \"ada@acme.example\"&startIndex=1&count=100";
const NOTHING: [&str; 0] = [];

fn state(status: &str, sync: &str) -> (String, String) {
    (status.to_owned(), sync.to_owned())
}

/// The last event of the System Log's provisioning.
async fn told(app: &ProvisionedApp) -> String {
    app.events().await.pop().unwrap()
}

#[tokio::test]
async fn every_refusal_of_a_user_shows_on_the_assignment_and_in_the_log() {
    let find = "GET /Users?filter";
    let verify = "user.verify_exists: Automatic provisioning of user Ada Quist to app Team failed: \
        Error while verifying if user ada@acme.example exists: ";
    let create = "user.push: Automatic provisioning of user Ada Quist to app Team failed: \
        Error while creating user ada@acme.example: ";
    let reported = |reason: &str, detail: &str| format!("{reason}. Errors reported by remote server: {detail}");
    let cases = [
        (Answer::refusing(find, 401, "Invalid token"), verify, reported("Unauthorized", "Invalid token")),
        (Answer::on(find, 403, ""), verify, reported("Forbidden", "Forbidden")),
        (Answer::on(find, 200, "<html>"), verify, "The remote server did not answer with a SCIM list".into()),
        (Answer::refusing("POST /Users", 409, "User exists"), create, reported("Conflict", "User exists")),
        (Answer::on("POST /Users", 500, "oops"), create, reported("Internal Server Error", "Internal Server Error")),
        (Answer::on("POST /Users", 201, ""), create, "Create new user returned empty user.".into()),
        (Answer::on("POST /Users", 404, ""), create, reported("Not Found", "Not Found")),
        (Answer::refusing("POST /Users", 400, TOKEN), create, reported("Bad Request", "[redacted]")),
    ];
    for (answer, start, reason) in cases {
        let app = ProvisionedApp::new().await;
        app.service.script(answer);
        app.assign("ada").await;
        let standing = app.mock.drain_provisioning();
        assert_eq!(told(&app).await, format!("{start}{reason}"));
        assert_eq!(app.state("ada").await, state("STAGED", "ERROR"), "{reason}");
        assert_eq!(app.assignment("ada").await["externalId"], Value::Null);
        assert_eq!((standing.pending, standing.failing, standing.attempts), (1, 1, 1), "it waits for its retry");
        let waiting = &standing.jobs[0];
        assert_eq!((waiting.task, waiting.subject.as_str(), waiting.failures), ("provision", &*app.person("ada"), 1));
        assert!(waiting.error.as_ref().unwrap().ends_with(&reason), "{waiting:?}");

        app.service.requests();
        assert_eq!(app.sent(), [FIND_ADA, "POST /Users"], "from the beginning");
        assert_eq!(app.state("ada").await, state("PROVISIONED", "SYNCHRONIZED"));
        assert_eq!(app.mock.provisioning().pending, 0);
    }
}

#[tokio::test]
async fn a_user_who_is_gone_from_the_app_is_an_error_until_assigned_anew() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.sent();
    app.service.lose("Users", "user1");
    app.post(&format!("/api/v1/users/{}", app.person("ada")), json!({"profile": {"lastName": "Byron"}})).await;
    assert_eq!(app.sent(), ["GET /Users/user1"], "nobody is looked for, nobody is created");
    assert_eq!(app.state("ada").await, state("PROVISIONED", "ERROR"));
    let reason = "user.push_profile: Automatic profile push of user Ada Byron to app Team failed: Error while trying to \
        push profile update for ada@acme.example: Not Found. Errors reported by remote server: no";
    assert_eq!(told(&app).await, reason);
    assert_eq!(app.sent(), ["GET /Users/user1"], "a retry repeats it");
    app.unassign("ada").await;
    assert_eq!(app.sent(), ["PATCH /Users/user1"], "there is nobody to deactivate, and that is fine");
    assert_eq!(app.mock.provisioning().pending, 0);
    app.assign("ada").await;
    assert_eq!(app.sent(), [FIND_ADA, "POST /Users"]);
    assert_eq!(app.assignment("ada").await["externalId"], "user2");
}

#[tokio::test]
async fn a_refused_deactivation_is_told_and_tried_again() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.sent();
    app.service.script(Answer::on("PATCH /Users/user1", 502, ""));
    app.unassign("ada").await;
    app.sent();
    let reason = "user.deactivate: Automatic deprovisioning of user Ada Quist from app Team failed: Error while \
        deactivating user ada@acme.example: Bad Gateway. Errors reported by remote server: Bad Gateway";
    assert_eq!(told(&app).await, reason);
    assert_eq!(app.mock.provisioning().jobs[0].task, "deprovision");
    assert_eq!(app.service.user("ada@acme.example").unwrap()["active"], true);
    assert_eq!(app.sent(), ["PATCH /Users/user1"]);
    assert_eq!(app.service.user("ada@acme.example").unwrap()["active"], false);
    assert_eq!(told(&app).await, "user.deactivate");
}

#[tokio::test]
async fn a_refused_deactivation_is_forgotten_when_the_person_is_assigned_again() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.sent();
    app.service.script(Answer::on("PATCH /Users/user1", 500, "").forever());
    app.unassign("ada").await;
    app.sent();
    app.assign("ada").await;
    assert_eq!(app.sent(), [FIND_ADA]);
    assert_eq!((app.state("ada").await, app.mock.provisioning().pending), (state("PROVISIONED", "SYNCHRONIZED"), 0));
}

#[tokio::test]
async fn a_refused_profile_does_not_hold_up_the_deactivation() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.sent();
    app.service.script(Answer::on("GET /Users/user1", 500, "").held());
    app.mock.resume_provisioning();
    app.post(&format!("/api/v1/users/{}", app.person("ada")), json!({"profile": {"lastName": "Byron"}})).await;
    app.service.wait_for(1);
    app.unassign("ada").await;
    assert_eq!(app.mock.provisioning().in_flight, 1);
    app.service.release();
    assert_eq!(app.mock.provisioning_settled().await.pending, 0);
    assert_eq!(app.service.lines(), ["GET /Users/user1", "PATCH /Users/user1"]);
}

#[tokio::test]
async fn a_group_deleted_while_it_is_being_created_is_deleted_in_the_app() {
    let app = ProvisionedApp::new().await;
    app.service.script(Answer::on("POST /Groups", 201, r#"{"id": "group7"}"#).held());
    app.mock.resume_provisioning();
    let mapping = app.push("Engineering").await;
    app.service.wait_for(2);
    assert_eq!(app.mock.provisioning().in_flight, 1);
    app.set_mapping(&mapping, "INACTIVE").await;
    app.nothing(Method::DELETE, &format!("{mapping}?deleteTargetGroup=true"), 200).await;
    app.nothing(Method::POST, &format!("{}/connections/default/lifecycle/deactivate", app.path), 204).await;
    app.service.release();
    assert_eq!(app.mock.provisioning_settled().await.pending, 0);
    assert_eq!(app.service.lines()[1..], ["POST /Groups", "DELETE /Groups/group7"]);
}

#[tokio::test]
async fn every_refusal_of_a_group_shows_on_the_mapping_and_in_the_log() {
    let start = "Unable to update Group Push mapping target App group Engineering: Error while ";
    let cases = [
        ("GET /Groups?filter", 401, "verifying if user group Engineering exists: Unauthorized"),
        ("POST /Groups", 409, "creating user group Engineering: Conflict"),
        ("POST /Groups", 500, "creating user group Engineering: Internal Server Error"),
        ("POST /Groups", 201, "creating user group Engineering: Create new group returned empty group."),
    ];
    for (line, status, what) in cases {
        let app = ProvisionedApp::new().await;
        app.service.script(Answer::on(line, status, ""));
        let mapping = app.push("Engineering").await;
        app.sent();
        let shown = app.get(&mapping).await;
        let summary = shown["errorSummary"].as_str().unwrap_or_default().to_owned();
        assert_eq!(shown["status"], "ERROR");
        assert!(summary.starts_with(&format!("{start}{what}")), "{summary}");
        assert_eq!(shown.get("lastPush"), None);
        let event = format!("group_push.mapping.update.or.delete.failed.with.error: {summary}");
        assert_eq!(told(&app).await, event);
        app.sent();
        let shown = app.get(&mapping).await;
        assert_eq!((&shown["status"], shown.get("errorSummary")), (&json!("ACTIVE"), None), "the retry cleared it");
        assert!(app.service.group("Engineering").is_some());
    }
}

#[tokio::test]
async fn a_refused_change_of_members_is_followed_by_a_full_push() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    let mapping = app.push("Engineering").await;
    app.sent();
    let id = app.service.group("Engineering").unwrap()["id"].as_str().unwrap().to_owned();
    app.service.script(Answer::on(&format!("PATCH /Groups/{id}"), 500, ""));
    app.leave("Engineering", "ada").await;
    app.sent();
    assert_eq!(app.get(&mapping).await["status"], "ERROR");
    app.join("Engineering", "ada").await;
    app.mock.provisioning();
    let patch = format!("PATCH /Groups/{id}");
    assert_eq!(app.sent(), [format!("GET /Groups/{id}"), patch.clone(), patch], "what the app has is not certain");
    assert_eq!(app.service.members("Engineering"), ["ada@acme.example"]);
    assert_eq!(app.get(&mapping).await["status"], "ACTIVE");
}

#[tokio::test]
async fn a_group_that_is_gone_from_the_app_is_an_error_until_it_is_pushed_anew() {
    let app = ProvisionedApp::new().await;
    let mapping = app.push("Engineering").await;
    app.sent();
    let id = app.service.group("Engineering").unwrap()["id"].as_str().unwrap().to_owned();
    app.service.lose("Groups", &id);
    app.set_mapping(&mapping, "ACTIVE").await;
    assert_eq!(app.sent(), [format!("GET /Groups/{id}")]);
    let shown = app.get(&mapping).await;
    assert_eq!(shown["status"], "ERROR");
    let summary = shown["errorSummary"].as_str().unwrap();
    assert!(
        summary.contains("Error while trying to get the group Engineering with the externalId group1: Not Found"),
        "{summary}"
    );
    app.nothing(Method::DELETE, &format!("{mapping}?deleteTargetGroup=true"), 200).await;
    assert_eq!(app.sent(), [format!("DELETE /Groups/{id}")], "gone is gone");
    assert_eq!(app.mock.provisioning().pending, 0);
    app.push("Engineering").await;
    app.sent();
    assert!(app.service.group("Engineering").is_some());
}

#[tokio::test]
async fn a_refused_deletion_of_a_group_is_tried_again_unless_the_group_is_in_use() {
    let app = ProvisionedApp::new().await;
    let mapping = app.push("Engineering").await;
    app.sent();
    let id = app.service.group("Engineering").unwrap()["id"].as_str().unwrap().to_owned();
    app.service.script(Answer::on("DELETE /Groups", 503, "").forever());
    app.set_mapping(&mapping, "INACTIVE").await;
    app.nothing(Method::DELETE, &format!("{mapping}?deleteTargetGroup=true"), 200).await;
    app.sent();
    let reason = told(&app).await;
    assert!(reason.contains("Unable to delete Group Push mapping target App group Engineering"), "{reason}");
    app.push("Engineering").await;
    app.sent();
    assert_eq!(app.service.group("Engineering").unwrap()["id"], json!(id), "linked");
    app.service.recover();
    assert_eq!(app.sent(), NOTHING, "a group that is pushed is not deleted by what was meant before");
    assert_eq!(app.mock.provisioning().pending, 0);
}

#[tokio::test]
async fn a_service_that_was_down_is_caught_up_with() {
    let app = ProvisionedApp::new().await;
    app.mock.okta().edit_connection(&app.id, "http://127.0.0.1:1/scim/v2", TOKEN, app.mock.world().clock.now());
    app.put(&format!("{}/groups/{}", app.path, app.group("Engineering")), json!({})).await;
    let mapping = app.push("Engineering").await;
    let standing = app.mock.drain_provisioning();
    assert_eq!((standing.pending, standing.failing, standing.unanswered), (4, 4, 4));
    assert_eq!(standing.requests, 4, "a group does not wait for people who cannot be reached");
    for name in ["ada", "bo", "chidi"] {
        assert_eq!(app.state(name).await, state("STAGED", "ERROR"), "{name}");
    }
    let summary = app.get(&mapping).await["errorSummary"].as_str().unwrap().to_owned();
    assert!(summary.ends_with("The remote server could not be reached"), "{summary}");
    assert_eq!(app.service.lines(), NOTHING);

    app.leave("Engineering", "chidi").await;
    app.mock.okta().edit_connection(&app.id, app.service.base_url(), TOKEN, app.mock.world().clock.now());
    app.mock.provisioning_drained().await;
    assert_eq!(app.service.members("Engineering"), ["ada@acme.example", "bo@acme.example"], "as it is by now");
    assert_eq!(app.service.user("chidi@acme.example"), None, "left before anybody heard of him");
    let sent = app.service.lines();
    assert_eq!(sent.len(), 6, "{sent:?}");
    assert_eq!(app.get(&mapping).await["status"], "ACTIVE");
    assert_eq!(app.mock.provisioning().pending, 0);
}

#[tokio::test]
async fn refused_calls_are_counted_and_nothing_is_lost_when_a_wrong_token_is_replaced() {
    let app = ProvisionedApp::new().await;
    app.service.lets_in("another");
    app.put(&format!("{}/groups/{}", app.path, app.group("Engineering")), json!({})).await;
    let mapping = app.push("Engineering").await;
    let first = app.mock.drain_provisioning();
    assert_eq!((first.attempts, first.requests, first.refused, first.pending), (4, 4, 4, 4));
    let second = app.mock.drain_provisioning();
    assert_eq!((second.attempts, second.refused, second.pending), (8, 8, 4), "once more each, and no oftener");
    assert_eq!(app.get(&mapping).await["status"], "ERROR");
    let events = app.events().await;
    assert_eq!(events.iter().filter(|event| event.contains("Unauthorized")).count(), 8, "{events:?}");

    app.connect(app.service.base_url(), "another").await;
    app.service.requests();
    let last = app.mock.drain_provisioning();
    assert_eq!((last.pending, last.refused, last.done), (0, 8, 4));
    assert_eq!(app.service.members("Engineering").len(), 3);
    assert_eq!(app.get(&mapping).await["status"], "ACTIVE");
    assert!(app.service.requests().iter().all(|request| request.header("authorization") == Some("another")));
}

#[tokio::test]
async fn retries_are_due_on_the_mocks_clock_and_later_each_time() {
    let app = ProvisionedApp::new().await;
    app.service.script(Answer::on("GET /Users?filter", 500, ""));
    app.assign("ada").await;
    let due = app.mock.drain_provisioning().jobs[0].due.clone();
    app.mock.resume_provisioning();
    app.mock.world().clock.advance(Duration::from_secs(10));
    assert_eq!(app.state("ada").await, state("STAGED", "ERROR"), "it is not time");
    let path = format!("{}/_mock/clock", app.mock.org_url());
    let moved = crate::http::send(Method::POST, &path, &[], &json!({"advance_seconds": 25})).await;
    assert!(moved.json()["now"].as_str().unwrap() > due.as_str());
    app.mock.provisioning_settled().await;
    assert_eq!(app.state("ada").await, state("PROVISIONED", "SYNCHRONIZED"), "nobody but the clock woke it");
}

#[tokio::test]
async fn a_service_that_asks_for_time_gets_it() {
    let app = ProvisionedApp::new().await;
    app.service.script(Answer::on("POST /Users", 429, "").with_header("retry-after", "600"));
    app.assign("ada").await;
    let due = app.mock.drain_provisioning().jobs[0].due.clone();
    app.mock.resume_provisioning();
    app.mock.world().clock.advance(Duration::from_secs(590));
    assert!(zt::mock::clock::millis(app.mock.world().clock.now()) < due, "{due}");
    assert_eq!(app.state("ada").await, state("STAGED", "ERROR"));
    app.mock.world().clock.advance(Duration::from_secs(20));
    app.mock.provisioning_settled().await;
    assert_eq!(app.state("ada").await, state("PROVISIONED", "SYNCHRONIZED"));
}

#[tokio::test]
async fn a_slow_service_is_waited_for_up_to_a_limit() {
    // Every other answer has to come within the limit too.
    let options = Options { scim_patience: Duration::from_secs(8), ..Options::default() };
    let app = ProvisionedApp::with(options).await;
    app.service.script(Answer::on("POST /Users", 201, r#"{"id": "slow"}"#).held());
    app.mock.resume_provisioning();
    app.assign("ada").await;
    app.service.wait_for(2);
    assert_eq!(app.mock.provisioning().in_flight, 1);
    app.service.release();
    app.mock.provisioning_settled().await;
    assert_eq!(app.assignment("ada").await["externalId"], "slow");
    app.mock.pause_provisioning();
    app.service.script(Answer::on("POST /Users", 201, r#"{"id": "late"}"#).held());
    app.assign("bo").await;
    app.sent();
    assert!(told(&app).await.ends_with("Error while creating user bo@acme.example: Read timed out"));
    assert_eq!(app.mock.provisioning().unanswered, 1);
}

#[tokio::test]
async fn pausing_stops_what_has_not_begun_and_control_is_over_http_too() {
    let app = ProvisionedApp::new().await;
    let control = |verb: &'static str| {
        let (url, method) = match verb {
            "" => (format!("{}/_mock/okta/provisioning", app.mock.org_url()), Method::GET),
            verb => (format!("{}/_mock/okta/provisioning/{verb}", app.mock.org_url()), Method::POST),
        };
        async move { crate::http::send(method, &url, &[], &Value::Null).await.json() }
    };
    assert_eq!(control("pause").await["paused"], true);
    app.assign("ada").await;
    let waiting = control("").await;
    assert_eq!((&waiting["pending"], &waiting["attempts"], &waiting["requests"]), (&json!(1), &json!(0), &json!(0)));
    let job = &waiting["jobs"][0];
    assert_eq!(
        (&job["app"], &job["task"], &job["subject"]),
        (&json!(app.id), &json!("provision"), &json!(app.person("ada")))
    );
    let drained = control("drain").await;
    assert_eq!((&drained["pending"], &drained["paused"]), (&json!(0), &json!(true)));
    app.assign("bo").await;
    assert_eq!(app.state("bo").await, state("STAGED", "SYNCING"));
    assert_eq!(control("resume").await["paused"], false);
    app.mock.provisioning_settled().await;
    assert_eq!(app.state("bo").await, state("PROVISIONED", "SYNCHRONIZED"));
}

#[tokio::test]
async fn farewells_go_out_although_the_connection_goes_off_and_the_app_with_it() {
    let app = ProvisionedApp::new().await;
    let engineering = format!("{}/groups/{}", app.path, app.group("Engineering"));
    app.put(&engineering, json!({})).await;
    let mapping = app.push("Engineering").await;
    app.sent();
    app.set_mapping(&mapping, "INACTIVE").await;
    app.nothing(Method::DELETE, &format!("{mapping}?deleteTargetGroup=true"), 200).await;
    app.nothing(Method::DELETE, &engineering, 204).await;
    app.nothing(Method::POST, &format!("{}/connections/default/lifecycle/deactivate", app.path), 204).await;
    app.post(&format!("{}/lifecycle/deactivate", app.path), Value::Null).await;
    app.nothing(Method::DELETE, &app.path, 204).await;
    let mut sent = app.sent();
    sent.sort();
    assert_eq!(sent.len(), 4);
    assert!(sent[0].starts_with("DELETE /Groups/") && sent[1..].iter().all(|line| line.starts_with("PATCH /Users/")));
    assert!(app.service.users().iter().all(|user| user["active"] == false));
    assert_eq!(app.mock.provisioning().pending, 0);
}

#[tokio::test]
async fn what_a_deleted_app_leaves_behind_is_tried_once_and_forgotten() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.sent();
    app.service.script(Answer::on("PATCH /Users", 500, "").forever());
    app.unassign("ada").await;
    app.assign("bo").await;
    app.sent();
    assert_eq!(app.mock.provisioning().pending, 1);
    app.mock.okta().delete_app(&app.id, app.mock.world().clock.now());
    let standing = app.mock.drain_provisioning();
    assert_eq!((standing.pending, app.service.lines().len()), (0, 1));
}

#[tokio::test]
async fn nothing_but_farewells_goes_out_while_the_connection_is_off() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.nothing(Method::POST, &format!("{}/connections/default/lifecycle/deactivate", app.path), 204).await;
    assert_eq!(app.sent(), NOTHING);
    assert_eq!(app.mock.provisioning().pending, 1);
    app.nothing(Method::POST, &format!("{}/connections/default/lifecycle/activate", app.path), 204).await;
    assert_eq!(app.sent(), [FIND_ADA, "POST /Users"]);
}

#[tokio::test]
async fn whoever_loses_the_app_while_being_created_is_deactivated() {
    let app = ProvisionedApp::new().await;
    app.service.script(Answer::on("POST /Users", 201, r#"{"id": "user7"}"#).held());
    app.mock.resume_provisioning();
    app.assign("ada").await;
    app.service.wait_for(2);
    app.unassign("ada").await;
    assert_eq!(app.mock.provisioning().in_flight, 1);
    app.service.release();
    let sent = app.sent();
    assert_eq!(sent, [FIND_ADA, "POST /Users", "PATCH /Users/user7"]);
}

#[tokio::test]
async fn a_reset_forgets_what_was_to_be_sent() {
    let app = ProvisionedApp::new().await;
    app.assign("ada").await;
    app.mock.world().reset();
    let standing = app.mock.drain_provisioning();
    assert_eq!(standing, zt::mock::okta::Standing::default());
    assert_eq!(app.service.lines(), NOTHING);
}

#[tokio::test]
async fn where_a_person_fills_in_the_form_everything_goes_the_same_way() {
    let service = crate::scim_service::ScimService::start();
    let org = Administrator::without_connection_api().await;
    let made = org.scim_app("Team").await;
    let (id, path) = (made["id"].as_str().unwrap().to_owned(), Administrator::path(&made));
    let app = ProvisionedApp { org, service, id, path };
    app.mock.pause_provisioning();
    let form = json!({"base_url": app.service.base_url(), "token": TOKEN, "deactivate_users": false});
    let console = format!("/_mock/okta/apps/{}/provisioning", app.id);
    assert_eq!(app.call(Method::POST, &console, form).await.status, 204);
    assert_eq!(app.service.lines(), ["GET /Users?startIndex=1&count=2"]);
    app.assign("ada").await;
    app.push("Engineering").await;
    assert_eq!(app.sent().len(), 4);
    assert_eq!(app.service.members("Engineering"), ["ada@acme.example"]);
    app.unassign("ada").await;
    assert_eq!(app.sent(), NOTHING, "its box is not ticked");
    assert_eq!(app.call(Method::DELETE, &console, Value::Null).await.status, 204);
    assert_eq!(app.assign("bo").await["syncState"], "DISABLED");
    assert_eq!(app.sent(), NOTHING);
}
