//! A managed resource from creation to destruction, import, move and upgrade.

use crate::{
    calls::{Terraform, at, model, null, ty, unwire, wire},
    toy::{Rule, Thing, ThingIdentity},
};
use tonic::Request;
use zt::framework::{
    model::{Attr, List, Typed},
    types::Type,
    value::{Refinement, Value},
};
use zt::proto::tfplugin6::{self as pb, provider_server::Provider as _};

fn named(name: &str) -> Thing {
    Thing { name: name.into(), ..Thing::default() }
}

#[tokio::test]
async fn create_read_update_delete() {
    let terraform = Terraform::configured().await;
    let planned = terraform.plan(None, b"", &named("a")).await;
    let plan = planned.state.clone().unwrap();
    assert!(plan.id.is_unknown() && plan.revision.is_unknown());
    assert_eq!(plan.kind.text(), Some("plain"), "the default of a new object");

    let (made, private) = terraform.apply_plan(None, &planned, Some(&named("a"))).await.clean();
    assert_eq!(made.id.text(), Some("thing-1"));

    let (read, private) = terraform.read(&made, &private).await.clean();
    assert_eq!(read, made);
    let again = terraform.plan(Some(&read), &private, &named("a")).await;
    assert_eq!(again.state.as_ref(), Some(&made), "nothing to do");
    assert!(again.replace.is_empty());

    let changed = terraform.plan(Some(&made), &private, &named("b")).await;
    let plan = changed.state.clone().unwrap();
    assert_eq!(plan.id, made.id, "an id is kept");
    assert!(plan.revision.is_unknown(), "a revision is not");
    let (changed, private) = terraform.apply_plan(Some(&made), &changed, Some(&named("b"))).await.clean();
    assert_eq!(changed.revision, Attr::Known(2));

    let gone = terraform.destroy(&changed, &private).await;
    assert_eq!((gone.state, gone.diagnostics), (None, vec![]));
    assert!(terraform.service().things.is_empty());
    assert_eq!(terraform.read(&changed, &private).await.state, None, "gone is not an error");
}

#[tokio::test]
async fn another_kind_is_another_object() {
    let terraform = Terraform::configured().await;
    let (made, private) = terraform.apply(None, b"", &named("a")).await.clean();
    let other = Thing { kind: "fancy".into(), ..named("a") };
    assert_eq!(terraform.plan(Some(&made), &private, &other).await.replace, ["kind"]);
}

#[tokio::test]
async fn what_leaves_the_configuration_is_cleared_and_what_was_never_in_it_stays() {
    let terraform = Terraform::configured().await;
    let enabled = Thing { enabled: true.into(), ..named("a") };
    let (made, private) = terraform.apply(None, b"", &enabled).await.clean();
    let cleared = terraform.plan(Some(&made), &private, &named("a")).await;
    assert!(cleared.state.unwrap().enabled.is_null());

    let (other, private) = terraform.apply(None, b"", &named("b")).await.clean();
    assert!(!other.enabled.is_true());
    let id = other.id.text().unwrap().to_owned();
    terraform.service().things.get_mut(&id).unwrap().enabled = true.into();
    let (drifted, private) = terraform.read(&other, &private).await.clean();
    assert!(drifted.enabled.is_true());
    let calm = terraform.plan(Some(&drifted), &private, &named("b")).await;
    assert_eq!(calm.state, Some(drifted), "somebody else set it; nobody here did");
}

#[tokio::test]
async fn exact_numbers_dynamic_values_and_nested_secrets_survive() {
    let terraform = Terraform::configured().await;
    let extra = Value::Dynamic(Box::new((
        Type::Tuple(vec![Type::Number, Type::String]),
        Value::List(vec![Value::Number("1e30".parse().unwrap()), Value::string("e\u{301}")]),
    )));
    for size in ["0.1", "9223372036854775808", "1e30"] {
        let config = Thing {
            size: Attr::Known(size.parse().unwrap()),
            extra: Attr::Known(extra.clone()),
            rules: Attr::Known(List(vec![Attr::Known(Rule {
                allow: "read".into(),
                token_wo: "hunter2".into(),
                ..Rule::default()
            })])),
            secret_wo: "hunter3".into(),
            secret_version: "1".into(),
            ..named("a")
        };
        let (made, _) = terraform.apply(None, b"", &config).await.clean();
        assert_eq!(made.size, config.size);
        assert_eq!(made.extra, config.extra);
        let rule = made.rules.known().unwrap().iter().next().unwrap();
        assert!(rule.token_wo.is_null() && made.secret_wo.is_null(), "write-only values are not stored");
        assert_eq!(rule.weight, Attr::Known(1_i64.into()));
    }
}

