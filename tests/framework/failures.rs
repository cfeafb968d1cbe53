//! Whatever goes wrong, nothing that exists is lost, and everybody else goes on.

use crate::{
    calls::{Terraform, at, null},
    toy::{Fault, Thing, breaks},
};
use tonic::Request;
use zt::framework::value::Value;
use zt::proto::tfplugin6::{self as pb, provider_server::Provider as _};

fn named(name: &str) -> Thing {
    Thing { name: name.into(), ..Thing::default() }
}

async fn create_with(fault: Fault) -> (Terraform, crate::calls::Outcome) {
    let terraform = Terraform::configured().await;
    let planned = terraform.plan(None, b"", &named("a")).await;
    terraform.service().fault = Some(fault);
    let outcome = terraform.apply_plan(None, &planned, Some(&named("a"))).await;
    (terraform, outcome)
}

#[tokio::test]
async fn a_create_that_never_happened_saves_nothing() {
    let (_, outcome) = create_with(Fault::Refuse).await;
    assert_eq!(outcome.state, None);
    assert_eq!(at(&outcome.diagnostics[0]), "name");
}

#[tokio::test]
async fn a_create_that_was_rolled_back_saves_nothing() {
    let (terraform, outcome) = create_with(Fault::FailAndRollBack).await;
    assert_eq!(outcome.state, None);
    assert_eq!(outcome.summaries(), ["Creating the thing failed"]);
    assert!(terraform.service().things.is_empty());
}

#[tokio::test]
async fn a_create_that_left_something_behind_saves_it() {
    let (_, outcome) = create_with(Fault::FailAndKeep).await;
    assert_eq!(outcome.state.as_ref().unwrap().id.text(), Some("thing-1"));
    assert!(outcome.diagnostics[0].detail.contains("rolled back"));
    assert!(!outcome.private.is_empty(), "what is remembered is saved as well");
}

#[tokio::test]
async fn a_panic_saves_what_exists_and_other_calls_go_on() {
    let (terraform, outcome) = create_with(Fault::Panic).await;
    assert_eq!(outcome.state.as_ref().unwrap().id.text(), Some("thing-1"));
    assert_eq!(outcome.summaries(), ["The provider panicked in Create of toy_thing"]);
    assert!(outcome.diagnostics[0].detail.contains("the toy broke"));
    terraform.apply(None, b"", &named("b")).await.clean();
}

