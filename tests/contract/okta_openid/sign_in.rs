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
