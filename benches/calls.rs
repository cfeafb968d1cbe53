//! What a call costs beside the network: `cargo bench`.
//!
//! Terraform makes four calls for each resource of a plan, so that their time is multiplied by n.
#![allow(missing_docs, clippy::unwrap_used, reason = "criterion's macro has public functions without documentation")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use prost::Message;
use std::hint::black_box;
use tonic::Request;
use zt::cloudflare::okta_idp::OktaIdp;
use zt::framework::model::{Attr, Model, Set, Typed};
use zt::framework::msgpack;
use zt::framework::secret::Secret;
use zt::framework::server::Server;
use zt::framework::types::Type;
use zt::framework::value::Value;
use zt::proto::tfplugin6::{self as pb, provider_server::Provider as _};
use zt::provider::{Environment, Zt};

/// How many claims the large object has.
const CLAIMS: usize = 1000;

fn ty() -> Type {
    OktaIdp::schema(0).ty()
}

fn login_method(claims: usize) -> Value {
    let claims: Vec<String> = (0..claims).map(|number| format!("claim_{number}")).collect();
    OktaIdp {
        name: "Okta".into(),
        okta_account: "https://acme.okta.com".into(),
        client_id: "0oa1".into(),
        client_secret: Secret::from("a secret that nobody can guess").into(),
        claims: if claims.is_empty() { Attr::Null } else { Set::from_iter(claims).into() },
        ..OktaIdp::default()
    }
    .encode()
}

fn server() -> Server<Zt> {
    Server::new(Zt::with(Environment::of([("CLOUDFLARE_API_TOKEN", "t"), ("CLOUDFLARE_ACCOUNT_ID", "f0")])))
}

fn codec(criterion: &mut Criterion) {
    let value = login_method(CLAIMS);
    let bytes = msgpack::encode(&value, &ty()).unwrap();
    criterion.bench_function("decode an object of 1,000 claims", |bench| {
        bench.iter(|| msgpack::decode(black_box(&bytes), &ty()).unwrap());
    });
    criterion.bench_function("encode an object of 1,000 claims", |bench| {
        bench.iter(|| msgpack::encode(black_box(&value), &ty()).unwrap());
    });
}

fn schema(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let answer = |server: &Server<Zt>| {
        let request = Request::new(pb::get_provider_schema::Request {});
        runtime.block_on(server.get_provider_schema(request)).unwrap().into_inner().encode_to_vec()
    };
    // What one process answers: Terraform asks each once.
    criterion.bench_function("first schema answer", |bench| {
        bench.iter_batched(server, |server| answer(&server), BatchSize::SmallInput);
    });
}

fn plan(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let server = server();
    let dynamic =
        |value: &Value| Some(pb::DynamicValue { msgpack: msgpack::encode(value, &ty()).unwrap(), json: Vec::new() });
    let value = login_method(0);
    let request = pb::plan_resource_change::Request {
        type_name: "zt_okta_idp".into(),
        prior_state: dynamic(&Value::Null),
        proposed_new_state: dynamic(&value),
        config: dynamic(&value),
        ..Default::default()
    };
    criterion.bench_function("plan of a new login method", |bench| {
        bench.iter(|| {
            let answer = server.plan_resource_change(Request::new(black_box(request.clone())));
            let answer = runtime.block_on(answer).unwrap().into_inner();
            assert!(answer.diagnostics.is_empty(), "{:?}", answer.diagnostics);
            answer
        });
    });
}

criterion_group!(benches, codec, schema, plan);
criterion_main!(benches);