#[tokio::test]
async fn what_goes_wrong_after_a_create_does_not_cost_the_object() {
    let terraform = Terraform::configured().await;
    let config = Thing { url: breaks::URL.into(), ..named("a") };
    let planned = terraform.plan(None, b"", &config).await;
    terraform.service().fault = Some(Fault::KeepNothing);
    let outcome = terraform.apply_plan(None, &planned, Some(&config)).await;
    assert_eq!(outcome.state.as_ref().unwrap().id.text(), Some("thing-1"));
    assert_eq!(outcome.summaries(), ["The provider panicked in Create of toy_thing"]);
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_left_out_and_the_rest_is_saved() {
    let (_, outcome) = create_with(Fault::Misfit).await;
    let state = outcome.state.as_ref().unwrap();
    assert_eq!((state.id.text(), state.name.text()), (Some("thing-1"), Some("a")));
    assert!(state.extra.is_null());
    let misfit = outcome.diagnostics.iter().find(|d| d.summary.contains("does not fit its schema")).unwrap();
    assert_eq!(at(misfit), "extra");
    assert_eq!(misfit.severity, pb::diagnostic::Severity::Error as i32);
}

#[tokio::test]
async fn an_identity_that_cannot_be_told_costs_nothing() {
    for (name, summary) in [
        (breaks::IDENTITY, "The provider panicked in Identity of toy_thing"),
        (breaks::IDENTITY_VALUE, "The provider made a value that does not fit its schema"),
    ] {
        let terraform = Terraform::configured().await;
        let planned = terraform.plan(None, b"", &named(name)).await;
        let made = terraform.apply_plan(None, &planned, Some(&named(name))).await;
        assert_eq!(made.state.as_ref().unwrap().id.text(), Some("thing-1"));
        assert_eq!(made.warnings(), [summary]);
        assert_eq!(made.identity, None);

        let (state, private) = (made.state.unwrap(), made.private);
        let read = terraform.read(&state, &private).await;
        assert_eq!(read.state.as_ref(), Some(&state));
        assert_eq!(read.warnings(), [summary]);

        let imported = terraform.import(name).await;
        assert_eq!(imported.imported_resources.len(), 1);
        assert_eq!(imported.diagnostics[0].severity, pb::diagnostic::Severity::Warning as i32);

        let renamed = terraform.apply(Some(&state), &private, &named("b")).await;
        assert!(renamed.identity.is_some(), "the next write tells it");
    }
}

#[tokio::test]
async fn an_identity_that_is_known_outlives_one_that_cannot_be_told() {
    let terraform = Terraform::configured().await;
    let made = terraform.apply(None, b"", &named("a")).await;
    let known = made.identity.clone();
    assert!(known.is_some());
    let (state, private) = made.clean();
    let mut planned = terraform.plan(Some(&state), &private, &named(breaks::IDENTITY)).await;
    planned.identity = known.clone();
    let changed = terraform.apply_plan(Some(&state), &planned, Some(&named(breaks::IDENTITY))).await;
    assert_eq!(changed.identity, known);
    let state = changed.state.unwrap();
    assert_eq!(terraform.read_identified(&state, &changed.private, known.clone()).await.identity, known);
}

#[tokio::test]
async fn a_panic_while_planning_is_an_error() {
    let terraform = Terraform::configured().await;
    let outcome = terraform.plan(None, b"", &named(breaks::PLAN)).await;
    assert_eq!(outcome.summaries(), ["The provider panicked in PlanResourceChange of toy_thing"]);
}

#[tokio::test]
async fn stopping_saves_what_exists() {
    let terraform = Terraform::configured().await;
    let planned = terraform.plan(None, b"", &named("a")).await;
    terraform.service().fault = Some(Fault::WaitForStop);
    let config = named("a");
    let creating = terraform.apply_plan(None, &planned, Some(&config));
    let stopping = async {
        while terraform.service().things.is_empty() {
            tokio::task::yield_now().await;
        }
        terraform.server.stop_provider(Request::new(pb::stop_provider::Request {})).await.unwrap()
    };
    let (outcome, _) = tokio::join!(creating, stopping);
    assert_eq!(outcome.summaries(), ["Stopped"]);
    assert_eq!(outcome.state.as_ref().unwrap().id.text(), Some("thing-1"));
    terraform.apply(None, b"", &named("b")).await.clean();
}

#[tokio::test]
async fn another_result_than_planned_is_caught_here_with_the_path() {
    let (_, outcome) = create_with(Fault::Lie).await;
    assert_eq!(at(&outcome.diagnostics[0]), "name");
    assert!(outcome.state.is_some());
    let (_, outcome) = create_with(Fault::LeaveUnknown).await;
    assert_eq!(at(&outcome.diagnostics[0]), "revision");
    assert!(outcome.state.unwrap().revision.is_null());
}

#[tokio::test]
async fn a_failed_update_keeps_the_old_state_or_what_was_reached() {
    let terraform = Terraform::configured().await;
    let (made, private) = terraform.apply(None, b"", &named("a")).await.clean();
    terraform.service().fault = Some(Fault::Refuse);
    let outcome = terraform.apply(Some(&made), &private, &named("b")).await;
    assert_eq!(outcome.state.unwrap().name.text(), Some("a"));
    terraform.service().fault = Some(Fault::FailAndKeep);
    let outcome = terraform.apply(Some(&made), &private, &named("b")).await;
    assert_eq!(outcome.state.unwrap().name.text(), Some("b"));
}

#[tokio::test]
async fn a_failed_delete_keeps_the_object() {
    let terraform = Terraform::configured().await;
    let (made, private) = terraform.apply(None, b"", &named("a")).await.clean();
    terraform.service().fault = Some(Fault::Refuse);
    let outcome = terraform.destroy(&made, &private).await;
    assert_eq!(outcome.state, Some(made));
    assert_eq!(outcome.summaries(), ["Removing the thing failed"]);
}

#[tokio::test]
async fn malformed_messages_are_diagnostics() {
    let terraform = Terraform::configured().await;
    let garbage = Some(pb::DynamicValue { msgpack: vec![0x81, 0xa4, b'n'], ..Default::default() });
    let request = pb::plan_resource_change::Request {
        type_name: "toy_thing".into(),
        prior_state: null::<Thing>(),
        proposed_new_state: garbage.clone(),
        config: garbage.clone(),
        ..Default::default()
    };
    let answer = terraform.server.plan_resource_change(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].summary, "The message does not fit the schema");

    let request =
        pb::read_resource::Request { type_name: "toy_thing".into(), current_state: garbage, ..Default::default() };
    let answer = terraform.server.read_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].summary, "The message does not fit the schema");

    let request = pb::read_resource::Request { type_name: "toy_car".into(), ..Default::default() };
    let answer = terraform.server.read_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].summary, "The provider has no resource toy_car");
}

#[tokio::test]
async fn an_unknown_provider_setting_is_no_error_until_it_is_needed() {
    let terraform = Terraform::unconfigured();
    terraform.configure(Value::unknown()).await;
    let planned = terraform.plan(None, b"", &named("a")).await;
    assert_eq!(planned.summaries(), ["Planned without the service"]);
    let state = Thing { id: "thing-1".into(), ..named("a") };
    assert_eq!(terraform.read(&state, b"").await.summaries(), ["The endpoint is not known yet"]);

    terraform.configure(Value::Null).await;
    let refused = terraform.plan(None, b"", &named("a")).await;
    assert_eq!(refused.summaries(), ["No endpoint"]);
    assert_eq!(at(&refused.diagnostics[0]), "endpoint");
}

#[tokio::test]
async fn every_call_answers_an_empty_message_and_never_with_a_status() {
    let server = &Terraform::unconfigured().server;
    macro_rules! answered {
        ($($rpc:ident),* $(,)?) => {
            [$((stringify!($rpc), server.$rpc(Request::new(Default::default())).await.err())),*]
        };
    }
    let answers = answered![
        get_metadata,
        get_provider_schema,
        get_resource_identity_schemas,
        get_functions,
        validate_provider_config,
        validate_resource_config,
        validate_data_resource_config,
        validate_ephemeral_resource_config,
        validate_list_resource_config,
        validate_action_config,
        configure_provider,
        upgrade_resource_state,
        upgrade_resource_identity,
        read_resource,
        plan_resource_change,
        apply_resource_change,
        import_resource_state,
        move_resource_state,
        generate_resource_config,
        read_data_source,
        open_ephemeral_resource,
        renew_ephemeral_resource,
        close_ephemeral_resource,
        call_function,
        list_resource,
        plan_action,
        invoke_action,
        stop_provider,
    ];
    assert_eq!(answers.len(), 28);
    for (rpc, status) in answers {
        assert!(status.is_none(), "{rpc}: {status:?}");
    }
}