#[tokio::test]
async fn promises_about_unknown_values_are_kept() {
    let terraform = Terraform::configured().await;
    let promised =
        Value::Unknown(Box::new(Refinement { null: Some(false), prefix: Some("ab-".into()), ..Refinement::default() }));
    let config = |name: &str, value: Value| {
        let mut config = named("a").encode();
        let Value::Object(object) = &mut config else { unreachable!() };
        object.insert(name.into(), value);
        config
    };
    let planned = async |config: Value| {
        let config = wire(&config, &ty::<Thing>());
        let request = pb::plan_resource_change::Request {
            type_name: "toy_thing".into(),
            prior_state: null::<Thing>(),
            proposed_new_state: config.clone(),
            config,
            ..Default::default()
        };
        let answer = terraform.server.plan_resource_change(Request::new(request)).await.unwrap().into_inner();
        assert_eq!(answer.diagnostics, []);
        zt::framework::msgpack::decode(&answer.planned_state.unwrap().msgpack, &ty::<Thing>()).unwrap()
    };
    let labels = Value::Map([("k".to_owned(), promised.clone())].into());
    // Also where the resource's own plan changes something else.
    for careless in [false, true] {
        terraform.service().careless = careless;
        assert_eq!(planned(config("name", promised.clone())).await.get("name"), &promised);
        assert_eq!(planned(config("labels", labels.clone())).await.get("labels"), &labels);
        let tags = planned(config("tags", Value::Set(vec![promised.clone()]))).await;
        assert!(!tags.get("tags").is_wholly_known(), "which element of a set it was cannot be told");
    }
}

