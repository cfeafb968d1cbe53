//! Which answers of an identity provider Cloudflare believes: an org that lies in every way it can.
//!
//! Tokens and keys are scripted, so that nothing of the mock's Okta org stands between the lie and the check.

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use url::Url;
use zt::mock::{Fault, Mock};

use crate::browser::{Browser, parameter};
use crate::cloudflare::Caller;

const SECRET: &str = "a-client-secret-of-some-length-01";

/// A signing key and its id.
struct Signer {
    key: EncodingKey,
    id: &'static str,
}

impl Signer {
    fn new(id: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        Self { key: EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes()).unwrap(), id }
    }

    fn public(&self) -> Value {
        let mut key = serde_json::to_value(Jwk::from_encoding_key(&self.key, Algorithm::RS256).unwrap()).unwrap();
        key["kid"] = json!(self.id);
        key["use"] = json!("sig");
        key
    }

    fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.into()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }
}

/// A team with one identity provider, whose org says what a test scripts.
struct Liar {
    mock: Mock,
    idp: String,
    browser: Browser,
}

impl Liar {
    async fn new(config: Value) -> Self {
        let caller = Caller::new().await;
        let mut body = json!({"name": "Okta", "type": "okta", "config": {
            "client_id": "0oaclient", "client_secret": SECRET, "okta_account": caller.mock.org_url()}});
        body["config"].as_object_mut().unwrap().extend(config.as_object().unwrap().clone());
        let idp = caller.create(body).await["id"].as_str().unwrap().to_owned();
        let browser = Browser::new(&caller.mock);
        Self { mock: caller.mock, idp, browser }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/cdn-cgi/access/{path}", self.mock.auth_url())
    }

    /// Begins a login and stops at the org's door; what was asked of it.
    fn begin(&mut self) -> Url {
        let login = self.url("login");
        self.browser.stop_at("/v1/authorize").open(&login).held().clone()
    }

    /// Claims that fit a login.
    fn claims(&self, asked: &Url) -> Value {
        json!({
            "iss": self.mock.org_url(),
            "aud": "0oaclient",
            "sub": "00u1",
            "nonce": parameter(asked, "nonce"),
            "exp": self.mock.world().clock.now().unix_timestamp() + 3600,
            "email": "ada@acme.example",
            "name": "Ada Quist",
            "groups": ["Engineering"],
        })
    }

    fn script(&self, method: &str, path: &str, status: u16, body: Value) {
        self.mock.fail(Fault::on(method, path).answering(status, body).times(1));
    }

    /// The browser comes back to the login with a code.
    fn come_back(&mut self, asked: &Url) -> &Browser {
        let state = parameter(asked, "state").unwrap();
        let callback = self.url(&format!("callback?code=c0de&state={state}"));
        self.browser.open(&callback)
    }

    /// A login for which the org's token endpoint gives out this token and, if asked, these keys.
    fn log_in(&mut self, token: impl Fn(&Self, &Url) -> String, keys: &[&Signer]) -> &Browser {
        self.mock.world().faults.clear();
        let asked = self.begin();
        let token = token(self, &asked);
        self.script("POST", "/oauth2/v1/token", 200, json!({"id_token": token}));
        let keys: Vec<Value> = keys.iter().map(|signer| signer.public()).collect();
        self.script("GET", "/oauth2/v1/keys", 200, json!({"keys": keys}));
        self.come_back(&asked)
    }

    fn asked_for_keys(&self) -> usize {
        self.mock.journal().matching("GET", "/oauth2/v1/keys").len()
    }
}

#[tokio::test]
async fn a_good_token_is_believed_and_keys_are_asked_for_once() {
    let mut liar = Liar::new(json!({})).await;
    let (one, two) = (Signer::new("one"), Signer::new("two"));
    for login in 1..=2 {
        let browser = liar.log_in(|liar, asked| one.sign(&liar.claims(asked)), &[&one]);
        assert_eq!((browser.status(), browser.field("email")), (200, "ada@acme.example".into()), "{login}");
        assert_eq!(liar.asked_for_keys(), 1, "{login}");
    }
    // The org rotates its keys.
    let browser = liar.log_in(|liar, asked| two.sign(&liar.claims(asked)), &[&one, &two]);
    assert_eq!(browser.status(), 200, "{}", browser.text());
    assert_eq!(liar.asked_for_keys(), 2);
    let person = liar.mock.cloudflare().person("ada@acme.example").unwrap().clone();
    assert_eq!(
        (person.groups.as_slice(), person.live_sessions(liar.mock.world().clock.now()).count()),
        (["Engineering".to_owned()].as_slice(), 3)
    );
}

