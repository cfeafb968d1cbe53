//! Logging in to the team through the mock's own Okta org: what fits together works, and what does not says why.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::{Mock, Options};

use crate::browser::Browser;
use crate::okta::{Administrator, oidc_app};

pub(crate) const ADA: &str = "ada@acme.example";

/// A company: an app in Okta that the people of "Zero Trust Users" may use, and the identity provider in Cloudflare
/// that belongs to it.
pub(crate) struct Company {
    pub(crate) okta: Administrator,
    pub(crate) app: Value,
    pub(crate) idp: String,
    pub(crate) browser: Browser,
}

impl Company {
    pub(crate) async fn new() -> Self {
        Self::with(|_| (), json!({})).await
    }

    /// With an app and an identity provider that differ from the usual.
    pub(crate) async fn with(app: impl FnOnce(&mut Value), config: Value) -> Self {
        Self::at(Options::default(), app, config).await
    }

    pub(crate) async fn at(options: Options, change: impl FnOnce(&mut Value), config: Value) -> Self {
        let okta = Administrator::with(options).await;
        let mut wanted = oidc_app("Cloudflare Access");
        wanted["settings"]["oauthClient"]["redirect_uris"] = json!([at(&okta.mock, "callback")]);
        change(&mut wanted);
        let app = okta.post("/api/v1/apps", wanted).await;
        let group = okta.mock.okta().group_id("Zero Trust Users").unwrap();
        okta.put(&format!("{}/groups/{group}", Administrator::path(&app)), json!({})).await;
        let mut company = Self { browser: Browser::new(&okta.mock), okta, app, idp: String::new() };
        company.groups_claim(Some("REGEX"), ".*").await;
        company.idp = company.create(config).await;
        company
    }

    /// Sets the groups claim of the app, or takes it away.
    pub(crate) async fn groups_claim(&self, filter: Option<&str>, value: &str) {
        let path = format!("/api/v1/internal/apps/{}/settings/oauth/idToken", self.app["id"].as_str().unwrap());
        let claim = match filter {
            Some(filter) => json!({"issuerMode": "ORG_URL", "valueType": "GROUPS", "name": "groups",
                "groupFilterType": filter, "value": value}),
            None => json!({"issuerMode": "ORG_URL"}),
        };
        self.okta.post(&path, claim).await;
    }

    fn client(&self, member: &str) -> &str {
        self.app["credentials"]["oauthClient"][member].as_str().unwrap()
    }

    /// The identity provider's document, with what `config` adds, replaces or (null) leaves out.
    pub(crate) fn document(&self, config: &Value) -> Value {
        let mut all = json!({
            "client_id": self.client("client_id"),
            "client_secret": self.client("client_secret"),
            "okta_account": self.okta.mock.org_url(),
        });
        for (name, value) in config.as_object().unwrap() {
            match value {
                Value::Null => drop(all.as_object_mut().unwrap().remove(name)),
                value => all[name] = value.clone(),
            }
        }
        json!({"name": "Okta", "type": "okta", "config": all})
    }

    async fn create(&self, config: Value) -> String {
        let created = self.cloudflare(Method::POST, "access/identity_providers", self.document(&config), 201).await;
        created["id"].as_str().unwrap().to_owned()
    }

    /// Replaces the identity provider.
    pub(crate) async fn put(&self, config: Value) {
        let path = format!("access/identity_providers/{}", self.idp);
        self.cloudflare(Method::PUT, &path, self.document(&config), 200).await;
    }