#[tokio::test]
async fn import_by_text_and_by_identity() {
    let terraform = Terraform::configured().await;
    let (made, _) = terraform.apply(None, b"", &named("a")).await.clean();

    let refused = terraform.import("nonsense").await;
    assert_eq!(refused.diagnostics[0].summary, "Not the id of a thing");

    let imported = terraform.import("thing-1").await.imported_resources.remove(0);
    let state: Thing = unwire(&imported.state).unwrap();
    let read = terraform.read(&state, &imported.private).await;
    assert_eq!(read.summaries(), ["Read for the first time"]);
    assert_eq!(read.state.as_ref().unwrap().name, made.name);
    let again = terraform.read(&read.state.clone().unwrap(), &read.private).await;
    assert_eq!(again.summaries(), [""; 0], "only the first read records everything");

    let identity = pb::ResourceIdentityData {
        identity_data: model(&ThingIdentity { id: "thing-1".into(), ..ThingIdentity::default() }),
    };
    let request = pb::import_resource_state::Request {
        type_name: "toy_thing".into(),
        identity: Some(identity.clone()),
        ..Default::default()
    };
    let answer = terraform.server.import_resource_state(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(answer.imported_resources[0].identity, Some(identity));
}

#[tokio::test]
async fn states_of_older_versions_are_upgraded_and_unknown_attributes_dropped() {
    let terraform = Terraform::unconfigured();
    let upgrade = async |version, json: &str| {
        let request = pb::upgrade_resource_state::Request {
            type_name: "toy_thing".into(),
            version,
            raw_state: Some(pb::RawState { json: json.into(), ..Default::default() }),
        };
        terraform.server.upgrade_resource_state(Request::new(request)).await.unwrap().into_inner()
    };
    let current =
        upgrade(1, r#"{ "id": "thing-1", "name": "a", "removed_long_ago": {"x": 1}, "size": 9223372036854775808 }"#)
            .await;
    let thing: Thing = unwire(&current.upgraded_state).unwrap();
    assert_eq!((thing.name.text(), thing.size), (Some("a"), Attr::Known("9223372036854775808".parse().unwrap())));

    let older = upgrade(0, r#"{ "id": "thing-1", "title": "a" }"#).await;
    assert_eq!(unwire::<Thing>(&older.upgraded_state).unwrap().name.text(), Some("a"));

    assert_eq!(upgrade(7, "{}").await.diagnostics[0].summary, "The state is newer");
    assert_eq!(upgrade(1, "{ broken").await.diagnostics[0].summary, "The message is not JSON");
    let misfit = upgrade(1, r#"{ "tags": "not a set" }"#).await;
    assert_eq!(at(&misfit.diagnostics[0]), "tags");
}

#[tokio::test]
async fn an_upgraded_state_is_read_and_plans_nothing() {
    let terraform = Terraform::configured().await;
    terraform.apply(None, b"", &named("a")).await.clean();
    // What the version of the provider that called it `title` has left behind.
    let request = pb::upgrade_resource_state::Request {
        type_name: "toy_thing".into(),
        version: 0,
        raw_state: Some(pb::RawState {
            json: br#"{ "id": "thing-1", "title": "a", "kind": "plain", "tags": ["new"], "revision": 1 }"#.to_vec(),
            ..Default::default()
        }),
    };
    let upgraded = terraform.server.upgrade_resource_state(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(upgraded.diagnostics, []);
    let upgraded: Thing = unwire(&upgraded.upgraded_state).unwrap();
    assert_eq!((upgraded.name.text(), upgraded.kind.text()), (Some("a"), Some("plain")));
    let (read, private) = terraform.read(&upgraded, b"").await.clean();
    assert_eq!(terraform.plan(Some(&read), &private, &named("a")).await.state, Some(read));
}

#[tokio::test]
async fn objects_of_another_type_are_taken_over() {
    let terraform = Terraform::unconfigured();
    let moved = async |type_name: &str| {
        let request = pb::move_resource_state::Request {
            source_provider_address: "registry.terraform.io/acme/other".into(),
            source_type_name: type_name.into(),
            source_state: Some(pb::RawState { json: br#"{ "key": "thing-4" }"#.to_vec(), ..Default::default() }),
            target_type_name: "toy_thing".into(),
            ..Default::default()
        };
        terraform.server.move_resource_state(Request::new(request)).await.unwrap().into_inner()
    };
    let answer = moved("other_thing").await;
    assert_eq!(unwire::<Thing>(&answer.target_state).unwrap().id.text(), Some("thing-4"));
    assert!(answer.target_identity.is_some());
    assert_eq!(moved("other_car").await.diagnostics[0].summary, "other_car cannot be moved to toy_thing");
}

#[tokio::test]
async fn generated_configuration_plans_nothing() {
    let terraform = Terraform::configured().await;
    let (made, private) = terraform.apply(None, b"", &Thing { enabled: true.into(), ..named("a") }).await.clean();
    let request = pb::generate_resource_config::Request { type_name: "toy_thing".into(), state: model(&made) };
    let answer = terraform.server.generate_resource_config(Request::new(request)).await.unwrap().into_inner();
    let config: Thing = unwire(&answer.config).unwrap();
    assert!(config.id.is_null() && config.revision.is_null());
    assert_eq!(terraform.plan(Some(&made), &private, &config).await.state, Some(made));
}

#[tokio::test]
async fn destroying_can_be_warned_about() {
    let terraform = Terraform::configured().await;
    let (made, private) = terraform.apply(None, b"", &Thing { enabled: true.into(), ..named("a") }).await.clean();
    let request = pb::plan_resource_change::Request {
        type_name: "toy_thing".into(),
        prior_state: model(&made),
        proposed_new_state: null::<Thing>(),
        config: null::<Thing>(),
        prior_private: private,
        ..Default::default()
    };
    let answer = terraform.server.plan_resource_change(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].summary, "The thing is still enabled");
    assert_eq!(unwire::<Thing>(&answer.planned_state), None);
}
