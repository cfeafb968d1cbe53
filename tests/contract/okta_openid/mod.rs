//! The org as an OpenID provider, asked by a relying party that knows nothing of the mock.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::Method;
use serde_json::{Map, Value, json};
use url::Url;
use zt::mock::Options;

use crate::http::{Answer, send, send_form};
use crate::okta::{Administrator, oidc_app};

mod code_flow;
mod groups;
mod refusals;
mod servers;
mod service;
mod sign_in;
mod tokens;

/// Where the relying party waits for codes. Nobody listens there: the tests read the redirect.
const CALLBACK: &str = "http://127.0.0.1:1/callback";

const ADA: &str = "ada@acme.example";
const BO: &str = "bo@acme.example";

/// An org with an OIDC app that Ada is assigned to, and the relying party that the app is for.
pub(crate) struct Party {
    pub(crate) org: Administrator,
    pub(crate) app: Value,
}

/// Parameters of a request, to add to and to change.
#[derive(Clone)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Party {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// With an app that `change` has had a look at.
    pub(crate) async fn with(change: impl FnOnce(&mut Value)) -> Self {
        Self::at(Administrator::with(Options::default()).await, change).await
    }

    pub(crate) async fn at(org: Administrator, change: impl FnOnce(&mut Value)) -> Self {
        let mut wanted = oidc_app("Access");
        wanted["settings"]["oauthClient"]["redirect_uris"] = json!([CALLBACK]);
        change(&mut wanted);
        let app = org.post("/api/v1/apps", wanted).await;
        let party = Self { org, app };
        party.assign(ADA).await;
        party
    }

    pub(crate) async fn assign(&self, login: &str) {
        let id = self.user_id(login);
        self.org.post(&format!("{}/users", self.app_path()), json!({"id": id, "scope": "USER"})).await;
    }

    pub(crate) fn app_path(&self) -> String {
        Administrator::path(&self.app)
    }

    pub(crate) fn user_id(&self, login: &str) -> String {
        self.org.mock.okta().user_id(login).unwrap()
    }

    pub(crate) fn password(&self, login: &str) -> String {
        self.org.mock.okta().password(login).unwrap().to_owned()
    }

    pub(crate) fn client_id(&self) -> &str {
        self.app["credentials"]["oauthClient"]["client_id"].as_str().unwrap()
    }

    pub(crate) fn secret(&self) -> &str {
        self.app["credentials"]["oauthClient"]["client_secret"].as_str().unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.org.mock.org_url())
    }

    /// `Authorization` of the app.
    pub(crate) fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.client_id(), self.secret())))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.org.mock.world().clock.advance(std::time::Duration::from_secs(seconds));
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(Method::GET, &self.url(path), &[], &Value::Null).await
    }

    /// A form with the app's credentials in the header.
    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        send_form(&self.url(path), &[("authorization", &self.basic())], fields).await
    }

    /// A login by password, as programs do it.
    pub(crate) async fn session_token(&self, login: &str) -> String {
        let body = json!({"username": login, "password": self.password(login)});
        let answer = send(Method::POST, &self.url("/api/v1/authn"), &[], &body).await.json();
        answer["sessionToken"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// The smallest sensible request for a code.
    pub(crate) fn request(&self) -> Parameters {
        let pairs = [
            ("client_id", self.client_id()),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid profile email groups"),
            ("state", "st-1"),
            ("nonce", "no-1"),
        ];
        Parameters(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }

    /// Asks `/authorize`, of the org's own server.
    pub(crate) async fn authorize(&self, request: &Parameters) -> Answer {
        self.get(&format!("/oauth2/v1/authorize?{}", request.query())).await
    }

    /// A code for Ada.
    pub(crate) async fn code(&self, request: Parameters) -> String {
        let request = request.with("sessionToken", &self.session_token(ADA).await);
        let answer = self.authorize(&request).await;
        returned(&answer, "code")
    }

    /// Changes a code for tokens.
    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        self.form("/oauth2/v1/token", &fields(code)).await
    }

    /// The whole flow for Ada: the answer of `/token`.
    pub(crate) async fn tokens(&self, request: Parameters) -> Value {
        let code = self.code(request).await;
        let answer = self.redeem(&code).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// The claims of an ID token, verified as a relying party does.
    pub(crate) async fn verified(&self, tokens: &Value) -> Map<String, Value> {
        let keys = self.get("/oauth2/v1/keys").await;
        verified(&keys.text, tokens["id_token"].as_str().unwrap(), self.org.mock.org_url(), self.client_id())
    }

    /// Sets the groups claim of the app.
    pub(crate) async fn groups_claim(&self, filter_type: &str, value: &str) {
        let path = format!("/api/v1/internal/apps/{}/settings/oauth/idToken", self.app["id"].as_str().unwrap());
        let claim = json!({"issuerMode": "ORG_URL", "valueType": "GROUPS", "name": "groups",
            "groupFilterType": filter_type, "value": value});
        self.org.post(&path, claim).await;
    }
}

impl Parameters {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    pub(crate) fn fields(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

/// Fields of a request at `/token` for a code.
pub(crate) fn fields(code: &str) -> [(&'static str, &str); 3] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)]
}

/// Parameters that came back to the redirect URI.
pub(crate) fn callback(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 302, "{}", answer.text);
    let url = Url::parse(answer.header("location")).unwrap();
    assert_eq!(url.as_str().split(['?', '#']).next().unwrap(), CALLBACK);
    url.query_pairs().into_owned().collect()
}

/// One parameter that came back to the redirect URI.
pub(crate) fn returned(answer: &Answer, name: &str) -> String {
    let parameters = callback(answer);
    let found = parameters.iter().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name} in {parameters:?}")).1.clone()
}

/// Checks an error that came back to the redirect URI, and the state with it.
pub(crate) fn refused_at_callback(answer: &Answer, error: &str, description: &str) {
    let expected = [("error", error), ("error_description", description), ("state", "st-1")];
    assert_eq!(callback(answer), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

/// Checks an OAuth error.
pub(crate) fn refused(answer: &Answer, status: u16, error: &str, description: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.json(), json!({"error": error, "error_description": description}));
    assert_eq!(answer.header("cache-control"), "no-cache, no-store");
}

/// The claims of a token that one of the keys has signed for this audience.
pub(crate) fn verified(keys: &str, token: &str, issuer: &str, audience: &str) -> Map<String, Value> {
    let keys: JwkSet = serde_json::from_str(keys).unwrap();
    let header = decode_header(token).unwrap();
    let key = keys.find(header.kid.as_deref().unwrap()).expect("the key is published");
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    decode::<Map<String, Value>>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).unwrap().claims
}

/// A part of a JWT: 0 is the header, 1 the claims.
pub(crate) fn part(token: &str, place: usize) -> Value {
    let part = token.split('.').nth(place).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