#[tokio::test]
async fn a_bad_token_is_refused_with_the_rule_that_it_breaks() {
    let mut liar = Liar::new(json!({})).await;
    let (one, other) = (Signer::new("one"), Signer::new("one"));
    let change = |name: &'static str, value: Value| {
        let one = &one;
        move |liar: &Liar, asked: &Url| {
            let mut claims = liar.claims(asked);
            claims[name] = value.clone();
            one.sign(&claims)
        }
    };
    type Lie<'a> = Box<dyn Fn(&Liar, &Url) -> String + 'a>;
    let by_secret = |liar: &Liar, asked: &Url| {
        let header = Header { kid: Some("one".into()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &liar.claims(asked), &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
    };
    let tampered = |liar: &Liar, asked: &Url| {
        let mine = one.sign(&liar.claims(asked));
        let mut claims = liar.claims(asked);
        claims["email"] = json!("admin@acme.example");
        let theirs = other.sign(&claims);
        let part = |token: &str, index: usize| token.split('.').nth(index).unwrap().to_owned();
        format!("{}.{}.{}", part(&mine, 0), part(&theirs, 1), part(&mine, 2))
    };
    let lies: Vec<(Lie<'_>, &str)> = vec![
        (Box::new(change("iss", json!("https://evil.example"))), "its issuer"),
        (Box::new(change("aud", json!("0oaother"))), "its audience"),
        (Box::new(change("nonce", json!("another login's"))), "its nonce"),
        (Box::new(change("exp", json!(1))), "it has expired"),
        (Box::new(|liar, asked| other.sign(&liar.claims(asked))), "its signature"),
        (Box::new(tampered), "its signature"),
        (Box::new(by_secret), "it is signed with HS256"),
        (Box::new(|_, _| "no.token.at-all".into()), "it is not a JSON Web Token"),
    ];
    for (lie, rule) in lies {
        let browser = liar.log_in(lie, &[&one]);
        assert_eq!((browser.status(), browser.field("reason").as_str()), (502, "id_token_rejected"), "{rule}");
        assert!(
            browser.field("summary").contains(&format!("Failed to verify the ID token: {rule}")),
            "{}",
            browser.text()
        );
        assert_eq!(liar.browser.cookie(&liar.url(""), "CF_Authorization"), None, "{rule}");
    }
    let unknown = Signer::new("unknown");
    let browser = liar.log_in(|liar, asked| unknown.sign(&liar.claims(asked)), &[&one]);
    assert!(browser.field("summary").contains("its key unknown is not among those of"), "{}", browser.text());
    assert!(liar.mock.cloudflare().people().is_empty());
    assert!(
        liar.mock.cloudflare().access_log().events().iter().all(|event| !event.allowed && event.user_email.is_none())
    );
}

#[tokio::test]
async fn the_email_comes_from_the_claim_that_the_object_names() {
    let mut liar = Liar::new(json!({"email_claim_name": "upn", "claims": ["department", "level", "absent"]})).await;
    let one = Signer::new("one");
    let with = |claim: Option<&'static str>| {
        let one = &one;
        move |liar: &Liar, asked: &Url| {
            let mut claims = liar.claims(asked);
            claims["department"] = json!("Research");
            claims["level"] = json!(7);
            claims["upn"] = json!(claim);
            one.sign(&claims)
        }
    };
    let browser = liar.log_in(with(Some("ada.q@acme.example")), &[&one]);
    assert_eq!(browser.field("email"), "ada.q@acme.example");
    let identity = liar.url("get-identity");
    let identity = liar.browser.open(&identity).json();
    assert_eq!(identity["oidc_fields"], json!({"department": "Research", "level": 7}));
    assert_eq!(identity["email"], "ada.q@acme.example");
    let browser = liar.log_in(with(None), &[&one]);
    assert_eq!((browser.status(), browser.field("reason").as_str()), (502, "no_email"));
    assert!(browser.field("summary").contains("no claim upn"));
}

