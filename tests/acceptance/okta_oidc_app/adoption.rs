//! `adopt_existing`: the app that is there already.

use std::fs::File;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use super::*;
use crate::harness::running::{PATIENCE, Running};

/// The state has lost the app; the configuration has these lines.
fn forgotten(more: &str) -> (Oidc, String) {
    let oidc = Oidc::applied("");
    let id = oidc.text("id");
    oidc.story.workspace().terraform(&["state", "rm", APP]).expect_success();
    oidc.configure(more);
    (oidc, id)
}

fn apps(oidc: &Oidc) -> usize {
    oidc.story.mock().okta().counts()["apps"]
}

#[test]
fn it_is_left_alone_until_somebody_says_what_becomes_of_it_and_the_printed_block_takes_it_over() {
    let (oidc, id) = forgotten(CLAIM);
    let mark = oidc.story.mock().journal().len();
    let error = oidc.story.apply_fails().error();
    assert!(error.points_at("label"), "{error}");
    assert_eq!(oidc.story.mock().journal().writes_since(mark), [""; 0]);
    let block = format!("import {{ to = okta_oidc_app.NAME id = \"{id}\" }}");
    assert!(error.text().contains(&block), "{error}");
    oidc.story.apply_import(APP, &id);
    assert_eq!((oidc.text("id"), apps(&oidc)), (id, 1));
}

#[test]
fn adoption_brings_it_to_the_configuration_and_keeps_its_secret_and_who_is_assigned() {
    let oidc = Oidc::applied("");
    let (id, secret) = (oidc.text("id"), oidc.text("client_secret_id"));
    let group = oidc.story.mock().okta().group_id("Engineering").unwrap();
    oidc.story.in_okta("PUT", &format!("/api/v1/apps/{id}/groups/{group}"), Some(&json!({})));
    oidc.story.in_okta("POST", &format!("/api/v1/apps/{id}/lifecycle/deactivate"), Some(&json!({})));
    oidc.story.workspace().terraform(&["state", "rm", APP]).expect_success();
    oidc.configure(&format!("{CLAIM}  pkce_required = true\n  adopt_existing = true\n"));
    let applied = oidc.story.apply();
    assert!(applied.warning().text().contains("taken over"), "{}", applied.warning());
    assert_eq!((oidc.text("id"), oidc.text("client_secret_id"), apps(&oidc)), (id.clone(), secret, 1));
    let app = oidc.story.in_okta("GET", &format!("/api/v1/apps/{id}"), None);
    assert_eq!((&app["status"], &app["credentials"]["oauthClient"]["pkce_required"]), (&json!("ACTIVE"), &json!(true)));
    assert_eq!(oidc.story.mock().okta().counts()["group_assignments"], 1);
}

#[test]
fn an_adoption_that_breaks_off_neither_taints_nor_deletes_it() {
    let (oidc, id) = forgotten(&format!("{CLAIM}  adopt_existing = true\n"));
    oidc.story.mock().fail(Fault::on("POST", "/api/v1/internal/**").answering(403, forbidden()));
    let error = oidc.story.apply_fails().error();
    assert!(error.text().contains(&id) && error.text().contains("Apply again"), "{error}");
    assert_eq!((oidc.story.addresses(), apps(&oidc)), (Vec::new(), 1));
    oidc.story.mock().world().faults.clear();
    oidc.story.apply();
    assert_eq!((oidc.text("id"), apps(&oidc)), (id, 1));
}

#[test]
fn several_to_take_over_are_an_error() {
    let (oidc, _) = forgotten("  adopt_existing = false\n");
    oidc.story.apply();
    oidc.story.workspace().terraform(&["state", "rm", APP]).expect_success();
    oidc.configure("  adopt_existing = true\n");
    let error = oidc.story.apply_fails().error();
    assert!(error.points_at("adopt_existing"), "{error}");
    assert_eq!(apps(&oidc), 2);
}

