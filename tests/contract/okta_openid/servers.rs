//! Authorization servers: what they say of themselves, their keys, and what custom ones add.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ADA, Party, fields, part, refused, returned, verified};
use crate::http::Answer;
use crate::okta::{Administrator, says};

const TOO_MANY_GROUPS: &str = "The groups claim matched too many groups and must be configured to match fewer groups.";

/// A party that asks a custom server with the scope `groups`.
struct Custom {
    party: Party,
    id: String,
}

impl Custom {
    async fn new() -> Self {
        Self::of(Party::new().await).await
    }

    async fn of(party: Party) -> Self {
        let wanted = json!({"name": "Zero Trust", "description": "", "audiences": ["api://zt"]});
        let made = party.org.call(Method::POST, "/api/v1/authorizationServers", wanted).await;
        assert_eq!(made.status, 201, "{}", made.text);
        Self { id: made.json()["id"].as_str().unwrap().to_owned(), party }
    }

    async fn add(&self, what: &str, body: Value) -> Answer {
        let path = format!("/api/v1/authorizationServers/{}/{what}", self.id);
        self.party.org.call(Method::POST, &path, body).await
    }

    async fn add_groups(&self, always: bool) {
        assert_eq!(self.add("scopes", json!({"name": "groups", "metadataPublish": "ALL_CLIENTS"})).await.status, 201);
        let claim = json!({"name": "groups", "claimType": "IDENTITY", "valueType": "GROUPS",
            "group_filter_type": "STARTS_WITH", "value": "Z", "conditions": {"scopes": ["groups"]},
            "alwaysIncludeInToken": always});
        assert_eq!(self.add("claims", claim).await.status, 201);
    }

    fn path(&self, endpoint: &str) -> String {
        format!("/oauth2/{}/v1/{endpoint}", self.id)
    }

    async fn authorize(&self, scope: &str) -> Answer {
        let token = self.party.session_token(ADA).await;
        let request = self.party.request().with("scope", scope).with("sessionToken", &token);
        self.party.get(&format!("{}?{}", self.path("authorize"), request.query())).await
    }

    async fn redeem(&self, scope: &str) -> Answer {
        let code = returned(&self.authorize(scope).await, "code");
        self.party.form(&self.path("token"), &fields(&code)).await
    }

    /// Makes a group with this name and Ada a member of it; the group's path of her membership.
    async fn join(&self, name: &str) -> String {
        let group = self.party.org.post("/api/v1/groups", json!({"profile": {"name": name}})).await;
        let path = format!("/api/v1/groups/{}/users/{}", group["id"].as_str().unwrap(), self.party.user_id(ADA));
        self.party.org.nothing(Method::PUT, &path, 204).await;
        path
    }

    async fn verified(&self, token: &str, audience: &str) -> serde_json::Map<String, Value> {
        let keys = self.party.get(&self.path("keys")).await;
        verified(&keys.text, token, &self.party.url(&format!("/oauth2/{}", self.id)), audience)
    }
}

#[tokio::test]
async fn the_org_describes_its_own_server() {
    let party = Party::new().await;
    let org = party.org.mock.org_url();
    let document = party.get("/.well-known/openid-configuration").await.json();
    for (name, value) in [
        ("issuer", json!(org)),
        ("authorization_endpoint", json!(format!("{org}/oauth2/v1/authorize"))),
        ("token_endpoint", json!(format!("{org}/oauth2/v1/token"))),
        ("userinfo_endpoint", json!(format!("{org}/oauth2/v1/userinfo"))),
        ("registration_endpoint", json!(format!("{org}/oauth2/v1/clients"))),
        ("jwks_uri", json!(format!("{org}/oauth2/v1/keys"))),
        ("introspection_endpoint", json!(format!("{org}/oauth2/v1/introspect"))),
        ("revocation_endpoint", json!(format!("{org}/oauth2/v1/revoke"))),
        ("end_session_endpoint", json!(format!("{org}/oauth2/v1/logout"))),
        ("scopes_supported", json!(["openid", "email", "profile", "address", "phone", "offline_access", "groups"])),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("id_token_signing_alg_values_supported", json!(["RS256"])),
    ] {
        assert_eq!(document[name], value, "{name}");
    }
    let with_client = format!("/.well-known/openid-configuration?client_id={}", party.client_id());
    let jwks_uri = party.get(&with_client).await.json()["jwks_uri"].clone();
    assert_eq!(jwks_uri, format!("{org}/oauth2/v1/keys?client_id={}", party.client_id()));
    let unknown = party.get("/.well-known/openid-configuration?client_id=nobody").await;
    says(&unknown, 400, "invalid_client");
}

