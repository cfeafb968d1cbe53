//! `adopt_existing`: the login method that is there already.

use serde_json::{Value, json};
use zt::mock::Fault;

use super::secrets::{ADA, log_in};
use super::{IDP, ONE, SECRET, configure, count, created, id, refusal, stored};
use crate::harness::story::Story;

#[test]
fn adoption_takes_the_one_that_is_there() {
    let (story, id) = created("  claims = [\"groups\"]");
    story.workspace().terraform(&["state", "rm", IDP]).expect_success();
    configure(&story, "Okta", &format!("{SECRET}\n  adopt_existing = true\n  pkce_enabled = true"));
    story.apply();
    assert_eq!((self::id(&story), count(&story)), (id.clone(), 1));
    assert_eq!(stored(&story, &id, "claims"), json!(["groups"]), "what nobody configures stays");
    assert_eq!(stored(&story, &id, "pkce_enabled"), json!(true));
}

#[test]
fn one_that_terraform_does_not_know_is_left_alone_until_somebody_says_what_becomes_of_it() {
    let (story, id) = created("");
    story.workspace().terraform(&["state", "rm", IDP]).expect_success();
    let mark = story.mock().journal().len();
    let error = story.apply_fails().error();
    assert!(error.points_at("name"), "{error}");
    assert_eq!(story.mock().journal().writes_since(mark), [""; 0]);
    let block = format!("import {{ to = zt_okta_idp.NAME id = \"accounts/{}/{id}\" }}", story.mock().account_id());
    assert!(error.text().contains(&block), "{error}");
    story.write(
        "import.tf",
        &block.replace("NAME", "okta").replace(" to", "\n to").replace(" id", "\n id").replace(" }", "\n}"),
    );
    story.apply();
    assert_eq!((self::id(&story), count(&story)), (id, 1));
}

#[test]
fn one_of_another_name_or_another_app_is_another_one() {
    let (story, _) = created("");
    story.workspace().terraform(&["state", "rm", IDP]).expect_success();
    configure(&story, "Okta for partners", SECRET);
    story.apply();
    assert_eq!(count(&story), 2);
}

#[test]
fn several_candidates_for_adoption_are_an_error() {
    let (story, _) = created("");
    story.workspace().terraform(&["state", "rm", IDP]).expect_success();
    configure(&story, "Okta", &format!("{SECRET}\n  adopt_existing = false"));
    story.apply();
    story.workspace().terraform(&["state", "rm", IDP]).expect_success();
    configure(&story, "Okta", &format!("{SECRET}\n  adopt_existing = true"));
    let error = story.apply_fails().error();
    assert!(error.points_at("adopt_existing"), "{error}");
    assert_eq!(count(&story), 2);
}

/// A story in which an existing login method is about to be adopted, with PKCE and another client.
fn about_to_adopt() -> (Story, String) {
    let (story, id) = created("");
    story.workspace().terraform(&["state", "rm", IDP]).expect_success();
    configure(&story, "Okta", &format!("{SECRET}\n  adopt_existing = true\n  pkce_enabled = true"));
    (story, id)
}

#[test]
fn an_adoption_that_cloudflare_takes_in_part_says_that_the_object_was_changed() {
    let (story, id) = about_to_adopt();
    let shown = story.in_cloudflare(
        "GET",
        &format!("/accounts/{}/access/identity_providers/{id}", story.mock().account_id()),
        None,
    );
    let answer = json!({"success": true, "errors": [], "messages": [], "result": shown});
    story.mock().fail(Fault::on("PUT", ONE).carried_out().answering(200, answer).times(1));
    let refused = story.apply_fails();
    let error = refused.error();
    assert!(error.points_at("pkce_enabled"), "{error}");
    assert!(error.text().contains(&id) && error.text().contains("was changed"), "{error}");
    assert_eq!(story.addresses(), [""; 0], "one that was there before is never tainted");
    assert_eq!(count(&story), 1);
    story.apply();
    assert_eq!(self::id(&story), id);
}

#[test]
fn an_adoption_whose_answer_is_lost_says_that_the_object_may_have_been_changed() {
    let (story, id) = about_to_adopt();
    story.mock().fail(Fault::on("PUT", ONE).carried_out().answering(200, "<html>a page of a proxy</html>").times(1));
    let error = story.apply_fails().error();
    assert!(error.text().contains(&id) && error.text().contains("may have been changed"), "{error}");
    assert_eq!(story.addresses(), [""; 0]);
    assert_eq!(stored(&story, &id, "pkce_enabled"), json!(true));
    story.apply();
}

