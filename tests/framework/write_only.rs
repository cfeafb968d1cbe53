//! Write-only values: handed over, and found nowhere afterwards. What is remembered of them in private state.

use crate::{
    calls::{Terraform, at, model, ty, unwire, wire},
    toy::{Fault, Filter, Rule, Thing},
};
use tokio_stream::StreamExt;
use tonic::Request;
use zt::framework::{
    model::{Attr, List, Typed},
    private::Private,
};
use zt::proto::tfplugin6::{self as pb, provider_server::Provider as _};

/// A thing with a secret at the top and one inside.
fn secretive(secret: &str) -> Thing {
    let rule = Rule { allow: "read".into(), token_wo: "token".into(), ..Rule::default() };
    Thing {
        name: "a".into(),
        rules: Attr::Known(List(vec![Attr::Known(rule)])),
        secret_wo: secret.into(),
        secret_version: "1".into(),
        ..Thing::default()
    }
}

fn holds_no_secret(thing: &Thing) {
    assert!(thing.secret_wo.is_null(), "a write-only value at the top");
    for rule in thing.rules.known().into_iter().flat_map(List::iter) {
        assert!(rule.token_wo.is_null(), "a write-only value inside");
    }
}

#[tokio::test]
async fn a_terraform_that_cannot_keep_them_out_of_the_state_is_refused_at_each_of_them() {
    let terraform = Terraform::unconfigured();
    assert_eq!(terraform.validate(&secretive("s"), true).await, []);
    let found = terraform.validate(&secretive("s"), false).await;
    assert_eq!(found.iter().map(at).collect::<Vec<_>>(), ["rules.0.token_wo", "secret_wo"]);
    assert!(found.iter().all(|error| error.summary == "Write-only attributes need Terraform 1.11"));
    let unknown = Thing { secret_wo: Attr::Unknown, rules: Attr::Null, ..secretive("") };
    assert_eq!(terraform.validate(&unknown, false).await.len(), 1);
    let without = Thing { secret_wo: Attr::Null, rules: Attr::Null, ..secretive("") };
    assert_eq!(terraform.validate(&without, false).await, []);
}

#[tokio::test]
async fn they_are_planned_as_null_and_reach_create_and_update_in_the_configuration() {
    let terraform = Terraform::configured().await;
    let planned = terraform.plan(None, b"", &secretive("one")).await;
    holds_no_secret(planned.state.as_ref().unwrap());
    let (made, private) = terraform.apply_plan(None, &planned, Some(&secretive("one"))).await.clean();
    holds_no_secret(&made);
    assert_eq!(terraform.service().secrets["thing-1"], ["one", "token"]);
    terraform.apply(Some(&made), &private, &secretive("two")).await.clean();
    assert_eq!(terraform.service().secrets["thing-1"], ["two", "token"]);
}

#[tokio::test]
async fn a_careless_provider_does_not_get_them_into_the_state() {
    let terraform = Terraform::configured().await;
    terraform.service().careless = true;
    let config = secretive("one");
    let planned = terraform.plan(None, b"", &config).await;
    holds_no_secret(planned.state.as_ref().unwrap());

    let (made, private) = terraform.apply_plan(None, &planned, Some(&config)).await.clean();
    holds_no_secret(&made);
    let (read, private) = terraform.read(&made, &private).await.clean();
    holds_no_secret(&read);
    let (changed, _) =
        terraform.apply(Some(&read), &private, &Thing { name: "b".into(), ..config.clone() }).await.clean();
    holds_no_secret(&changed);

    terraform.service().fault = Some(Fault::FailAndKeep);
    let kept = terraform.apply_plan(None, &planned, Some(&config)).await.state.unwrap();
    assert!(kept.id.is_set());
    holds_no_secret(&kept);

    let imported = terraform.import("thing-1").await.imported_resources.remove(0);
    holds_no_secret(&unwire(&imported.state).unwrap());

    let request = pb::list_resource::Request {
        type_name: "toy_thing".into(),
        config: wire(&Filter::default().encode(), &ty::<Filter>()),
        include_resource_object: true,
        limit: 1,
    };
    let mut listed = terraform.server.list_resource(Request::new(request)).await.unwrap().into_inner();
    holds_no_secret(&unwire(&listed.next().await.unwrap().unwrap().resource_object).unwrap());
}