#[tokio::test]
async fn custom_servers_describe_themselves_and_default_is_one() {
    let party = Party::new().await;
    let issuer = party.url("/oauth2/default");
    let openid = party.get("/oauth2/default/.well-known/openid-configuration").await.json();
    let oauth = party.get("/oauth2/default/.well-known/oauth-authorization-server").await.json();
    for document in [&openid, &oauth] {
        assert_eq!(document["issuer"], issuer);
        assert_eq!(document["token_endpoint"], format!("{issuer}/v1/token"));
        let scopes = document["scopes_supported"].as_array().unwrap();
        assert!(scopes.contains(&json!("openid")) && !scopes.contains(&json!("groups")), "{scopes:?}");
    }
    assert!(oauth.get("userinfo_endpoint").is_none() && openid.get("userinfo_endpoint").is_some());
    for path in [".well-known/openid-configuration", ".well-known/oauth-authorization-server", "v1/keys"] {
        let missing = party.get(&format!("/oauth2/ausnobody/{path}")).await;
        let said = says(&missing, 404, "E0000007");
        assert_eq!(said, "Not found: Resource not found: ausnobody (AuthorizationServer)");
    }
    let listed = party.org.get("/api/v1/authorizationServers").await;
    assert_eq!((&listed[0]["id"], &listed[0]["audiences"]), (&json!("default"), &json!(["api://default"])));
}

#[tokio::test]
async fn a_rotated_key_signs_and_the_one_before_stays_published() {
    let party = Party::new().await;
    let before = party.tokens(party.request()).await;
    let kid = |tokens: &Value| part(tokens["id_token"].as_str().unwrap(), 0)["kid"].clone();
    let keys = party.get("/oauth2/v1/keys").await;
    assert_eq!(keys.header("cache-control"), "max-age=86400, must-revalidate");
    let key = &keys.json()["keys"][0];
    assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&json!("RSA"), &json!("RS256"), &json!("sig")));
    assert_eq!(key["kid"], kid(&before));

    let rotate = |body: Value| party.org.call(Method::POST, "/_mock/okta/rotate-keys", body);
    let new = rotate(json!({})).await.json()["kid"].clone();
    let after = party.tokens(party.request()).await;
    assert_eq!(kid(&after), new);
    party.verified(&before).await;
    party.verified(&after).await;
    let withdrawn = rotate(json!({"withdraw_old": true})).await.json()["kid"].clone();
    let published = party.get("/oauth2/v1/keys").await.json();
    assert_eq!(published["keys"].as_array().unwrap().len(), 1);
    assert_eq!(published["keys"][0]["kid"], withdrawn);
    assert_eq!(rotate(json!({"authorization_server_id": "ausnobody"})).await.status, 404);
    assert_eq!(rotate(json!({"authorization_server_id": "default"})).await.status, 200);

    party.org.mock.world().reset();
    let first = party.get("/oauth2/v1/keys").await.json();
    assert_eq!(first["keys"][0]["kid"], kid(&before), "a reset brings the first key back");
}

#[tokio::test]
async fn a_custom_server_issues_tokens_of_its_own() {
    let custom = Custom::new().await;
    let audience = json!({"name": "department", "claimType": "RESOURCE", "valueType": "EXPRESSION",
        "value": "user.department"});
    assert_eq!(custom.add("claims", audience).await.status, 201);
    let ada = custom.party.user_id(ADA);
    custom.party.org.post(&format!("/api/v1/users/{ada}"), json!({"profile": {"department": "Tools"}})).await;
    let tokens = custom.redeem("openid email").await.json();
    let client_id = custom.party.client_id().to_owned();
    let id = custom.verified(tokens["id_token"].as_str().unwrap(), &client_id).await;
    assert_eq!((&id["email"], id.contains_key("groups")), (&json!(ADA), false));
    let access = custom.verified(tokens["access_token"].as_str().unwrap(), "api://zt").await;
    assert_eq!((&access["sub"], &access["cid"]), (&json!(ADA), &json!(client_id)));
    assert_eq!((&access["scp"], &access["department"]), (&json!(["openid", "email"]), &json!("Tools")));
    assert_eq!(part(tokens["access_token"].as_str().unwrap(), 0).get("typ"), None);
    let events = custom.party.org.mock.okta().event_types();
    assert!(events.iter().any(|kind| kind == "app.oauth2.as.token.grant.id_token"), "{events:?}");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let management = custom.party.org.call_with(&bearer, Method::GET, "/api/v1/groups", Value::Null).await;
    says(&management, 401, "E0000011");
}