#[test]
fn an_app_of_that_label_for_somebody_else_is_another_app() {
    let oidc = Oidc::applied("");
    oidc.story.workspace().terraform(&["state", "rm", APP]).expect_success();
    oidc.configure("  redirect_uris = [\"https://partners.cloudflareaccess.com/cdn-cgi/access/callback\"]\n");
    oidc.story.apply();
    assert_eq!(apps(&oidc), 2);
}

#[test]
fn an_app_that_okta_does_not_know_everywhere_at_once_is_waited_for() {
    let oidc = Oidc::new();
    let group = oidc.story.mock().okta().group_id("Engineering").unwrap();
    oidc.story.mock().fail(Fault::on("GET", "/api/v1/apps/**").late(Duration::from_millis(400)));
    oidc.configure(&format!("{CLAIM}  assigned_group_ids = [{group:?}]\n"));
    oidc.story.apply();
    assert_eq!(apps(&oidc), 1);
}

const BEFORE_DESTROY: &str = "  lifecycle {\n    create_before_destroy = true\n  }\n";
const LEFT: &str = "was taken over and is not deleted";

#[test]
fn a_replacement_that_is_created_first_takes_over_its_predecessor_which_stays() {
    let oidc = Oidc::applied(&format!("  adopt_existing = true\n{BEFORE_DESTROY}"));
    let (id, secret) = (oidc.id(), oidc.text("client_secret"));
    // The second one takes over what was taken over already.
    for _ in 0..2 {
        let replaced = oidc.story.replace(APP);
        assert!(replaced.warns_of(LEFT) && replaced.warns_of("An existing Okta app was taken over"));
        oidc.story.expect_empty_plan();
        assert_eq!((oidc.id(), apps(&oidc)), (id.clone(), 1));
        assert!(oidc.accepts(&secret) && oidc.text("client_secret") == secret);
    }
    oidc.story.destroy();
    assert_eq!(apps(&oidc), 0);
}

#[test]
fn a_replacement_that_is_created_first_stops_at_its_predecessor_and_says_what_to_do() {
    let oidc = Oidc::applied(BEFORE_DESTROY);
    let id = oidc.id();
    let error = oidc.story.replace_fails(APP).error();
    assert!(error.points_at("label"), "{error}");
    for part in [format!("terraform state list -id={id}"), "create_before_destroy: set adopt_existing = false".into()] {
        assert!(error.text().contains(&part), "{error}");
    }
    oidc.story.expect_empty_plan();
    assert_eq!((oidc.id(), apps(&oidc)), (id, 1));
}

#[test]
fn a_replacement_that_is_created_first_is_another_app_where_that_is_meant() {
    let oidc = Oidc::applied(&format!("  adopt_existing = false\n{BEFORE_DESTROY}"));
    let id = oidc.id();
    let replaced = oidc.story.replace(APP);
    assert!(!replaced.warns_of(LEFT));
    oidc.story.expect_empty_plan();
    assert_ne!(oidc.id(), id);
    assert_eq!(apps(&oidc), 1);
}

#[test]
fn a_replacement_that_breaks_off_before_the_end_of_its_predecessor_is_forgotten_and_taken_over_anew() {
    let oidc = Oidc::new();
    let configure = |holds: bool| {
        oidc.configure(&format!(
            "  adopt_existing = true\n  lifecycle {{\n    create_before_destroy = true\n    postcondition {{\n      condition     = \
             {holds} || self.client_secret_id == \"\"\n      error_message = \"Not yet.\"\n    }}\n  }}\n"
        ));
    };
    configure(true);
    oidc.story.apply();
    let id = oidc.id();
    configure(false);
    oidc.story.replace_fails(APP);
    assert!(oidc.story.state_file().contains("\"deposed\""), "the predecessor waits for its deletion");
    oidc.story.workspace().terraform(&["state", "rm", APP]).expect_success();
    assert_eq!(oidc.story.addresses(), [""; 0]);
    configure(true);
    oidc.story.apply();
    assert_eq!((oidc.id(), apps(&oidc)), (id, 1));
}

