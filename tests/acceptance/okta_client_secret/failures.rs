//! Lost answers and refusals.

use super::*;

fn lost() -> [Fault; 2] {
    [Fault::on("POST", ALL).closing(), Fault::on("POST", ALL).truncating()].map(|fault| fault.carried_out().times(1))
}

fn posts(secrets: &Secrets) -> usize {
    secrets.story.mock().journal().matching("POST", ALL).len()
}

#[test]
fn a_secret_whose_answer_is_lost_is_found_again() {
    for fault in lost() {
        let secrets = Secrets::with_app();
        secrets.configure("");
        secrets.story.mock().fail(fault);
        secrets.story.apply();
        assert!(secrets.accepts(&secrets.text("client_secret")));
        assert_eq!((secrets.all().len(), posts(&secrets)), (2, 1), "the call was made once");
    }
}

#[test]
fn a_secret_that_was_not_made_is_told_from_one_that_was() {
    let secrets = Secrets::with_app();
    secrets.configure("");
    secrets.story.mock().fail(Fault::on("POST", ALL).closing().times(1));
    let error = secrets.story.apply_fails().error();
    assert!(error.points_at("app_id") && error.text().contains("it was not made"), "{error}");
    assert_eq!((secrets.all().len(), posts(&secrets)), (1, 1));
    secrets.story.apply();
}

#[test]
fn where_nothing_may_be_looked_up_the_error_says_what_to_look_for() {
    for never in [true, false] {
        let secrets = Secrets::with_app();
        secrets.configure("");
        let [fault, _] = lost();
        secrets.story.mock().fail(fault);
        if never {
            secrets.never_check_secrets();
        } else {
            // The refresh of the app warns of this, too.
            secrets.story.mock().fail(Fault::on("GET", ALL).answering(403, forbidden()));
        }
        let error = secrets.story.apply_fails().error();
        secrets.story.mock().world().faults.clear();
        let made = secrets.all().pop().unwrap();
        let hash = made["secret_hash"].as_str().unwrap();
        assert!(error.text().contains(hash), "{error}");
        assert!(error.text().contains(&format!("terraform import okta_client_secret.NAME {}/", secrets.app_id())));

        // As the error says.
        if never {
            secrets.story.remove("provider.tf");
        }
        secrets.story.import(SECRET, &format!("{}/{}", secrets.app_id(), made["id"].as_str().unwrap()));
        secrets.story.apply();
        assert_eq!(secrets.text("client_secret_hash"), hash);
    }
}

#[test]
fn what_okta_says_of_a_create_is_said_at_the_app() {
    let secrets = Secrets::with_app();
    secrets.configure("");
    let said = "'client_secret' can't be used when 'token_endpoint_auth_method' is 'none'.";
    let answer = refusal("E0000001", "Api validation failed: client_secret", &[said]);
    secrets.story.mock().fail(Fault::on("POST", ALL).answering(400, answer).times(1));
    let error = secrets.story.apply_fails().error();
    assert!(error.points_at("app_id") && error.text().contains("token_endpoint_auth_method"), "{error}");
}

#[test]
fn the_only_active_secret_cannot_be_made_inactive() {
    let secrets = Secrets::applied("");
    let first = secrets.all().into_iter().find(|secret| secret["id"] != secrets.secret()["id"]).unwrap();
    secrets.remove(first["id"].as_str().unwrap());
    secrets.configure("  status = \"INACTIVE\"\n");
    let error = secrets.story.apply_fails().error();
    assert!(error.points_at("status") && error.text().contains("Make another one"), "{error}");
    assert_eq!(secrets.secret()["status"], "ACTIVE");
}

#[test]
fn a_deletion_that_breaks_is_finished_by_the_next_apply() {
    let secrets = Secrets::applied("");
    secrets.story.write("main.tf", OF_AN_APP);
    secrets.story.mock().fail(Fault::on("DELETE", ONE).answering(403, forbidden()).times(1));
    secrets.story.apply_fails();
    assert_eq!(secrets.story.addresses(), [SECRET, APP]);
    secrets.story.apply();
    assert_eq!(secrets.all().len(), 1);
}