#[test]
fn a_refused_adoption_changes_nothing_and_does_not_say_so() {
    let (story, id) = about_to_adopt();
    story.mock().fail(Fault::on("PUT", ONE).answering(400, refusal("config.client_id is unknown")).times(1));
    let error = story.apply_fails().error();
    assert!(error.points_at("client_id"), "{error}");
    assert!(error.text().contains(&id) && !error.text().contains("been changed"), "{error}");
    assert_eq!(story.addresses(), [""; 0]);
    assert_eq!(stored(&story, &id, "pkce_enabled"), Value::Null);
}

const BEFORE_DESTROY: &str = "  lifecycle {\n    create_before_destroy = true\n  }";

#[test]
fn a_replacement_that_is_created_first_takes_over_its_predecessor_which_stays() {
    let (story, id) = created(&format!("  adopt_existing = true\n{BEFORE_DESTROY}"));
    let replaced = story.replace(IDP);
    assert!(replaced.warns_of("was taken over and is not deleted"));
    story.expect_empty_plan();
    assert_eq!((self::id(&story), count(&story)), (id.clone(), 1));
    assert_eq!(log_in(&story, &id).field("email"), ADA);
    story.destroy();
    assert_eq!(count(&story), 0);
}

#[test]
fn a_replacement_that_is_created_first_stops_at_its_predecessor() {
    let (story, id) = created(BEFORE_DESTROY);
    let error = story.replace_fails(IDP).error();
    assert!(error.points_at("name") && error.text().contains("create_before_destroy"), "{error}");
    story.expect_empty_plan();
    assert_eq!((self::id(&story), count(&story)), (id, 1));
}

#[test]
fn a_replacement_that_is_created_first_is_another_login_method_where_that_is_meant() {
    let (story, id) = created(&format!("  adopt_existing = false\n{BEFORE_DESTROY}"));
    story.replace(IDP);
    story.expect_empty_plan();
    let now = self::id(&story);
    assert!(now != id && count(&story) == 1);
    assert_eq!(log_in(&story, &now).field("email"), ADA);
}

/// A second resource like the one that is configured, with these lines.
fn add_a_twin(story: &Story, more: &str) {
    let head = "\"zt_okta_idp\" \"twin\" {\n";
    let twin = story.read("main.tf").replace("  adopt_existing = false\n", "");
    story.write("twin.tf", &twin.replace("\"zt_okta_idp\" \"okta\" {\n", &format!("{head}{more}")));
}

fn ids_of_twins(story: &Story) -> [Value; 2] {
    [IDP, "zt_okta_idp.twin"].map(|address| story.resource(address)["id"].clone())
}

#[test]
fn of_two_resources_one_takes_the_login_method_over_and_the_other_makes_its_own() {
    let (story, id) = created("");
    story.workspace().terraform(&["state", "rm", IDP]).expect_success();
    configure(&story, "Okta", &format!("{SECRET}\n  adopt_existing = true"));
    add_a_twin(&story, "");
    story.apply();
    let ids = ids_of_twins(&story);
    assert!(ids[0] != ids[1] && ids.contains(&json!(id)), "{ids:?}");
    assert_eq!(count(&story), 2);
}

#[test]
fn what_a_sibling_has_just_made_is_not_there_before() {
    for adopt in ["", "  adopt_existing = true\n"] {
        let story = Story::new();
        configure(&story, "Okta", &format!("  adopt_existing = false\n{SECRET}"));
        add_a_twin(&story, &format!("{adopt}  depends_on = [{IDP}]\n"));
        story.apply();
        let ids = ids_of_twins(&story);
        assert!(ids[0] != ids[1] && count(&story) == 2, "{ids:?}");
    }
}

#[test]
fn of_a_resource_that_was_renamed_one_login_method_is_left() {
    let (story, _) = created("  adopt_existing = true");
    story.write("main.tf", &story.read("main.tf").replace("\"okta\" {", "\"renamed\" {"));
    // Terraform creates the one and deletes the other in no order: it is taken over, or it is another one.
    story.apply();
    assert_eq!((story.addresses(), count(&story)), (vec!["zt_okta_idp.renamed".to_owned()], 1));
}
