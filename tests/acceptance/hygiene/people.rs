//! What people have in the mock: passwords, session tokens, cookies, codes, tokens.

use std::path::Path;

use serde_json::json;

use crate::harness::browser::Browser;
use crate::harness::planted::Search;
use crate::harness::story::Story;

use super::scene::Scene;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/complete");
const ADA: &str = "ada@acme.example";
const PASSWORD: &str = "correct horse battery staple";

pub(super) fn played() -> Search {
    let mut scene = Scene::new("people", Story::new());
    scene.story.copy(Path::new(EXAMPLE));
    scene.apply("apply");
    scene.story.mock().drain_provisioning();

    let password = scene.story.mock().okta().password(ADA).unwrap().to_owned();
    let mut browser = Browser::new(scene.story.mock());
    let team = scene.story.mock().auth_url().to_owned();
    browser.open(&format!("{team}/cdn-cgi/access/login")).log_in(ADA, &password);
    assert_eq!(browser.field("email"), ADA);
    let code = browser.hop("/cdn-cgi/access/callback").parameter("code").unwrap();
    let org = scene.story.mock().org_url().to_owned();
    let session = browser.cookie(&org, "sid").unwrap().to_owned();
    let identity = browser.cookie(&team, "CF_Authorization").map(str::to_owned);
    scene.plant_found("a password", &password);
    scene.plant_found("an authorization code", &code);
    scene.plant_found("a session's cookie", &session);
    identity.iter().for_each(|token| scene.plant_found("CF_Authorization", token));

    let login = json!({"username": ADA, "password": password});
    let answer = scene.story.in_okta("POST", "/api/v1/authn", Some(&login));
    scene.plant_found("a session token", answer["sessionToken"].as_str().unwrap());
    let newcomer = json!({
        "profile": {"firstName": "Dana", "lastName": "Newcomer", "email": "dana@acme.example", "login": "dana@acme.example"},
        "credentials": {"password": {"value": PASSWORD}},
    });
    scene.story.in_okta("POST", "/api/v1/users?activate=true", Some(&newcomer));
    scene.plant_found("a new password", PASSWORD);
    let token = scene.story.in_okta("POST", "/_mock/okta/access-tokens", Some(&json!({"scopes": ["okta.apps.read"]})));
    scene.plant_found("an access token", token["access_token"].as_str().unwrap());
    let scim = scene.story.resource("zt_scim_config.okta")["secret"].as_str().unwrap().to_owned();
    scene.keep(&crate::harness::planted::Planted::new("the SCIM secret", &scim));
    scene.mock();
    scene.search()
}
