//! `timeouts`: an operation that takes too long is ended, and nothing is lost.

use crate::{
    calls::{Outcome, Terraform, at},
    toy::{Fault, Thing},
};
use zt::framework::{model::Attr, timeouts::Timeouts};

/// A thing, each operation on which may take a moment only.
fn hasty() -> Thing {
    let moment = || "20ms".into();
    let timeouts = Timeouts { create: moment(), read: moment(), update: moment(), delete: moment() };
    Thing { name: "a".into(), timeouts: Attr::Known(timeouts), ..Thing::default() }
}

#[track_caller]
fn expect_ended(outcome: &Outcome, verb: &str, attribute: &str) {
    assert_eq!(outcome.summaries(), [&format!("{verb} toy_thing took longer than 20ms"), "Stopped"]);
    assert_eq!(at(&outcome.diagnostics[0]), "timeouts");
    assert!(outcome.diagnostics[0].detail.contains(&format!("timeouts.{attribute}")));
}

#[tokio::test]
async fn what_is_in_time_is_left_alone() {
    let terraform = Terraform::configured().await;
    let (made, private) = terraform.apply(None, b"", &hasty()).await.clean();
    assert_eq!(made.timeouts, hasty().timeouts);
    let (read, private) = terraform.read(&made, &private).await.clean();
    assert_eq!(terraform.plan(Some(&read), &private, &hasty()).await.state, Some(read));
}

#[tokio::test]
async fn a_create_that_takes_too_long_leaves_what_exists() {
    let terraform = Terraform::configured().await;
    let planned = terraform.plan(None, b"", &hasty()).await;
    terraform.service().fault = Some(Fault::WaitForStop);
    let outcome = terraform.apply_plan(None, &planned, Some(&hasty())).await;
    expect_ended(&outcome, "Creating", "create");
    assert_eq!(outcome.state.unwrap().id.text(), Some("thing-1"));
}

#[tokio::test]
async fn an_update_that_takes_too_long_leaves_what_was_changed() {
    let terraform = Terraform::configured().await;
    let (made, private) = terraform.apply(None, b"", &hasty()).await.clean();
    let config = Thing { name: "b".into(), ..hasty() };
    let planned = terraform.plan(Some(&made), &private, &config).await;
    terraform.service().fault = Some(Fault::WaitForStop);
    let outcome = terraform.apply_plan(Some(&made), &planned, Some(&config)).await;
    expect_ended(&outcome, "Updating", "update");
    assert_eq!(outcome.state.unwrap().name.text(), Some("b"));
}

#[tokio::test]
async fn a_read_or_a_delete_that_takes_too_long_leaves_the_state() {
    let terraform = Terraform::configured().await;
    let (made, private) = terraform.apply(None, b"", &hasty()).await.clean();
    terraform.service().fault = Some(Fault::WaitForStop);
    let outcome = terraform.read(&made, &private).await;
    expect_ended(&outcome, "Reading", "read");
    assert_eq!(outcome.state.as_ref(), Some(&made));
    terraform.service().fault = Some(Fault::WaitForStop);
    let outcome = terraform.destroy(&made, &private).await;
    expect_ended(&outcome, "Deleting", "delete");
    assert_eq!(outcome.state, Some(made));
    // One that is over ends no other call.
    terraform.apply(None, b"", &hasty()).await.clean();
}

#[tokio::test]
async fn an_operation_that_waited_for_long_says_so_in_its_result() {
    let terraform = Terraform::configured().await;
    let planned = terraform.plan(None, b"", &hasty()).await;
    terraform.service().fault = Some(Fault::Wait);
    let outcome = terraform.apply_plan(None, &planned, Some(&hasty())).await;
    assert_eq!(outcome.summaries(), ["Requests had to wait"]);
    assert!(outcome.diagnostics[0].detail.contains("31 s of this went by with waiting for the limit of the toy"));
    // The next one did not wait.
    terraform.read(&outcome.state.unwrap(), &outcome.private).await.clean();
}

#[tokio::test]
async fn what_is_no_duration_is_refused_at_its_place() {
    let terraform = Terraform::unconfigured();
    let timeouts = Timeouts { create: "soon".into(), update: Attr::Unknown, ..Timeouts::default() };
    let found = terraform.validate(&Thing { timeouts: Attr::Known(timeouts), ..hasty() }, true).await;
    assert_eq!(found.iter().map(at).collect::<Vec<_>>(), ["timeouts.create"]);
}