#[tokio::test]
async fn groups_need_a_scope_and_a_claim_there() {
    let custom = Custom::new().await;
    let unknown = "One or more scopes are not configured for the authorization server resource.";
    super::refused_at_callback(&custom.authorize("openid groups").await, "invalid_scope", unknown);
    custom.add_groups(true).await;
    let tokens = custom.redeem("openid groups").await.json();
    let claims = custom.verified(tokens["id_token"].as_str().unwrap(), custom.party.client_id()).await;
    assert_eq!(claims["groups"], json!(["Zero Trust Users"]));
    let tokens = custom.redeem("openid").await.json();
    let claims = custom.verified(tokens["id_token"].as_str().unwrap(), custom.party.client_id()).await;
    assert!(!claims.contains_key("groups"));
    // The app's own groups claim is for the org's server.
    custom.party.groups_claim("REGEX", ".*").await;
    let tokens = custom.redeem("openid").await.json();
    let claims = custom.verified(tokens["id_token"].as_str().unwrap(), custom.party.client_id()).await;
    assert!(!claims.contains_key("groups"));
}

#[tokio::test]
async fn a_claim_that_is_not_always_in_the_token_is_in_userinfo() {
    let custom = Custom::new().await;
    custom.add_groups(false).await;
    let tokens = custom.redeem("openid groups").await.json();
    let claims = custom.verified(tokens["id_token"].as_str().unwrap(), custom.party.client_id()).await;
    assert!(!claims.contains_key("groups"), "{claims:?}");
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    let url = custom.party.url(&custom.path("userinfo"));
    let said = crate::http::send(Method::GET, &url, &[("authorization", &bearer)], &Value::Null).await.json();
    assert_eq!(said["groups"], json!(["Zero Trust Users"]));
}

#[tokio::test]
async fn more_than_a_hundred_groups_are_too_many_there() {
    let custom = Custom::new().await;
    custom.add_groups(true).await;
    // With "Zero Trust Users" that makes a hundred.
    for number in 0..99 {
        custom.join(&format!("Z{number}")).await;
    }
    let tokens = custom.redeem("openid groups").await.json();
    assert_eq!(part(tokens["id_token"].as_str().unwrap(), 1)["groups"].as_array().unwrap().len(), 100);
    custom.join("Z99").await;
    refused(&custom.redeem("openid groups").await, 400, "server_error", TOO_MANY_GROUPS);
}

#[tokio::test]
async fn codes_and_refresh_tokens_outlive_an_answer_that_failed() {
    let party = Party::with(|app| {
        app["settings"]["oauthClient"]["grant_types"] = json!(["authorization_code", "refresh_token"]);
        app["settings"]["oauthClient"]["refresh_token"] = json!({"rotation_type": "ROTATE", "leeway": 0});
    });
    let custom = Custom::of(party.await).await;
    custom.add_groups(true).await;
    for number in 0..99 {
        custom.join(&format!("Z{number}")).await;
    }
    let one_more = custom.join("Z99").await;
    let code = returned(&custom.authorize("openid groups offline_access").await, "code");
    let (form, token) = (fields(&code), custom.path("token"));
    refused(&custom.party.form(&token, &form).await, 400, "server_error", TOO_MANY_GROUPS);
    custom.party.org.nothing(Method::DELETE, &one_more, 204).await;
    let tokens = custom.party.form(&token, &form).await.json();
    let refresh_token = tokens["refresh_token"].as_str().unwrap_or_else(|| panic!("{tokens}"));

    custom.party.org.nothing(Method::PUT, &one_more, 204).await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    refused(&custom.party.form(&token, &form).await, 400, "server_error", TOO_MANY_GROUPS);
    custom.party.org.nothing(Method::DELETE, &one_more, 204).await;
    let renewed = custom.party.form(&token, &form).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text);
}

