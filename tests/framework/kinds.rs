//! The other kinds: schemas, data sources, ephemeral resources, functions, lists, actions.

use crate::{
    calls::{Terraform, at, model, null, ty, unwire, wire},
    toy::{Filter, LeaseModel, RingModel, Rule, Thing, ThingLookup},
};
use tokio_stream::StreamExt;
use tonic::Request;
use zt::framework::{
    model::{Attr, List, Typed},
    types::Type,
    value::Value,
};
use zt::proto::tfplugin6::{self as pb, provider_server::Provider as _};

fn named(name: &str) -> Thing {
    Thing { name: name.into(), ..Thing::default() }
}

#[tokio::test]
async fn the_schema_says_everything_once() {
    let terraform = Terraform::unconfigured();
    let schema = terraform.server.get_provider_schema(Request::new(Default::default())).await.unwrap().into_inner();
    assert_eq!(schema.diagnostics, []);
    assert!(schema.provider.is_some());
    let thing = &schema.resource_schemas["toy_thing"];
    assert_eq!(thing.version, 1);
    let attributes = &thing.block.as_ref().unwrap().attributes;
    let rules = attributes.iter().find(|a| a.name == "rules").unwrap();
    let nested = rules.nested_type.as_ref().unwrap();
    assert!(rules.r#type.is_empty());
    assert!(nested.attributes.iter().any(|a| a.name == "token_wo" && a.write_only));
    let tags = attributes.iter().find(|a| a.name == "tags").unwrap();
    assert_eq!(tags.r#type, br#"["set","string"]"#);
    for names in [
        schema.data_source_schemas.keys().collect::<Vec<_>>(),
        schema.ephemeral_resource_schemas.keys().collect(),
        schema.list_resource_schemas.keys().collect(),
        schema.action_schemas.keys().collect(),
        schema.functions.keys().collect(),
    ] {
        assert_eq!(names.len(), 1);
    }
    let capabilities = schema.server_capabilities.unwrap();
    assert!(capabilities.plan_destroy && capabilities.move_resource_state && capabilities.generate_resource_config);

    let metadata = terraform.server.get_metadata(Request::new(Default::default())).await.unwrap().into_inner();
    assert_eq!(metadata.resources[0].type_name, "toy_thing");
    let identities =
        terraform.server.get_resource_identity_schemas(Request::new(Default::default())).await.unwrap().into_inner();
    assert!(identities.identity_schemas["toy_thing"].identity_attributes[0].required_for_import);
}

#[tokio::test]
async fn bad_configurations_are_refused_on_the_attribute() {
    let terraform = Terraform::unconfigured();
    let bad = Thing {
        name: "far too long for a name of a thing".into(),
        rules: Attr::Known(List(vec![Attr::Known(Rule { allow: "everything".into(), ..Rule::default() })])),
        ..Thing::default()
    };
    let found = terraform.validate(&bad, true).await;
    assert_eq!(found.iter().map(at).collect::<Vec<_>>(), ["name", "rules.0.allow"]);
    assert!(found[1].detail.contains(r#""read", "write""#));

    let secret = Thing { secret_wo: "s".into(), ..named("a") };
    let found = terraform.validate(&secret, true).await;
    assert_eq!(found[0].summary, "The secret has no version");
    let found = terraform.validate(&secret, false).await;
    assert_eq!(found[0].summary, "Write-only attributes need Terraform 1.11");
    assert!(terraform.validate(&Thing { name: Attr::Unknown, ..Thing::default() }, true).await.is_empty());
}

#[tokio::test]
async fn data_sources_are_looked_up() {
    let terraform = Terraform::configured().await;
    terraform.apply(None, b"", &named("a")).await.clean();
    let read = async |id: &str| {
        let request = pb::read_data_source::Request {
            type_name: "toy_thing".into(),
            config: model(&ThingLookup { id: id.into(), ..ThingLookup::default() }),
            ..Default::default()
        };
        terraform.server.read_data_source(Request::new(request)).await.unwrap().into_inner()
    };
    assert_eq!(unwire::<ThingLookup>(&read("thing-1").await.state).unwrap().name.text(), Some("a"));
    let missing = read("thing-9").await;
    assert_eq!(at(&missing.diagnostics[0]), "id");
}

#[tokio::test]
async fn ephemeral_resources_open_renew_and_close() {
    let terraform = Terraform::configured().await;
    let request = pb::open_ephemeral_resource::Request {
        type_name: "toy_lease".into(),
        config: model(&LeaseModel { of: "x".into(), ..LeaseModel::default() }),
        ..Default::default()
    };
    let opened = terraform.server.open_ephemeral_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(unwire::<LeaseModel>(&opened.result).unwrap().token.text(), Some("token of x"));
    assert_eq!(opened.renew_at.unwrap().seconds, 60);
    let request =
        pb::renew_ephemeral_resource::Request { type_name: "toy_lease".into(), private: opened.private.clone() };
    let renewed = terraform.server.renew_ephemeral_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(renewed.renew_at, None);
    let request = pb::close_ephemeral_resource::Request { type_name: "toy_lease".into(), private: opened.private };
    let closed = terraform.server.close_ephemeral_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(closed.diagnostics, []);
    assert_eq!(terraform.service().writes, ["open x", "renew x", "close x"]);
}

#[tokio::test]
async fn functions_compute_without_configuration() {
    let terraform = Terraform::unconfigured();
    let call = async |arguments: &[Value]| {
        let arguments = arguments.iter().filter_map(|a| wire(a, &Type::String)).collect();
        let request = pb::call_function::Request { name: "join".into(), arguments };
        terraform.server.call_function(Request::new(request)).await.unwrap().into_inner()
    };
    let joined = call(&[Value::string("-"), Value::string("a"), Value::Null, Value::string("b")]).await;
    let result = zt::framework::msgpack::decode(&joined.result.unwrap().msgpack, &Type::String).unwrap();
    assert_eq!(result, Value::string("a-b"));
    let refused = call(&[Value::string("-----")]).await;
    assert_eq!(refused.error.unwrap().function_argument, Some(0));
    let functions = terraform.server.get_functions(Request::new(Default::default())).await.unwrap().into_inner();
    assert_eq!(functions.functions["join"].r#return.as_ref().unwrap().r#type, br#""string""#);
}

async fn list(terraform: &Terraform, prefix: &str, limit: i64, whole: bool) -> Vec<pb::list_resource::Event> {
    let request = pb::list_resource::Request {
        type_name: "toy_thing".into(),
        config: wire(&Filter { prefix: prefix.into() }.encode(), &ty::<Filter>()),
        include_resource_object: whole,
        limit,
    };
    let stream = terraform.server.list_resource(Request::new(request)).await.unwrap().into_inner();
    stream.map(|event| event.unwrap()).collect().await
}

#[tokio::test]
async fn lists_stream_what_they_find_and_count_themselves() {
    let terraform = Terraform::configured().await;
    for name in ["a1", "a2", "a3", "b1"] {
        terraform.apply(None, b"", &named(name)).await.clean();
    }
    let all = list(&terraform, "a", 0, false).await;
    assert_eq!(all.iter().map(|e| e.display_name.as_str()).collect::<Vec<_>>(), ["a1", "a2", "a3"]);
    assert!(all.iter().all(|e| e.identity.is_some() && e.resource_object.is_none()));

    terraform.service().writes.clear();
    let some = list(&terraform, "a", 2, true).await;
    assert_eq!(some.len(), 2);
    assert!(some.iter().all(|e| e.resource_object.is_some()));
    assert_eq!(terraform.service().writes, ["found a1", "found a2"], "nothing is looked for beyond the limit");

    let broken = list(&terraform, "broken", 0, false).await;
    assert_eq!(broken.last().unwrap().diagnostic[0].summary, "Listing failed");
}

async fn ring(terraform: &Terraform, times: i64) -> (Vec<String>, Vec<pb::Diagnostic>) {
    use pb::invoke_action::event::Type;
    let request = pb::invoke_action::Request {
        action_type: "toy_ring".into(),
        config: model(&RingModel { times: times.into() }),
        ..Default::default()
    };
    let stream = terraform.server.invoke_action(Request::new(request)).await.unwrap().into_inner();
    let events: Vec<_> = stream.map(|event| event.unwrap().r#type.unwrap()).collect().await;
    let mut progress = Vec::new();
    let mut completed = Vec::new();
    for event in events {
        match event {
            Type::Progress(p) => progress.push(p.message),
            Type::Completed(c) => completed.push(c.diagnostics),
        }
    }
    assert_eq!(completed.len(), 1, "exactly one completion");
    (progress, completed.remove(0))
}

#[tokio::test]
async fn actions_report_progress_and_complete_once() {
    let terraform = Terraform::configured().await;
    let (progress, diagnostics) = ring(&terraform, 3).await;
    assert_eq!(
        (progress.as_slice(), diagnostics.as_slice()),
        (["ring 1", "ring 2", "ring 3"].map(String::from).as_slice(), &[][..])
    );
    let (progress, diagnostics) = ring(&terraform, 7).await;
    assert_eq!(progress.len(), 7);
    assert_eq!(diagnostics[0].summary, "The provider panicked in InvokeAction of toy_ring");

    let stopping = async {
        tokio::task::yield_now().await;
        terraform.server.stop_provider(Request::new(pb::stop_provider::Request {})).await.unwrap()
    };
    let ((_, diagnostics), _) = tokio::join!(ring(&terraform, 0), stopping);
    assert_eq!(diagnostics[0].summary, "Stopped");

    let request = pb::plan_action::Request {
        action_type: "toy_ring".into(),
        config: model(&RingModel { times: 10.into() }),
        ..Default::default()
    };
    let planned = terraform.server.plan_action(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(at(&planned.diagnostics[0]), "times");
}

#[tokio::test]
async fn every_kind_is_validated() {
    let terraform = Terraform::unconfigured();
    let s = &terraform.server;
    let data =
        pb::validate_data_resource_config::Request { type_name: "toy_thing".into(), config: null::<ThingLookup>() };
    let answer = s.validate_data_resource_config(Request::new(data)).await.unwrap().into_inner();
    assert!(!answer.diagnostics.is_empty(), "null is no configuration");
    let lease = pb::validate_ephemeral_resource_config::Request {
        type_name: "toy_lease".into(),
        config: model(&LeaseModel { of: "x".into(), ..LeaseModel::default() }),
    };
    let answer = s.validate_ephemeral_resource_config(Request::new(lease)).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics, []);
    let ring = pb::validate_action_config::Request {
        type_name: "toy_ring".into(),
        config: model(&RingModel { times: Attr::Unknown }),
    };
    let answer = s.validate_action_config(Request::new(ring)).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics, []);
    let filter = pb::validate_list_resource_config::Request {
        type_name: "toy_thing".into(),
        config: model(&Filter::default()),
        ..Default::default()
    };
    let answer = s.validate_list_resource_config(Request::new(filter)).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics, []);
    let settings = pb::validate_provider_config::Request { config: model(&crate::toy::Settings::default()) };
    let answer = s.validate_provider_config(Request::new(settings)).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics, []);
}
