//! Service apps: `client_credentials` with a signed assertion.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Party, part, refused};
use crate::http::{Answer, send_form};
use crate::okta::{Administrator, says};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A service app, and its key.
struct Service {
    org: Administrator,
    app: Value,
    key: EncodingKey,
}

fn key_pair() -> EncodingKey {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let pkcs8 = pair.to_pkcs8v1().unwrap();
    EncodingKey::from_ec_der(pkcs8.as_ref())
}

fn jwk(key: &EncodingKey, kid: &str) -> Value {
    let mut jwk = Jwk::from_encoding_key(key, Algorithm::ES256).unwrap();
    jwk.common.key_id = Some(kid.into());
    json!(jwk)
}

fn service_app(method: &str, jwks: Value) -> Value {
    json!({
        "name": "oidc_client",
        "signOnMode": "OPENID_CONNECT",
        "label": "Service",
        "credentials": {"oauthClient": {"token_endpoint_auth_method": method}},
        "settings": {"oauthClient": {
            "application_type": "service",
            "grant_types": ["client_credentials"],
            "response_types": ["token"],
            "jwks": jwks,
        }},
    })
}

impl Service {
    async fn new(scopes: &[&str]) -> Self {
        let org = Administrator::new().await;
        let key = key_pair();
        let app = org.post("/api/v1/apps", service_app("private_key_jwt", json!({"keys": [jwk(&key, "k1")]}))).await;
        assert!(app["credentials"]["oauthClient"].get("client_secret").is_none(), "{app}");
        for scope in scopes {
            let grant = json!({"issuer": org.mock.org_url(), "scopeId": scope});
            let path = format!("{}/grants", Administrator::path(&app));
            assert_eq!(org.call(Method::POST, &path, grant).await.status, 201);
        }
        Self { org, app, key }
    }

    fn url(&self) -> String {
        format!("{}/oauth2/v1/token", self.org.mock.org_url())
    }

    /// Claims of a proper assertion.
    fn claims(&self) -> Value {
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let id = &self.app["id"];
        json!({"iss": id, "sub": id, "aud": self.url(), "iat": now, "exp": now + 300, "jti": fastrand::u64(..).to_string()})
    }

    fn signed(&self, kid: &str, claims: &Value) -> String {
        let header = Header { kid: Some(kid.into()), ..Header::new(Algorithm::ES256) };
        encode(&header, claims, &self.key).unwrap()
    }

    async fn ask(&self, assertion: &str, scope: &str) -> Answer {
        let fields = [
            ("grant_type", "client_credentials"),
            ("scope", scope),
            ("client_assertion_type", TYPE),
            ("client_assertion", assertion),
        ];
        send_form(&self.url(), &[], &fields).await
    }

    async fn token(&self, scope: &str) -> Answer {
        self.ask(&self.signed("k1", &self.claims()), scope).await
    }
}

#[tokio::test]
async fn a_key_gets_tokens_that_the_management_api_takes() {
    let service = Service::new(&["okta.groups.read", "okta.apps.manage"]).await;
    let answer = service.token("okta.groups.read").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let tokens = answer.json();
    assert_eq!(crate::okta::keys(&tokens), ["token_type", "expires_in", "access_token", "scope"]);
    assert_eq!((&tokens["token_type"], &tokens["scope"]), (&json!("Bearer"), &json!("okta.groups.read")));
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(part(token, 1)["sub"], service.app["id"]);
    assert!(part(token, 1).get("uid").is_none());
    let bearer = format!("Bearer {token}");
    let call = |path: &'static str| service.org.call_with(&bearer, Method::GET, path, Value::Null);
    assert_eq!(call("/api/v1/groups").await.status, 200);
    says(&call("/api/v1/apps").await, 403, "E0000006");
    service.org.mock.world().clock.advance(std::time::Duration::from_secs(3600));
    says(&call("/api/v1/groups").await, 401, "E0000011");
    assert_eq!(service.token("okta.groups.read okta.apps.manage").await.status, 200);
}

#[tokio::test]
async fn scopes_are_granted_first() {
    let service = Service::new(&["okta.groups.read"]).await;
    let denied = "You are not allowed any of the requested scopes.";
    refused(&service.token("okta.users.read").await, 400, "consent_required", denied);
    refused(&service.token("okta.groups.read okta.users.read").await, 400, "consent_required", denied);
    refused(&service.token("").await, 400, "invalid_scope", "No scopes were requested.");
    let of_nobody = "Cannot request 'openid' scopes using client credentials.";
    refused(&service.token("openid").await, 400, "invalid_scope", of_nobody);
    let unknown = "One or more scopes are not configured for the authorization server resource.";
    refused(&service.token("sesame").await, 400, "invalid_scope", unknown);

    let grants = format!("{}/grants", Administrator::path(&service.app));
    let listed = service.org.get(&grants).await;
    assert_eq!(
        (listed[0]["scopeId"].as_str(), listed[0]["source"].as_str()),
        (Some("okta.groups.read"), Some("ADMIN"))
    );
    let elsewhere = json!({"issuer": "https://other.example", "scopeId": "okta.users.read"});
    service.org.refused(Method::POST, &grants, elsewhere, 400, "E0000001").await;
    service.org.nothing(Method::DELETE, &format!("{grants}/{}", listed[0]["id"].as_str().unwrap()), 204).await;
    refused(&service.token("okta.groups.read").await, 400, "consent_required", denied);
}