#[tokio::test]
async fn an_app_acts_for_itself_at_a_custom_server() {
    let custom = Custom::new().await;
    assert_eq!(custom.add("scopes", json!({"name": "read", "default": true})).await.status, 201);
    let mut wanted = crate::okta::oidc_app("Robot");
    wanted["settings"]["oauthClient"]["grant_types"] = json!(["client_credentials"]);
    wanted["settings"]["oauthClient"]["application_type"] = json!("service");
    wanted["settings"]["oauthClient"]["response_types"] = json!(["token"]);
    let app = custom.party.org.post("/api/v1/apps", wanted).await;
    let party = Party { app, org: custom.party.org };
    let token = |scope: &'static str| {
        let (party, path) = (&party, format!("/oauth2/{}/v1/token", custom.id));
        async move { party.form(&path, &[("grant_type", "client_credentials"), ("scope", scope)]).await }
    };
    let answer = token("").await.json();
    assert_eq!((&answer["scope"], answer.get("id_token")), (&json!("read"), None));
    let claims = part(answer["access_token"].as_str().unwrap(), 1);
    assert_eq!((&claims["aud"], &claims["sub"]), (&json!("api://zt"), &json!(party.client_id())));
    let of_nobody = "Cannot request 'openid' scopes using client credentials.";
    refused(&token("openid").await, 400, "invalid_scope", of_nobody);
    let default = party.form("/oauth2/default/v1/token", &[("grant_type", "client_credentials")]).await;
    refused(
        &default,
        400,
        "invalid_scope",
        "The authorization server resource does not have any configured default scopes, 'scope' must be provided.",
    );
}

#[tokio::test]
async fn servers_scopes_and_claims_are_held_to_their_rules() {
    let custom = Custom::new().await;
    let org = &custom.party.org;
    let list = "/api/v1/authorizationServers";
    for (body, cause) in [
        (json!({"audiences": ["x"]}), "name"),
        (json!({"name": "Zero Trust", "audiences": ["x"]}), "already exists"),
        (json!({"name": "B"}), "audiences"),
        (json!({"name": "B", "audiences": ["x", "y"]}), "Only one audience"),
    ] {
        let says = org.refused(Method::POST, list, body, 400, "E0000001").await;
        assert!(says.contains(cause), "{says}");
    }
    for (what, body, status, cause) in [
        ("scopes", json!({}), 400, "name"),
        ("scopes", json!({"name": "openid"}), 400, "already exists"),
        ("scopes", json!({"name": "b", "consent": "REQUIRED"}), 501, "consent"),
        ("claims", json!({"name": "a"}), 400, "claimType"),
        ("claims", json!({"name": "a", "claimType": "X"}), 400, "IDENTITY"),
        ("claims", json!({"name": "a", "claimType": "IDENTITY", "value": "x", "valueType": "Y"}), 400, "EXPRESSION"),
        (
            "claims",
            json!({"name": "a", "claimType": "IDENTITY", "value": "f(x)", "valueType": "EXPRESSION"}),
            501,
            "user.ATTRIBUTE",
        ),
        (
            "claims",
            json!({"name": "a", "claimType": "IDENTITY", "value": "(", "valueType": "GROUPS", "group_filter_type": "REGEX"}),
            400,
            "regular expression",
        ),
        (
            "claims",
            json!({"name": "a", "claimType": "IDENTITY", "value": "x", "valueType": "GROUPS", "group_filter_type": "ENDS"}),
            400,
            "STARTS_WITH",
        ),
        (
            "claims",
            json!({"name": "a", "claimType": "IDENTITY", "value": "user.a", "valueType": "EXPRESSION", "conditions": {"scopes": ["x"]}}),
            400,
            "does not exist",
        ),
    ] {
        let answer = custom.add(what, body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
        assert!(answer.text.contains(cause), "{body}: {}", answer.text);
    }
    let one = format!("{list}/{}", custom.id);
    let rotate = format!("{one}/credentials/lifecycle/keyRotate");
    org.refused(Method::POST, &rotate, json!({"use": "enc"}), 400, "E0000001").await;
    let rotated = org.post(&rotate, json!({"use": "sig"})).await;
    assert_eq!(crate::okta::column(&rotated, "status"), ["ACTIVE", "EXPIRED"]);
    let code = returned(&custom.authorize("openid").await, "code");
    org.nothing(Method::DELETE, &one, 204).await;
    let late = custom.party.form(&custom.path("token"), &fields(&code)).await;
    says(&late, 404, "E0000007");
    assert_eq!(org.get(list).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn discovery_and_keys_cost_nothing() {
    let tight = zt::mock::Options { rate_limit: zt::mock::rate_limit::RateLimit::Tight, ..Default::default() };
    let org = Administrator::with(tight).await;
    for path in [
        "/.well-known/openid-configuration",
        "/oauth2/v1/keys",
        "/oauth2/default/.well-known/oauth-authorization-server",
    ] {
        for _ in 0..7 {
            let url = format!("{}{path}", org.mock.org_url());
            assert_eq!(crate::http::send(Method::GET, &url, &[], &Value::Null).await.status, 200, "{path}");
        }
    }
}
