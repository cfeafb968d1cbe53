//! Logging in: the page that people see, and the endpoint for programs.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ADA, Party, returned};
use crate::http::{Answer, client, send};
use crate::okta::says;

/// Something that keeps cookies, and fills in forms without running scripts.
struct Browser {
    http: reqwest::Client,
    cookies: Vec<(String, String)>,
}

impl Browser {
    fn new() -> Self {
        Self { http: client(None), cookies: Vec::new() }
    }

    async fn open(&mut self, url: &str) -> Answer {
        self.send(self.http.get(url)).await
    }

    /// Sends the page's only form, with its hidden fields and these.
    async fn submit(&mut self, page_url: &str, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let attribute = |text: &str, name: &str| {
            let rest = text.split(&format!("{name}=\"")).nth(1)?;
            Some(rest.split('"').next()?.to_owned())
        };
        let form = page.text.split("<form").nth(1).unwrap_or_else(|| panic!("no form: {}", page.text));
        let mut sent: Vec<(String, String)> = form
            .split("<input")
            .skip(1)
            .filter(|input| attribute(input, "type").as_deref() == Some("hidden"))
            .map(|input| (attribute(input, "name").unwrap(), attribute(input, "value").unwrap()))
            .collect();
        sent.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let action = url::Url::parse(page_url).unwrap().join(&attribute(form, "action").unwrap()).unwrap();
        self.send(self.http.post(action).form(&sent)).await
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !cookie.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }
}

#[tokio::test]
async fn a_person_logs_in_once_and_is_then_known() {
    let party = Party::new().await;
    let url = party.url(&format!("/oauth2/v1/authorize?{}", party.request().with("login_hint", "ad\"a").query()));
    let mut browser = Browser::new();
    let page = browser.open(&url).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    for part in ["<h1>Sign in to Access</h1>", "<label>Username<input", "<label>Password<input", "ad&quot;a"] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let wrong = browser.submit(&url, &page, &[("username", "<ada>"), ("password", "wrong")]).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text.contains("role=\"alert\"") && wrong.text.contains("&lt;ada&gt;"), "{}", wrong.text);
    assert!(browser.cookies.is_empty());

    let password = party.password(ADA);
    let answer = browser.submit(&url, &wrong, &[("username", ADA), ("password", &password)]).await;
    assert_eq!(returned(&answer, "state"), "st-1");
    let tokens = party.redeem(&returned(&answer, "code")).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);

    let again = browser.open(&url).await;
    assert_ne!(returned(&again, "code"), returned(&answer, "code"));
    let forced = browser.open(&format!("{url}&prompt=login")).await;
    assert!(forced.text.contains("<form"), "{}", forced.text);
    let answer = browser.submit(&url, &forced, &[("username", ADA), ("password", &password)]).await;
    assert_eq!(returned(&answer, "state"), "st-1");
}

#[tokio::test]
async fn a_program_gets_a_token_for_one_session() {
    let party = Party::new().await;
    let authn = |body: Value| {
        let url = party.url("/api/v1/authn");
        async move { send(Method::POST, &url, &[], &body).await }
    };
    let answer = authn(json!({"username": ADA, "password": party.password(ADA), "relayState": "/x"})).await.json();
    assert_eq!((&answer["status"], &answer["relayState"]), (&json!("SUCCESS"), &json!("/x")));
    assert_eq!(answer["_embedded"]["user"]["profile"]["login"], ADA);
    let request = party.request().with("sessionToken", answer["sessionToken"].as_str().unwrap());
    let first = party.authorize(&request).await;
    returned(&first, "code");
    assert!(party.authorize(&request).await.text.contains("<form"), "the token is used up");

    says(&authn(json!({"username": ADA, "password": "wrong"})).await, 401, "E0000004");
    says(&authn(json!({"username": "nobody", "password": "wrong"})).await, 401, "E0000004");
    says(&authn(json!({"username": ADA})).await, 400, "E0000001");
    let late = party.request().with("sessionToken", &party.session_token(ADA).await);
    party.advance(301);
    assert!(party.authorize(&late).await.text.contains("<form"), "the token is too old");
}

#[tokio::test]
async fn a_session_answers_silently_until_it_is_too_old() {
    let party = Party::new().await;
    let mut browser = Browser::new();
    let signed_in = party.request().with("sessionToken", &party.session_token(ADA).await);
    browser.open(&party.url(&format!("/oauth2/v1/authorize?{}", signed_in.query()))).await;
    let silent = party.request().with("prompt", "none");
    let ask = |request: &super::Parameters| party.url(&format!("/oauth2/v1/authorize?{}", request.query()));
    returned(&browser.open(&ask(&silent)).await, "code");
    returned(&browser.open(&ask(&silent.clone().with("prompt", "consent"))).await, "code");
    party.advance(30);
    returned(&browser.open(&ask(&silent.clone().with("max_age", "60"))).await, "code");
    party.advance(60);
    let old = "The client specified not to prompt, but the client app requires re-authentication or MFA.";
    let aged = browser.open(&ask(&silent.clone().with("max_age", "60"))).await;
    super::refused_at_callback(&aged, "login_required", old);
    let page = browser.open(&ask(&party.request().with("max_age", "60"))).await;
    assert!(page.text.contains("<form"), "{}", page.text);
    let answer = browser.submit(&ask(&silent), &page, &[("username", "ada"), ("password", &party.password(ADA))]).await;
    returned(&answer, "code");
    party.advance(2 * 3600);
    let gone = "The client specified not to prompt, but the user is not logged in.";
    super::refused_at_callback(&browser.open(&ask(&silent)).await, "login_required", gone);
}

