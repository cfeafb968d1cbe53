//! Credentials go where they belong: another host, which a configuration or an answer names, gets none of them.
//!
//! The other host is one more listener on loopback. The fuzz target [`credentials`](crate::credentials) makes up texts;
//! here each credential is tried with each way that could lead it there.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use http::StatusCode;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use zt::framework::value::Value;
use zt::mock::server::Listener;
use zt::mock::{Fault, Mock, Options};

use crate::terraform::{Kind, Outcome, Terraform, dynamic};
use crate::vendors::complete;

const CLIENT_SECRET: &str = "client-secret-of-this-test";
const OKTA_API_TOKEN: &str = "api-token-of-this-test";
const SCIM_TOKEN: &str = "scim-token-of-this-test";
const SCOPES: [&str; 3] = ["okta.apps.manage", "okta.groups.manage", "okta.users.read"];

/// Both vendors, a provider, and somebody else.
struct Scene {
    mock: Mock,
    terraform: Terraform,
    /// Where somebody else listens.
    elsewhere: String,
    asked: Arc<Mutex<Vec<String>>>,
}

/// How the provider proves itself to Okta.
#[derive(Clone, Copy, Debug)]
enum Okta {
    ApiToken,
    AccessToken,
}

fn text(text: &str) -> Value {
    Value::string(text)
}

fn object<const N: usize>(attributes: [(&str, Value); N]) -> Value {
    Value::Object(attributes.map(|(name, value)| (name.to_owned(), value)).into())
}

impl Scene {
    fn new(okta: Okta) -> Self {
        let mock = Mock::launch(Options { allow_unserved: true, ..Options::default() }).unwrap();
        let terraform = Terraform::new([]);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = asked.clone();
        let routes = Router::new().fallback(move |request: Request| {
            let heard = format!("{} {} {:?}", request.method(), request.uri(), request.headers());
            noted.lock().unwrap().push(heard);
            async { (StatusCode::OK, "[]").into_response() }
        });
        let elsewhere = terraform.block_on(async {
            let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
            let url = listener.url(false);
            tokio::spawn(listener.serve(routes, None, CancellationToken::new()));
            url
        });
        let now = mock.world().clock.now();
        let credential = match okta {
            Okta::ApiToken => ("api_token", text(&mock.okta_token())),
            Okta::AccessToken => ("access_token", text(&mock.okta().mint_access_token(&SCOPES, now))),
        };
        let block = object([
            ("okta", object([("org_url", text(mock.org_url())), credential])),
            (
                "cloudflare",
                object([
                    ("base_url", text(mock.api_url())),
                    ("api_token", text(&mock.cloudflare_token())),
                    ("account_id", text(&mock.account_id())),
                ]),
            ),
            ("max_retries", Value::Number(0_i64.into())),
        ]);
        assert!(terraform.configure(&complete(block, &terraform.provider().attributes)));
        Self { mock, terraform, elsewhere, asked }
    }

    fn resource(&self, name: &str) -> &Kind {
        self.terraform.resources().iter().find(|kind| kind.name == name).unwrap()
    }

    /// Plans, applies and reads something new.
    fn make(&self, name: &str, value: Value) -> Outcome {
        let kind = self.resource(name);
        let config = dynamic(&complete(value, &kind.attributes), &kind.ty);
        let planned = self.terraform.plan(kind, None, Some(config.clone()), Vec::new());
        if planned.failed {
            return planned;
        }
        let made = self.terraform.apply(kind, None, planned.value, Some(config), planned.private);
        if made.failed { made } else { self.terraform.read(kind, made.value, made.private) }
    }

    fn look(&self, name: &str, value: Value) -> Outcome {
        let kind = self.terraform.data_sources().iter().find(|kind| kind.name == name).unwrap();
        self.terraform.data_source(kind, dynamic(&complete(value, &kind.attributes), &kind.ty))
    }

    fn idp(&self, okta_account: &str) -> Value {
        object([
            ("name", text("Okta")),
            ("okta_account", text(okta_account)),
            ("client_id", text("0oa00000000000000000")),
            ("client_secret", text(CLIENT_SECRET)),
            ("api_token", text(OKTA_API_TOKEN)),
        ])
    }

    /// What the other host heard.
    fn heard(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Everything that is secret here.
    fn secrets(&self) -> Vec<String> {
        let mut all = vec![self.mock.okta_token(), self.mock.cloudflare_token()];
        all.extend([CLIENT_SECRET, OKTA_API_TOKEN, SCIM_TOKEN].map(str::to_owned));
        all
    }
}

#[test]
fn okta_account_leads_neither_the_provider_nor_a_secret_to_the_org_it_names() {
    for okta in [Okta::ApiToken, Okta::AccessToken] {
        let scene = Scene::new(okta);
        let made = scene.make("zt_okta_idp", scene.idp(&scene.elsewhere));
        assert!(!made.failed, "{okta:?}: it may name another org");
        let id = scene.mock.cloudflare().identity_providers()[0].id().to_owned();
        scene.look("zt_handshake", object([("identity_provider_id", text(&id))]));
        scene.look("zt_okta_idp", object([("id", text(&id))]));
        assert_eq!(scene.heard(), [""; 0], "{okta:?}");
    }
}

#[test]
fn scim_base_url_leads_the_scim_token_there_and_nothing_else() {
    for okta in [Okta::ApiToken, Okta::AccessToken] {
        let scene = Scene::new(okta);
        let base_url = format!("{}/scim/v2", scene.elsewhere);
        scene.make(
            "okta_scim_app",
            object([("label", text("SCIM")), ("scim_base_url", text(&base_url)), ("scim_token", text(SCIM_TOKEN))]),
        );
        let heard = scene.heard();
        assert!(!heard.is_empty(), "Okta tries the connection");
        for heard in heard {
            assert!(!heard.contains("terraform-provider-zt"), "Okta asks, and not the provider: {heard}");
            let others = scene.secrets().into_iter().filter(|secret| secret != SCIM_TOKEN);
            assert!(others.into_iter().all(|secret| !heard.contains(&secret)), "{heard}");
        }
    }
}

#[test]
fn no_answer_leads_credentials_to_another_host() {
    for okta in [Okta::ApiToken, Okta::AccessToken] {
        for status in [301, 302, 303, 307, 308] {
            let scene = Scene::new(okta);
            let to = format!("{}/api/v1/apps", scene.elsewhere);
            let redirect = || Fault::on("GET", "/**").answering(status, json!(null)).with_header("location", &to);
            scene.mock.fail(redirect());
            assert!(scene.look("okta_group", object([("name", text("Engineering"))])).failed, "{okta:?} {status}");
            scene.mock.fail(redirect());
            assert!(scene.look("zt_organization", object([])).failed, "{okta:?} {status}");
            assert_eq!(scene.heard(), [""; 0], "{okta:?} {status}");
        }
        let scene = Scene::new(okta);
        let next = format!("<{}/api/v1/groups?after=x>; rel=\"next\"", scene.elsewhere);
        let page = json!([{"id": "00g00000000000000000", "type": "OKTA_GROUP", "profile": {"name": "Other"}}]);
        scene.mock.fail(Fault::on("GET", "/**").answering(200, page).with_header("link", &next));
        scene.look("okta_group", object([("name", text("Engineering"))]));
        assert_eq!(scene.heard(), [""; 0], "{okta:?}");
    }
}