#[tokio::test]
async fn states_that_hold_one_lose_it_on_the_way_in() {
    let terraform = Terraform::unconfigured();
    let raw = |json: &str| Some(pb::RawState { json: json.into(), ..Default::default() });
    let request = pb::upgrade_resource_state::Request {
        type_name: "toy_thing".into(),
        version: 1,
        raw_state: raw(r#"{ "id": "thing-1", "secret_wo": "s", "rules": [{ "allow": "read", "token_wo": "s" }] }"#),
    };
    let answer = terraform.server.upgrade_resource_state(Request::new(request)).await.unwrap().into_inner();
    holds_no_secret(&unwire(&answer.upgraded_state).unwrap());

    let request = pb::move_resource_state::Request {
        source_provider_address: "registry.terraform.io/acme/other".into(),
        source_type_name: "other_thing".into(),
        source_state: raw(r#"{ "key": "thing-4", "secret": "s" }"#),
        target_type_name: "toy_thing".into(),
        ..Default::default()
    };
    let answer = terraform.server.move_resource_state(Request::new(request)).await.unwrap().into_inner();
    holds_no_secret(&unwire(&answer.target_state).unwrap());

    let held = Thing { id: "thing-1".into(), ..secretive("s") };
    let request = pb::generate_resource_config::Request { type_name: "toy_thing".into(), state: model(&held) };
    let answer = terraform.server.generate_resource_config(Request::new(request)).await.unwrap().into_inner();
    holds_no_secret(&unwire(&answer.config).unwrap());
}

#[tokio::test]
async fn a_plan_notices_another_secret_by_what_is_remembered_of_the_last_one() {
    let terraform = Terraform::configured().await;
    let (made, private) = terraform.apply(None, b"", &secretive("one")).await.clean();
    assert_eq!(terraform.plan(Some(&made), &private, &secretive("one")).await.clean().0, made);
    let unknown = Thing { secret_wo: Attr::Unknown, ..secretive("") };
    assert_eq!(terraform.plan(Some(&made), &private, &unknown).await.clean().0, made, "nobody can tell yet");

    let planned = terraform.plan(Some(&made), &private, &secretive("two")).await;
    let plan = planned.state.as_ref().unwrap();
    assert!(plan.revision.is_unknown() && plan.secret_status.is_unknown(), "as with any other change");
    assert_eq!((&plan.id, &plan.name), (&made.id, &made.name));
    let (changed, private) = terraform.apply_plan(Some(&made), &planned, Some(&secretive("two"))).await.clean();
    assert_eq!(changed.revision, Attr::Known(2));
    assert_eq!(terraform.plan(Some(&changed), &private, &secretive("two")).await.clean().0, changed);
}

#[tokio::test]
async fn a_failed_update_does_not_count_as_remembered() {
    let terraform = Terraform::configured().await;
    let (made, private) = terraform.apply(None, b"", &secretive("one")).await.clean();
    terraform.service().fault = Some(Fault::Refuse);
    let failed = terraform.apply(Some(&made), &private, &secretive("two")).await;
    assert_eq!(failed.summaries(), ["Changing the thing failed"]);
    let again = terraform.plan(failed.state.as_ref(), &failed.private, &secretive("two")).await;
    assert_ne!(again.state, failed.state, "it is still to be done");
}

#[tokio::test]
async fn a_read_compares_with_what_is_remembered_and_the_next_plan_repairs() {
    let terraform = Terraform::configured().await;
    let (made, private) = terraform.apply(None, b"", &secretive("one")).await.clean();
    let (read, private) = terraform.read(&made, &private).await.clean();
    assert_eq!(read, made);

    terraform.service().secrets.insert("thing-1".into(), vec!["somebody else's".into()]);
    let (read, private) = terraform.read(&made, &private).await.clean();
    assert_eq!(read.secret_status.text(), Some("changed"));
    let planned = terraform.plan(Some(&read), &private, &secretive("one")).await;
    assert!(planned.state.as_ref().unwrap().secret_status.is_unknown());
    let (repaired, private) = terraform.apply_plan(Some(&read), &planned, Some(&secretive("one"))).await.clean();
    assert_eq!(repaired.secret_status.text(), Some("in_sync"));
    assert_eq!(terraform.service().secrets["thing-1"], ["one", "token"]);
    assert_eq!(terraform.read(&repaired, &private).await.clean().0, repaired);
}

#[tokio::test]
async fn what_a_plan_remembers_reaches_the_apply() {
    let terraform = Terraform::configured().await;
    let planned = terraform.plan(None, b"", &secretive("one")).await;
    assert_eq!(Private::from_bytes(&planned.private).get::<String>("planned").as_deref(), Some("a"));
    let (_, private) = terraform.apply_plan(None, &planned, Some(&secretive("one"))).await.clean();
    assert_eq!(Private::from_bytes(&private).get::<String>("made").as_deref(), Some("a"));
}
