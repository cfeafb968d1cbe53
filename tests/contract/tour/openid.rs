//! The tour's OpenID part.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::Side;

use super::Tour;
use crate::okta::oidc_app;

/// Every OpenID route of the org, and the API that makes authorization servers.
pub(super) async fn visit(tour: &mut Tour) {
    servers(tour).await;
    grants(tour).await;
    new_secret(tour).await;
    sign_in(tour).await;
    for server in ["", "/default"] {
        discovery(tour, server).await;
        code_flow(tour, server).await;
    }
    let metadata = "/oauth2/default/.well-known/oauth-authorization-server";
    tour.ask(Side::Okta, Method::GET, metadata, &[], Value::Null, 200).await;
    for path in [metadata, "/oauth2/default/.well-known/openid-configuration"] {
        let path = path.replace("default", "ausnobody");
        tour.ask(Side::Okta, Method::GET, &path, &[], Value::Null, 404).await;
    }
}

async fn servers(tour: &mut Tour) {
    let list = "/api/v1/authorizationServers";
    let wanted = json!({"name": "Tour", "description": "x", "audiences": ["api://tour"]});
    let made = tour.okta(Method::POST, list, wanted, 201).await;
    let one = format!("{list}/{}", made["id"].as_str().unwrap());
    tour.okta(Method::POST, list, json!({}), 400).await;
    tour.okta(Method::GET, list, Value::Null, 200).await;
    tour.okta(Method::GET, &one, Value::Null, 200).await;
    tour.okta(Method::POST, &format!("{one}/scopes"), json!({"name": "groups"}), 201).await;
    tour.okta(Method::GET, &format!("{one}/scopes"), Value::Null, 200).await;
    let claim = json!({"name": "groups", "claimType": "IDENTITY", "valueType": "GROUPS",
        "group_filter_type": "REGEX", "value": ".*", "conditions": {"scopes": ["groups"]}});
    tour.okta(Method::POST, &format!("{one}/claims"), claim, 201).await;
    tour.okta(Method::GET, &format!("{one}/claims"), Value::Null, 200).await;
    tour.okta(Method::POST, &format!("{one}/credentials/lifecycle/keyRotate"), json!({"use": "sig"}), 200).await;
    tour.okta(Method::DELETE, &one, Value::Null, 204).await;
    tour.okta(Method::GET, &one, Value::Null, 404).await;
}

async fn grants(tour: &mut Tour) {
    let app = tour.okta(Method::POST, "/api/v1/apps", oidc_app("Granted"), 200).await;
    let list = format!("/api/v1/apps/{}/grants", app["id"].as_str().unwrap());
    let wanted = json!({"issuer": tour.mock.org_url(), "scopeId": "okta.groups.read"});
    let made = tour.okta(Method::POST, &list, wanted, 201).await;
    let one = format!("{list}/{}", made["id"].as_str().unwrap());
    tour.okta(Method::POST, &list, json!({}), 400).await;
    tour.okta(Method::GET, &list, Value::Null, 200).await;
    tour.okta(Method::GET, &one, Value::Null, 200).await;
    tour.okta(Method::DELETE, &one, Value::Null, 204).await;
    for method in [Method::GET, Method::DELETE] {
        tour.okta(method, &one, Value::Null, 404).await;
    }
}

async fn new_secret(tour: &mut Tour) {
    let app = tour.okta(Method::POST, "/api/v1/apps", oidc_app("Old"), 200).await;
    let path = format!("/oauth2/v1/clients/{}/lifecycle/newSecret", app["id"].as_str().unwrap());
    tour.okta(Method::POST, &path, Value::Null, 200).await;
    tour.okta(Method::POST, &path.replace(app["id"].as_str().unwrap(), "nobody"), Value::Null, 404).await;
}

async fn sign_in(tour: &mut Tour) {
    let login = tour.mock.okta().admin_login().to_owned();
    let password = tour.mock.okta().admin_password().to_owned();
    let authn = "/api/v1/authn";
    let body = json!({"username": login, "password": password});
    tour.ask(Side::Okta, Method::POST, authn, &[], body, 200).await;
    tour.ask(Side::Okta, Method::POST, authn, &[], json!({"username": login, "password": "x"}), 401).await;
    tour.ask(Side::Okta, Method::POST, authn, &[], json!({}), 400).await;
    let page = "/login/login.htm";
    tour.ask(Side::Okta, Method::GET, page, &[], Value::Null, 200).await;
    tour.fill_in(page, &[], &[("username", &login), ("password", &password)], 200).await;
}