#[tokio::test]
async fn an_org_that_does_not_answer_properly_is_named() {
    let mut liar = Liar::new(json!({})).await;
    let one = Signer::new("one");
    let faults = [
        (Fault::on("POST", "/oauth2/v1/token").closing(), "/oauth2/v1/token cannot be reached"),
        (
            Fault::on("POST", "/oauth2/v1/token").answering(503, "<html>"),
            "answered 503 Service Unavailable without an OAuth error",
        ),
        (
            Fault::on("POST", "/oauth2/v1/token").answering(200, json!({"access_token": "plum"})),
            "answered without an ID token",
        ),
        (
            Fault::on("GET", "/oauth2/v1/keys").answering(500, Value::Null),
            "answered 500 Internal Server Error instead of a JWK Set",
        ),
        (Fault::on("GET", "/oauth2/v1/keys").answering(200, json!({})), "answered without keys"),
    ];
    for (fault, said) in faults {
        liar.mock.world().faults.clear();
        liar.mock.fail(fault);
        let asked = liar.begin();
        let token = one.sign(&liar.claims(&asked));
        liar.script("POST", "/oauth2/v1/token", 200, json!({"id_token": token}));
        let browser = liar.come_back(&asked);
        assert_eq!((browser.status(), browser.field("reason").as_str()), (502, "identity_provider_unusable"), "{said}");
        assert!(browser.field("summary").contains(said), "{}", browser.field("summary"));
        assert!(!browser.source().contains("plum"));
    }
}

#[tokio::test]
async fn groups_that_the_token_does_not_list_are_asked_for_page_by_page() {
    let mut liar = Liar::new(json!({"api_token": "plum-token"})).await;
    let one = Signer::new("one");
    let many: Vec<String> = (0..101).map(|number| format!("g{number}")).collect();
    let page = |names: &[&str]| json!(names.iter().map(|name| json!({"profile": {"name": name}})).collect::<Vec<_>>());
    for groups in [Value::Null, json!(many)] {
        liar.mock.world().faults.clear();
        let asked = liar.begin();
        let mut claims = liar.claims(&asked);
        claims["groups"] = groups;
        liar.script("POST", "/oauth2/v1/token", 200, json!({"id_token": one.sign(&claims)}));
        liar.script("GET", "/oauth2/v1/keys", 200, json!({"keys": [one.public()]}));
        let next = format!("<{}/api/v1/users/00u1/groups?after=2>; rel=\"next\"", liar.mock.org_url());
        let first = Fault::on("GET", "/api/v1/users/00u1/groups").answering(200, page(&["one", "two"]));
        liar.mock.fail(first.with_header("link", &next).times(1));
        let second = Fault::on("GET", "/api/v1/users/00u1/groups").answering(200, page(&["three"]));
        liar.mock.fail(second.times(1));
        let browser = liar.come_back(&asked);
        assert_eq!(browser.fields("group"), ["one", "two", "three"], "{}", browser.text());
    }
    let asked = liar.mock.journal().matching("GET", "/api/v1/users/00u1/groups");
    assert_eq!(asked.iter().map(|asked| asked.query.as_str()).collect::<Vec<_>>(), ["", "after=2", "", "after=2"]);
    assert_eq!(asked[0].request_header("authorization"), Some("SSWS [redacted]"));
}

#[tokio::test]
async fn half_a_list_of_groups_is_none() {
    let mut liar = Liar::new(json!({"api_token": "plum-token"})).await;
    let one = Signer::new("one");
    let page = json!([{"profile": {"name": "one"}}]);
    let circle = format!("<{}/api/v1/users/00u1/groups?after=1>; rel=\"next\"", liar.mock.org_url());
    for (next, requests) in [("<https://evil.example/api/v1/users/00u1/groups>; rel=\"next\"", 1), (&circle, 100)] {
        liar.mock.world().faults.clear();
        liar.mock.journal().clear();
        let asked = liar.begin();
        let mut claims = liar.claims(&asked);
        claims["groups"] = Value::Null;
        liar.script("POST", "/oauth2/v1/token", 200, json!({"id_token": one.sign(&claims)}));
        liar.script("GET", "/oauth2/v1/keys", 200, json!({"keys": [one.public()]}));
        let answer = Fault::on("GET", "/api/v1/users/00u1/groups").answering(200, page.clone());
        liar.mock.fail(answer.with_header("link", next));
        let browser = liar.come_back(&asked);
        assert!(browser.text().contains("did not list them"), "{}", browser.text());
        assert_eq!(liar.mock.journal().matching("GET", "/api/v1/users/00u1/groups").len(), requests);
    }
}

