//! What is told of a panic, or of a refusal, while secrets are in scope; and that the search finds them if nothing masks
//! them. The built provider has no panic that a test could reach, and no way to switch masking off. So it is the toy that
//! does both, with the same hook, the same log, the same client and the same types of secrets.

use axum::Router;
use axum::http::StatusCode;
use tokio::net::TcpListener;
use zt::proto::tfplugin6::provider_client::ProviderClient;
use zt::proto::tfplugin6::{DynamicValue, call_function};

use crate::planted::{Form, Planted, Search};
use crate::process::{BE_THE_TOY, Start, shut_down};

/// Calls the toy with a secret as argument; everything that is told of it afterwards.
async fn told(name: &str, arguments: &[&str]) -> [(&'static str, String); 3] {
    let mut start = Start::new();
    start.command.env("TF_LOG", "TRACE").env("RUST_BACKTRACE", "full").env(BE_THE_TOY, "");
    let toy = start.handshake();
    let channel = toy.connect().await;
    let argument = |text: &&str| DynamicValue { msgpack: text.as_bytes().to_vec(), json: Vec::new() };
    let arguments = arguments.iter().map(argument).collect();
    let request = call_function::Request { name: name.to_owned(), arguments };
    let answer = ProviderClient::new(channel.clone()).call_function(request).await;
    shut_down(&channel).await;
    let ended = toy.ended().await;
    let answer = match answer {
        Ok(answer) => answer.into_inner().error.map(|error| error.text).unwrap_or_default(),
        Err(status) => status.message().to_owned(),
    };
    [("the answer", answer), ("standard output", ended.output), ("log and crash report", ended.log)]
}

#[tokio::test]
async fn a_panic_over_a_secret_does_not_print_it() {
    let secret = Planted::made_up("a secret in scope");
    for (name, heading) in [("panic over a secret", "panic: "), ("caught panic over a secret", "a call panicked: ")] {
        let mut search = Search::default();
        let all = told(name, &[secret.text()]).await;
        for (place, text) in &all {
            search.place(place, text.as_bytes(), [&secret]);
        }
        search.expect_nothing();
        let [.., (_, log)] = &all;
        assert!(log.contains(heading) && log.contains("(secret)"), "{log}");
    }
}

#[tokio::test]
async fn a_panic_over_an_exposed_secret_would_be_found() {
    let secret = Planted::made_up("a secret in scope");
    let [.., (place, log)] = told("panic over an exposed secret", &[secret.text()]).await;
    let mut search = Search::default();
    search.place(place, log.as_bytes(), [&secret]);
    assert!(search.places_of("a secret in scope", Form::Plain).contains(place), "{log}");
}

/// A service that refuses everything, and quotes this in its words and in its headers.
async fn quoting(text: String) -> String {
    let answer = move || {
        let text = text.clone();
        async move { (StatusCode::BAD_REQUEST, [("x-request-id", text.clone())], text) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    format!("http://{address}/")
}

#[tokio::test]
async fn what_a_service_quotes_is_found_only_where_it_is_not_masked() {
    let secret = Planted::made_up("a secret that was sent");
    let url = quoting(secret.quoted()).await;
    let search = async |name| {
        let mut search = Search::default();
        for (place, text) in told(name, &[secret.text(), &url]).await {
            search.place(place, text.as_bytes(), [&secret]);
            assert!(place == "standard output" || text.contains("no such thing as "), "{place}: {text}");
        }
        search
    };
    search("ask about a secret").await.expect_nothing();
    let unmasked = search("ask about a secret without hiding it").await;
    for form in Form::ALL {
        let places = unmasked.places_of("a secret that was sent", form);
        // A line of the log is JSON, so that what is plain elsewhere is escaped there.
        let in_log = places.contains("log and crash report") || form == Form::Plain;
        assert!(places.contains("the answer") && in_log, "{form:?}: {places:?}");
    }
}