/// Two apps that are alike, each with these lines.
fn twins(oidc: &Oidc, lines: [&str; 2]) {
    let block = |name: &str, more: &str| {
        format!(
            "resource \"okta_oidc_app\" \"{name}\" {{\n  provider = zt\n  label = \"Access\"\n  \
             redirect_uris = [{CALLBACK:?}]\n{more}}}\n"
        )
    };
    oidc.story.write("main.tf", &(block("access", lines[0]) + &block("twin", lines[1])));
}

fn ids_of_twins(oidc: &Oidc) -> [String; 2] {
    [APP, "okta_oidc_app.twin"].map(|address| oidc.story.resource(address)["id"].as_str().unwrap().to_owned())
}

#[test]
fn of_two_resources_one_takes_the_app_over_and_the_other_makes_its_own() {
    let (oidc, id) = forgotten("");
    twins(&oidc, ["  adopt_existing = true\n"; 2]);
    oidc.story.apply();
    let ids = ids_of_twins(&oidc);
    assert!(ids[0] != ids[1] && ids.contains(&id), "{ids:?}");
    assert_eq!(apps(&oidc), 2);
    oidc.story.destroy();
    assert_eq!(apps(&oidc), 0);
}

#[test]
fn what_a_sibling_has_just_made_is_not_there_before() {
    for adopt in ["", "  adopt_existing = true\n"] {
        let oidc = Oidc::new();
        let second = format!("{adopt}  depends_on = [{APP}]\n");
        twins(&oidc, ["  adopt_existing = false\n", &second]);
        oidc.story.apply();
        let ids = ids_of_twins(&oidc);
        assert!(ids[0] != ids[1] && apps(&oidc) == 2, "{ids:?}");
    }
}

#[test]
fn of_a_resource_that_was_renamed_one_app_is_left() {
    let oidc = Oidc::applied("  adopt_existing = true\n");
    let renamed = oidc.story.read("main.tf").replace("\"access\"", "\"renamed\"");
    oidc.story.write("main.tf", &renamed);
    // Terraform creates the one and deletes the other in no order: the app is taken over, or it is another one.
    oidc.story.apply();
    assert_eq!((oidc.story.addresses(), apps(&oidc)), (vec!["okta_oidc_app.renamed".to_owned()], 1));
}

/// The app under its old name or under the new one. What depends on the old one is destroyed when a line comes through the
/// pipe `gate`.
fn named(old: bool) -> String {
    let block = |name: &str, is_there: bool, more: &str| {
        format!(
            "resource \"okta_oidc_app\" {name:?} {{\n  count = {}\n  provider = zt\n  label = \"Access\"\n  \
             redirect_uris = [{CALLBACK:?}]\n{more}}}\n",
            u8::from(is_there)
        )
    };
    let new = block("new", !old, "  pkce_required = true\n  adopt_existing = true\n");
    let gate = "resource \"terraform_data\" \"gate\" {\n  count = length(okta_oidc_app.old)\n  \
                input = okta_oidc_app.old[0].id\n  provisioner \"local-exec\" {\n    when = destroy\n    \
                command = \"read line < gate\"\n  }\n}\n";
    block("old", old, "") + &new + gate
}

#[test]
fn an_app_whose_takeover_fails_beside_its_deletion_is_deleted() {
    let oidc = Oidc::new();
    let (story, faults) = (&oidc.story, &oidc.story.mock().world().faults);
    story.write("main.tf", &named(true));
    story.apply();
    let gate = story.workspace().config().join("gate");
    assert!(Command::new("mkfifo").arg(&gate).status().unwrap().success());
    // Whoever reads as well does not wait for a reader.
    let mut gate = File::options().read(true).write(true).open(gate).unwrap();
    story.write("main.tf", &named(false));
    story.mock().fail(Fault::on("PUT", "/api/v1/apps/*").held().answering(403, forbidden()));
    let apply = Running::start(story, &["apply"]);
    assert!(faults.wait_for_strike(PATIENCE), "it is not taken over");
    gate.write_all(b"go\n").unwrap();
    apply.wait_for_log("waiting for what comes of taking it over");
    faults.clear();

    let ended = apply.ended();
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert!(!ended.output.contains(LEFT), "{}", ended.output);
    assert_eq!((story.addresses(), apps(&oidc)), (Vec::new(), 0));
}