#[tokio::test]
async fn a_test_shows_what_it_found_and_leaves_nothing_behind() {
    let mut liar = Liar::new(json!({})).await;
    let one = Signer::new("one");
    let test = liar.url(&format!("test-idp/{}", liar.idp));
    let asked = liar.browser.stop_at("/v1/authorize").open(&test).held().clone();
    liar.script("POST", "/oauth2/v1/token", 200, json!({"id_token": one.sign(&liar.claims(&asked))}));
    liar.script("GET", "/oauth2/v1/keys", 200, json!({"keys": [one.public()]}));
    let found = liar.come_back(&asked);
    assert_eq!(found.status(), 200);
    assert!(found.text().starts_with("Your connection works!"), "{}", found.text());
    let identity: Value = serde_json::from_str(&found.field("identity")).unwrap();
    let expected = json!({
        "email": "ada@acme.example",
        "name": "Ada Quist",
        "groups": ["Engineering"],
        "idp": {"id": liar.idp, "type": "okta"},
        "oidc_fields": {},
    });
    assert_eq!(identity, expected);

    let asked = liar.browser.stop_at("/v1/authorize").open(&test).held().clone();
    liar.script("POST", "/oauth2/v1/token", 401, json!({"error": "invalid_client", "error_description": "The client secret supplied for a confidential client is invalid."}));
    let found = liar.come_back(&asked);
    assert_eq!(found.status(), 502);
    assert!(found.text().starts_with("The connection does not work"));
    let result: Value = serde_json::from_str(&found.field("result")).unwrap();
    assert_eq!(
        (&result["name"], &result["idpType"], &result["error"]),
        (&json!("Okta"), &json!("okta"), &json!("invalid_client"))
    );
    assert_eq!(result["ray_id"], found.field("ray_id"));

    let account = liar.mock.cloudflare();
    assert!(account.people().is_empty() && account.access_log().events().is_empty());
    assert_eq!(liar.browser.cookie(liar.mock.auth_url(), "CF_Authorization"), None);
}

#[tokio::test]
async fn a_state_is_good_once_in_the_browser_it_was_made_for_and_for_a_while() {
    let mut liar = Liar::new(json!({})).await;
    let one = Signer::new("one");
    let asked = liar.begin();
    let state = parameter(&asked, "state").unwrap();
    let callback = liar.url(&format!("callback?code=c0de&state={state}"));
    let refused = |browser: &mut Browser, url: &str, reason: &str| {
        browser.open(url);
        assert_eq!((browser.status(), browser.field("reason").as_str()), (400, reason));
    };
    let mut other = Browser::new(&liar.mock);
    refused(&mut other, &callback, "state_of_another_browser");
    refused(&mut other, &liar.url("callback?code=c0de&state=invented"), "state_unknown");
    refused(&mut other, &liar.url("callback"), "state_unknown");

    liar.script("POST", "/oauth2/v1/token", 200, json!({"id_token": one.sign(&liar.claims(&asked))}));
    liar.script("GET", "/oauth2/v1/keys", 200, json!({"keys": [one.public()]}));
    assert_eq!(liar.come_back(&asked).status(), 200);
    refused(&mut liar.browser, &callback, "state_replayed");

    let late = parameter(&liar.begin(), "state").unwrap();
    let nothing = parameter(&liar.begin(), "state").unwrap();
    let nothing = liar.url(&format!("callback?state={nothing}"));
    refused(&mut liar.browser, &nothing, "no_code");
    liar.mock.world().clock.advance(std::time::Duration::from_secs(601));
    let late = liar.url(&format!("callback?code=c0de&state={late}"));
    refused(&mut liar.browser, &late, "state_expired");
    let sent = liar.mock.journal().matching("POST", "/oauth2/v1/token").len();
    assert_eq!(sent, 1, "no code of a refused callback is redeemed");
}