#[tokio::test]
async fn a_login_page_that_lay_around_too_long_is_no_good() {
    let party = Party::new().await;
    let url = party.url(&format!("/oauth2/v1/authorize?{}", party.request().query()));
    let mut browser = Browser::new();
    let page = browser.open(&url).await;
    party.advance(3600);
    let late = browser.submit(&url, &page, &[("username", ADA), ("password", &party.password(ADA))]).await;
    assert_eq!(late.status, 400);
    assert!(late.text.contains("Request expired, please start over and try again."), "{}", late.text);
}

#[tokio::test]
async fn somebody_without_a_password_cannot_log_in_until_there_is_one() {
    let party = Party::new().await;
    let url = party.url("/api/v1/authn");
    let profile =
        json!({"firstName": "Eve", "lastName": "Ash", "login": "eve@acme.example", "email": "eve@acme.example"});
    let made = party.org.post("/api/v1/users", json!({"profile": profile})).await;
    let path = format!("/api/v1/users/{}", made["id"].as_str().unwrap());
    assert_eq!(made["status"], "PROVISIONED");
    let body = json!({"username": "eve@acme.example", "password": "correct horse"});
    says(&send(Method::POST, &url, &[], &body).await, 401, "E0000004");
    let short = json!({"credentials": {"password": {"value": "short"}}});
    party.org.refused(Method::POST, &path, short, 400, "E0000001").await;
    let user = party.org.post(&path, json!({"credentials": {"password": {"value": "correct horse"}}})).await;
    assert_eq!((&user["status"], &user["credentials"]["password"]), (&json!("ACTIVE"), &json!({})));
    assert_eq!(send(Method::POST, &url, &[], &body).await.status, 200);
    let user = party.org.get(&path).await;
    assert!(user["lastLogin"].is_string() && !user.to_string().contains("correct horse"), "{user}");
    let events = party.org.get("/api/v1/logs?filter=eventType+eq+%22user.session.start%22").await;
    let results: Vec<&Value> = events.as_array().unwrap().iter().map(|event| &event["outcome"]["result"]).collect();
    assert_eq!(results, ["FAILURE", "SUCCESS"]);
    assert_eq!(events[0]["outcome"]["reason"], "INVALID_CREDENTIALS");
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let party = Party::with(|app| {
        app["settings"]["oauthClient"]["post_logout_redirect_uris"] = json!(["https://team.example/bye"]);
    })
    .await;
    let tokens = party.tokens(party.request()).await;
    let hint = tokens["id_token"].as_str().unwrap();
    let mut browser = Browser::new();
    let signed_in = party.request().with("sessionToken", &party.session_token(ADA).await);
    browser.open(&party.url(&format!("/oauth2/v1/authorize?{}", signed_in.query()))).await;
    let logout = |query: &str| party.url(&format!("/oauth2/v1/logout?{query}"));

    let refusal = |answer: Answer, description: &str| {
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert!(answer.text.contains(description), "{}", answer.text);
    };
    refusal(browser.open(&logout("")).await, "The required parameter 'id_token_hint' is missing.");
    refusal(browser.open(&logout("id_token_hint=junk")).await, "The id token is invalid.");
    let elsewhere = format!("id_token_hint={hint}&post_logout_redirect_uri=https://evil.example/");
    let unregistered =
        "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings.";
    refusal(browser.open(&logout(&elsewhere)).await, unregistered);
    party.assign(super::BO).await;
    let mut other = Browser::new();
    let as_bo = party.request().with("sessionToken", &party.session_token(super::BO).await);
    other.open(&party.url(&format!("/oauth2/v1/authorize?{}", as_bo.query()))).await;
    let mismatch = "The ID token subject does not match the current session";
    refusal(other.open(&logout(&format!("id_token_hint={hint}"))).await, mismatch);

    let silent = party.url(&format!("/oauth2/v1/authorize?{}", party.request().with("prompt", "none").query()));
    returned(&browser.open(&silent).await, "code");
    party.advance(3600);
    let registered = format!("id_token_hint={hint}&post_logout_redirect_uri=https://team.example/bye&state=s+1");
    let answer = browser.open(&logout(&registered)).await;
    assert_eq!((answer.status, answer.header("location")), (302, "https://team.example/bye?state=s+1"));
    assert!(browser.cookies.is_empty());
    assert_eq!(returned(&browser.open(&silent).await, "error"), "login_required");
    let events = party.org.mock.okta().event_types();
    assert!(events.iter().any(|kind| kind == "user.session.end"), "{events:?}");
    let again = browser.open(&logout(&format!("id_token_hint={hint}"))).await;
    assert!(again.status == 200 && again.text.contains("You are signed out"), "{}", again.text);
}

#[tokio::test]
async fn the_org_has_a_sign_in_page_of_its_own() {
    let party = Party::new().await;
    let url = party.url("/login/login.htm");
    let mut browser = Browser::new();
    let page = browser.open(&url).await;
    let answer = browser.submit(&url, &page, &[("username", ADA), ("password", &party.password(ADA))]).await;
    assert!(answer.text.contains(&format!("You are signed in as {ADA}.")), "{}", answer.text);
    assert!(browser.open(&url).await.text.contains("You are signed in as"));
    let authorize = party.url(&format!("/oauth2/v1/authorize?{}", party.request().query()));
    returned(&browser.open(&authorize).await, "code");
}