async fn discovery(tour: &mut Tour, server: &str) {
    let metadata = match server {
        "" => "/.well-known/openid-configuration".to_owned(),
        server => format!("/oauth2{server}/.well-known/openid-configuration"),
    };
    tour.ask(Side::Okta, Method::GET, &metadata, &[], Value::Null, 200).await;
    tour.ask(Side::Okta, Method::GET, &format!("{metadata}?client_id=nobody"), &[], Value::Null, 400).await;
    tour.ask(Side::Okta, Method::GET, &format!("/oauth2{server}/v1/keys"), &[], Value::Null, 200).await;
}

async fn code_flow(tour: &mut Tour, server: &str) {
    let mut wanted = oidc_app("Flow");
    wanted["settings"]["oauthClient"]["grant_types"] = json!(["authorization_code", "refresh_token"]);
    let app = tour.okta(Method::POST, "/api/v1/apps", wanted, 200).await;
    let client = &app["credentials"]["oauthClient"];
    let (client_id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let login = "ada@acme.example";
    let ada = tour.mock.okta().user_id(login).unwrap();
    let assigned = format!("/api/v1/apps/{}/users", app["id"].as_str().unwrap());
    tour.okta(Method::POST, &assigned, json!({"id": ada}), 200).await;
    let password = tour.mock.okta().password(login).unwrap().to_owned();
    let body = json!({"username": login, "password": password});
    let authn = tour.ask(Side::Okta, Method::POST, "/api/v1/authn", &[], body, 200).await;
    let request = [
        ("client_id", client_id),
        ("response_type", "code"),
        ("redirect_uri", "https://team.example/callback"),
        ("scope", "openid profile email offline_access"),
        ("state", "x"),
    ];
    let at = |endpoint: &str| format!("/oauth2{server}/v1/{endpoint}");
    tour.fill_in(&at("authorize"), &[], &request, 200).await;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(request).append_pair("sessionToken", authn["sessionToken"].as_str().unwrap());
    let query = format!("{}?{}", at("authorize"), query.finish());
    tour.ask(Side::Okta, Method::GET, &query, &[], Value::Null, 302).await;
    let location = tour.stops.last().unwrap().answer.header("location").to_owned();
    let code = location.split("code=").nth(1).unwrap().split('&').next().unwrap();

    let basic = format!("Basic {}", STANDARD.encode(format!("{client_id}:{secret}")));
    let credentials = [("authorization", basic.as_str())];
    let grant =
        [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", "https://team.example/callback")];
    tour.fill_in(&at("token"), &[], &grant, 401).await;
    let tokens = tour.fill_in(&at("token"), &credentials, &grant, 200).await;
    tour.fill_in(&at("token"), &credentials, &[("grant_type", "authorization_code"), ("code", "x")], 400).await;
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {}", text("access_token"));
    for method in [Method::GET, Method::POST] {
        tour.ask(Side::Okta, method, &at("userinfo"), &[("authorization", &bearer)], Value::Null, 200).await;
    }
    tour.ask(Side::Okta, Method::GET, &at("userinfo"), &[("authorization", "Bearer x")], Value::Null, 401).await;
    for token in ["access_token", "refresh_token", "id_token"] {
        let token = text(token);
        tour.fill_in(&at("introspect"), &credentials, &[("token", &token)], 200).await;
    }
    for endpoint in ["introspect", "revoke"] {
        tour.fill_in(&at(endpoint), &credentials, &[("token", "junk")], 200).await;
        tour.fill_in(&at(endpoint), &credentials, &[("token_type_hint", "access_token")], 400).await;
        tour.fill_in(&at(endpoint), &[], &[("token", "junk")], 401).await;
    }
    let hint = text("id_token");
    let logout = format!("{}?id_token_hint={hint}", at("logout"));
    tour.ask(Side::Okta, Method::GET, &logout, &[], Value::Null, 200).await;
    tour.fill_in(&at("logout"), &[], &[("id_token_hint", &hint)], 200).await;
}
