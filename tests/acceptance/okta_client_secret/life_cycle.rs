//! From the first apply to the last.

use std::time::Duration;

use super::*;

#[test]
fn a_secret_is_made_beside_the_first_one_and_works() {
    let secrets = Secrets::applied("");
    let text = secrets.text("client_secret");
    assert!(text.len() == 64 && text.starts_with("zt"), "the provider's own");
    assert!(secrets.accepts(&text));
    let all = secrets.all();
    assert_eq!(all.len(), 2);
    let ours = all.iter().find(|secret| secret["id"] == secrets.secret()["id"]).unwrap();
    assert_eq!(ours["secret_hash"], secrets.secret()["client_secret_hash"]);
    assert_eq!(ours["created"], secrets.secret()["created"]);
    assert_eq!(secrets.secret()["status"], "ACTIVE");

    let writes = secrets.writes(|story| drop(story.destroy()));
    assert_eq!(
        writes,
        [
            "POST apps/*/credentials/secrets/*/lifecycle/deactivate",
            "DELETE apps/*/credentials/secrets/*",
            "POST apps/*/lifecycle/deactivate",
            "DELETE apps/*",
        ]
    );
}

#[test]
fn the_status_is_switched_in_place() {
    let secrets = Secrets::applied("");
    let before = secrets.secret();
    // Okta's times are whole seconds, and two applies fit into one.
    secrets.story.mock().world().clock.advance(Duration::from_secs(1));
    secrets.configure("  status = \"INACTIVE\"\n");
    let plan = secrets.story.plan();
    assert_eq!(plan.changed_attributes(SECRET), ["last_updated", "status"]);
    assert!(!plan.replaces(SECRET));
    secrets.story.apply();
    assert!(!secrets.accepts(before["client_secret"].as_str().unwrap()));
    assert_ne!(secrets.secret()["last_updated"], before["last_updated"]);

    // Taken out of the configuration it is what it is at first.
    secrets.configure("");
    secrets.story.apply();
    assert!(secrets.accepts(before["client_secret"].as_str().unwrap()));
    for attribute in ["id", "client_secret", "client_secret_hash", "created"] {
        assert_eq!(secrets.secret()[attribute], before[attribute]);
    }
}

#[test]
fn a_secret_can_be_made_inactive() {
    let secrets = Secrets::applied("  status = \"INACTIVE\"\n");
    assert!(!secrets.accepts(&secrets.text("client_secret")));
    secrets.story.destroy();
}

#[test]
fn other_keepers_make_another_secret_and_first_ones_do_not() {
    let secrets = Secrets::applied("");
    let before = secrets.text("id");
    secrets.configure("  keepers = { rotation = \"1\" }\n");
    let writes = secrets.writes(|story| drop(story.apply()));
    assert_eq!((secrets.text("id"), writes), (before.clone(), vec![]));
    secrets.configure("  keepers = { rotation = \"2\" }\n");
    assert_eq!(secrets.story.plan().replace_paths(SECRET), ["keepers"]);
    secrets.story.apply();
    assert_ne!(secrets.text("id"), before);
    assert_eq!(secrets.all().len(), 2, "the first one and ours");
}

#[test]
fn an_omitted_secret_is_nowhere_in_the_state() {
    let secrets = Secrets::applied("  omit_secret = true\n");
    let all = secrets.all();
    let ours = all.iter().find(|secret| secret["id"] == secrets.secret()["id"]).unwrap();
    let text = ours["client_secret"].as_str().unwrap().to_owned();
    assert_eq!(secrets.secret()["client_secret"], Value::Null);
    assert_eq!(secrets.secret()["client_secret_hash"], ours["secret_hash"]);
    assert!(!secrets.story.state_file().contains(&text));

    secrets.configure("");
    let writes = secrets.writes(|story| drop(story.apply()));
    assert_eq!((secrets.text("client_secret"), writes), (text.clone(), vec![]));
    assert!(secrets.story.state_file().contains(&text));

    secrets.configure("  omit_secret = true\n");
    let writes = secrets.writes(|story| drop(story.apply()));
    assert_eq!((&secrets.secret()["client_secret"], writes), (&Value::Null, vec![]));
    assert!(!secrets.story.state_file().contains(&text));
}

#[test]
fn a_new_secret_is_in_the_state_only() {
    let secrets = Secrets::applied("  keepers = { rotation = \"1\" }\n");
    let text = secrets.text("client_secret");
    secrets.configure("  keepers = { rotation = \"2\" }\n");
    assert!(!secrets.story.plan().text().contains(&text));
    assert!(!serde_json::to_string(&secrets.story.mock().journal().all()).unwrap().contains(&text));
}

#[test]
fn the_last_active_secret_stays_with_a_warning() {
    let secrets = Secrets::applied("");
    let (id, app) = (secrets.text("id"), secrets.app_id());
    let first = secrets.all().into_iter().find(|secret| secret["id"] != id.as_str()).unwrap();
    secrets.remove(first["id"].as_str().unwrap());
    secrets.story.write("main.tf", OF_AN_APP);
    let applied = secrets.story.apply_only();
    let stays = applied.warnings.iter().find(|told| told.text().contains("stays in Okta"));
    let stays = stays.unwrap_or_else(|| panic!("{:?}", applied.warnings)).text();
    assert!(stays.contains(&id) && stays.contains(&app) && stays.contains("Deleting the app"), "{stays}");
    assert_eq!(secrets.story.addresses(), [APP]);
    assert_eq!(secrets.all()[0]["status"], "ACTIVE");
    secrets.story.expect_empty_plan();
    secrets.story.destroy();
}

#[test]
fn the_last_active_secret_stays_where_only_okta_can_say_so() {
    for never in [true, false] {
        let secrets = Secrets::applied("");
        let first = secrets.all().into_iter().find(|secret| secret["id"] != secrets.secret()["id"]).unwrap();
        secrets.remove(first["id"].as_str().unwrap());
        if never {
            secrets.never_check_secrets();
        } else {
            secrets.story.mock().fail(Fault::on("GET", ALL).answering(403, forbidden()));
        }
        secrets.story.write("main.tf", OF_AN_APP);
        let applied = secrets.story.apply_only();
        assert!(applied.warnings.iter().any(|told| told.text().contains("stays in Okta")), "{:?}", applied.warnings);
        secrets.story.mock().world().faults.clear();
        assert_eq!(secrets.all().len(), 1);
    }
}

#[test]
fn what_is_gone_already_is_deleted_with_success() {
    let secrets = Secrets::applied("");
    let id = secrets.text("id");
    secrets.story.write("main.tf", OF_AN_APP);
    secrets.remove(&id);
    secrets.story.workspace().terraform(&["apply", "-refresh=false", "-auto-approve"]).expect_success();
    assert_eq!(secrets.story.addresses(), [APP]);
}