#[tokio::test]
async fn an_assertion_says_who_for_whom_and_until_when() {
    let service = Service::new(&["okta.groups.read"]).await;
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let with = |name: &str, value: Value| {
        let mut claims = service.claims();
        claims[name] = value;
        service.signed("k1", &claims)
    };
    let without = |name: &str| {
        let mut claims = service.claims();
        claims.as_object_mut().unwrap().remove(name);
        service.signed("k1", &claims)
    };
    let org = service.org.mock.org_url();
    let stranger =
        encode(&Header { kid: Some("k1".into()), ..Header::new(Algorithm::ES256) }, &service.claims(), &key_pair());
    for (assertion, description) in [
        ("junk".to_owned(), "The parsing of the client_assertion failed."),
        (with("iss", json!("0oanobody")), "The issuer claim for client_assertion is not a valid client_id."),
        (with("sub", json!("0oanobody")), "The subject claim for client_assertion is not a valid client_id."),
        (
            with("aud", json!(org)),
            "The audience claim for client_assertion must be the endpoint invoked for the request.",
        ),
        (without("aud"), "The audience claim for client_assertion must be the endpoint invoked for the request."),
        (without("exp"), "The client_assertion must contain the 'exp' claim as seconds since epoch."),
        (with("exp", json!(now - 1)), "The client_assertion token is expired."),
        (with("exp", json!(now + 3700)), "The client_assertion token has an expiration too far into the future."),
        (with("iat", json!(now + 900)), "The client_assertion token must be issued before the current time."),
        (service.signed("k2", &service.claims()), "The client_assertion JWT kid is invalid."),
        (stranger.unwrap(), "The client_assertion signature is invalid."),
    ] {
        refused(&service.ask(&assertion, "okta.groups.read").await, 401, "invalid_client", description);
    }
    let once = service.signed("k1", &service.claims());
    assert_eq!(service.ask(&once, "okta.groups.read").await.status, 200);
    let again = service.ask(&once, "okta.groups.read").await;
    refused(&again, 401, "invalid_client", "The client_assertion token has already been used.");
    // The client's clock is not the mock's.
    service.org.mock.world().clock.advance(std::time::Duration::from_secs(86_400));
    assert_eq!(service.token("okta.groups.read").await.status, 200);
}

#[tokio::test]
async fn only_service_apps_with_a_key_act_for_themselves_at_the_org() {
    let party = Party::with(|app| {
        app["settings"]["oauthClient"]["grant_types"] = json!(["authorization_code", "client_credentials"]);
    })
    .await;
    let grant = [("grant_type", "client_credentials"), ("scope", "okta.groups.read")];
    refused(
        &party.form("/oauth2/v1/token", &grant).await,
        401,
        "invalid_client",
        "Only clients with 'application_type' of 'service' may use the client_credentials 'grant_type' with the Org Authorization Server.",
    );
    let app = party.org.post("/api/v1/apps", service_app("client_secret_basic", Value::Null)).await;
    let party = Party { app, org: party.org };
    refused(
        &party.form("/oauth2/v1/token", &grant).await,
        401,
        "invalid_client",
        "Client Credentials requests to the Org Authorization Server must use the private_key_jwt token_endpoint_auth_method.",
    );
    let request = party.request();
    let shown = party.authorize(&request).await;
    assert_eq!(shown.status, 400);
    assert!(shown.text.contains("are not allowed to access the 'authorize' endpoint"), "{}", shown.text);
}

#[tokio::test]
async fn an_app_signs_with_its_secret_where_it_is_set_to() {
    let secret = "a secret of more than 32 characters";
    let party = Party::with(|app| {
        app["credentials"]["oauthClient"] =
            json!({"token_endpoint_auth_method": "client_secret_jwt", "client_secret": secret});
    })
    .await;
    let url = party.url("/oauth2/v1/introspect");
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let id = party.client_id();
    let ask = |secret: &str| {
        let claims = json!({"iss": id, "sub": id, "aud": url, "exp": now + 60});
        let key = EncodingKey::from_secret(secret.as_bytes());
        let assertion = encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
        let url = url.clone();
        async move {
            let fields = [("client_assertion_type", TYPE), ("client_assertion", &assertion), ("token", "junk")];
            send_form(&url, &[], &fields).await
        }
    };
    assert_eq!(ask(secret).await.json(), json!({"active": false}));
    let claims = json!({"iss": id, "sub": id, "aud": url, "exp": now + 60});
    let signed = encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap();
    let beside = |client_id: String| {
        let (url, signed) = (url.clone(), signed.clone());
        async move {
            let fields = [("client_assertion_type", TYPE), ("client_assertion", &signed), ("client_id", &client_id)];
            send_form(&url, &[], &[fields.as_slice(), &[("token", "junk")]].concat()).await
        }
    };
    assert_eq!(beside(id.to_owned()).await.json(), json!({"active": false}));
    refused(
        &beside("0oaother".to_owned()).await,
        401,
        "invalid_client",
        "The 'client_id' does not match the issuer claim for client_assertion.",
    );
    refused(
        &ask("another secret of more than 32 characters").await,
        401,
        "invalid_client",
        "The client_assertion signature is invalid.",
    );
}

#[tokio::test]
async fn keys_of_an_app_are_public_readable_and_told_apart() {
    let org = Administrator::new().await;
    let key = jwk(&key_pair(), "k1");
    let mut private = key.clone();
    private["d"] = json!("AQAB");
    for (keys, cause) in [
        (json!([private]), "private"),
        (json!([key, key]), "'kid'"),
        (json!([{"kty": "oct", "k": "x"}]), "RSA or EC"),
        (json!("k1"), "list"),
    ] {
        let app = service_app("private_key_jwt", json!({"keys": keys}));
        let says = org.refused(Method::POST, "/api/v1/apps", app, 400, "E0000001").await;
        assert!(says.contains(cause), "{says}");
    }
}