    /// A request to Cloudflare's API; its result.
    pub(crate) async fn cloudflare(&self, method: Method, path: &str, body: Value, status: u16) -> Value {
        let mock = &self.okta.mock;
        let url = format!("{}/accounts/{}/{path}", mock.api_url(), mock.account_id());
        let token = format!("Bearer {}", mock.cloudflare_token());
        let answer = crate::http::send(method, &url, &[("authorization", &token)], &body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        answer.json()["result"].clone()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        at(&self.okta.mock, path)
    }

    pub(crate) fn password(&self, login: &str) -> String {
        self.okta.mock.okta().password(login).unwrap().to_owned()
    }

    /// Goes to the team domain and, where Okta asks, enters Ada's password.
    pub(crate) fn log_in(&mut self) -> &mut Browser {
        self.log_in_as(ADA)
    }

    pub(crate) fn log_in_as(&mut self, login: &str) -> &mut Browser {
        let (start, password) = (self.url("login"), self.password(login));
        self.browser = Browser::new(&self.okta.mock);
        self.browser.open(&start).log_in(login, &password)
    }

    /// The login fails with this status, reason, and error of Okta's (none if it said nothing).
    pub(crate) fn fails(&mut self, status: u16, reason: &str, error: Option<&str>) -> String {
        let browser = self.log_in();
        let said = browser.fields("error").into_iter().next();
        assert_eq!(
            (browser.status(), browser.field("reason").as_str(), said.as_deref()),
            (status, reason, error),
            "{}",
            browser.text()
        );
        assert_eq!(browser.field("idp_name"), "Okta");
        let description = browser.fields("error_description").into_iter().next().unwrap_or_default();
        let (auth, secret) = (self.url(""), self.client("client_secret"));
        assert_eq!(self.browser.cookie(&auth, "CF_Authorization"), None);
        assert!(!self.browser.source().contains(secret), "the page shows the secret");
        description
    }

    /// The login works.
    pub(crate) fn works(&mut self) {
        let browser = self.log_in();
        assert_eq!(browser.status(), 200, "{}", browser.text());
        assert_eq!(browser.field("email"), ADA);
    }
}

fn at(mock: &Mock, path: &str) -> String {
    format!("{}/cdn-cgi/access/{path}", mock.auth_url())
}

#[tokio::test]
async fn somebody_logs_in_and_is_known_with_their_groups() {
    let mut company = Company::new().await;
    let browser = company.log_in();
    assert_eq!((browser.status(), browser.field("name").as_str()), (200, "Ada Quist"), "{}", browser.text());
    let mut groups = browser.fields("group");
    groups.sort_unstable();
    assert_eq!(groups, ["Engineering", "Everyone", "Zero Trust Users"]);
    let identity = company.browser.open(&at(&company.okta.mock, "get-identity")).json();
    assert_eq!((&identity["email"], &identity["name"]), (&json!(ADA), &json!("Ada Quist")));
    assert_eq!(identity["idp"], json!({"id": company.idp, "type": "okta"}));
    assert_eq!(identity["groups"].as_array().unwrap().len(), 3);

    let users = company.cloudflare(Method::GET, "access/users", Value::Null, 200).await;
    assert_eq!((&users[0]["email"], &users[0]["access_seat"]), (&json!(ADA), &json!(true)));
    assert_eq!(users[0]["id"], identity["user_uuid"]);
    let log = company.cloudflare(Method::GET, "access/logs/access_requests", Value::Null, 200).await;
    assert_eq!((&log[0]["allowed"], &log[0]["user_email"]), (&json!(true), &json!(ADA)));

    company.browser.open(&at(&company.okta.mock, "logout")).open(&at(&company.okta.mock, "get-identity"));
    assert_eq!(company.browser.status(), 400);
    assert_eq!(company.browser.cookie(company.okta.mock.auth_url(), "CF_Authorization"), None);
}

#[tokio::test]
async fn whoever_is_logged_in_at_okta_is_not_asked_again_and_ends_where_they_wanted_to_be() {
    let mut company = Company::new().await;
    company.works();
    let there = company.url("get-identity");
    let wanted = there.strip_prefix(company.okta.mock.auth_url()).unwrap();
    let again = company.url(&format!("login?redirect_url={wanted}"));
    assert_eq!(company.browser.open(&again).json()["email"], ADA);
    assert_eq!(company.browser.url().as_str(), there);
    assert_eq!(company.okta.mock.cloudflare().person(ADA).unwrap().sessions.len(), 2);
    assert_eq!(company.okta.mock.journal().matching("GET", "/oauth2/v1/keys").len(), 1);
}

#[tokio::test]
async fn the_answer_may_come_as_a_form() {
    let mut company = Company::new().await;
    let (login, password) = (company.url("login"), company.password(ADA));
    let authorize = company.browser.stop_at("/authorize").open(&login).held().to_string();
    company.browser.stop_at("nowhere").open(&format!("{authorize}&response_mode=form_post")).log_in(ADA, &password);
    assert_eq!(company.browser.submit(&[]).field("email"), ADA);
    let callback = company.browser.hop("/callback");
    assert_eq!((callback.method.as_str(), callback.url.query()), ("POST", None));
}

#[tokio::test]
async fn the_test_of_the_dashboard_finds_what_a_login_would() {
    let mut company = Company::new().await;
    let (test, password) = (company.url(&format!("test-idp/{}", company.idp)), company.password(ADA));
    company.browser.open(&test).log_in(ADA, &password);
    assert!(company.browser.text().contains("Your connection works!"), "{}", company.browser.text());
    let found: Value = serde_json::from_str(&company.browser.field("identity")).unwrap();
    assert_eq!((&found["email"], found["groups"].as_array().unwrap().len()), (&json!(ADA), 3));
    assert!(company.okta.mock.cloudflare().people().is_empty());
    company.put(json!({"client_secret": "another-secret-of-some-length-001"})).await;
    company.browser.open(&test);
    let found: Value = serde_json::from_str(&company.browser.field("result")).unwrap();
    assert_eq!((&found["name"], &found["idpType"]), (&json!("Okta"), &json!("okta")));
    assert_eq!(found["error"], "invalid_client");
}

#[tokio::test]
async fn with_tls_the_same_login_works() {
    let mock = Mock::with(Options { tls: true, ..Options::default() }).await;
    let ca = std::fs::read_to_string(mock.ca_file().unwrap()).unwrap();
    let ask = async |method: Method, url: String, authorization: String, body: Value| {
        let request = crate::http::client(Some(&ca)).request(method, url).header("authorization", authorization);
        let answer = request.json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        answer.json::<Value>().await.unwrap()
    };
    let okta = async |method: Method, path: &str, body: Value| {
        ask(method, format!("{}{path}", mock.org_url()), format!("SSWS {}", mock.okta_token()), body).await
    };
    let mut wanted = oidc_app("Cloudflare Access");
    wanted["settings"]["oauthClient"]["redirect_uris"] = json!([at(&mock, "callback")]);
    let app = okta(Method::POST, "/api/v1/apps", wanted).await;
    let id = app["id"].as_str().unwrap();
    let group = mock.okta().group_id("Zero Trust Users").unwrap();
    okta(Method::PUT, &format!("/api/v1/apps/{id}/groups/{group}"), json!({})).await;
    let client = &app["credentials"]["oauthClient"];
    let body = json!({"name": "Okta", "type": "okta", "config": {
        "client_id": client["client_id"],
        "client_secret": client["client_secret"],
        "okta_account": mock.org_url(),
        "api_token": mock.okta_read_only_token(),
    }});
    let url = format!("{}/accounts/{}/access/identity_providers", mock.api_url(), mock.account_id());
    ask(Method::POST, url, format!("Bearer {}", mock.cloudflare_token()), body).await;

    let password = mock.okta().password(ADA).unwrap().to_owned();
    let mut browser = Browser::new(&mock);
    browser.open(&at(&mock, "login")).log_in(ADA, &password);
    assert_eq!((browser.status(), browser.field("email").as_str()), (200, ADA), "{}", browser.text());
    assert!(browser.url().scheme() == "https" && browser.hop("/authorize").url.scheme() == "https");
    assert_eq!(browser.open(&at(&mock, "get-identity")).json()["email"], ADA);
}

#[tokio::test]
async fn nothing_that_must_stay_secret_is_in_the_journal() {
    let config = json!({"pkce_enabled": true, "api_token": "plum-api-token"});
    let mut company = Company::with(
        |app| app["credentials"]["oauthClient"]["token_endpoint_auth_method"] = json!("client_secret_post"),
        config,
    )
    .await;
    company.works();
    let callback = company.browser.hop("/callback");
    let (code, session) = (
        callback.parameter("code").unwrap(),
        company.browser.cookie(&company.url(""), "CF_Authorization").unwrap().to_owned(),
    );
    let (mark, sid) = (
        company.browser.cookie(&company.url(""), "CF_Session").unwrap(),
        company.browser.cookie(&company.url(""), "sid"),
    );
    let journal = serde_json::to_string(&company.okta.mock.journal().all()).unwrap();
    let password = company.password(ADA);
    let secrets =
        [&code, &session, mark, sid.unwrap_or(&session), company.client("client_secret"), &password, "plum-api-token"];
    for secret in secrets {
        assert!(secret.len() > 8 && !journal.contains(secret), "{secret}");
    }
    assert!(!journal.contains("eyJ"), "no token is in the journal");
}
