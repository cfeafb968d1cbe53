//! `/api/v1/apps/{id}/credentials/secrets`: two secrets, and what may be done with them.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::okta::{Administrator, column, keys};

/// The object's name in the summaries of errors.
const OBJECT: &str = "Api validation failed: OAuth2ClientSecretMediated | ";

#[tokio::test]
async fn a_secret_is_shown_in_clear_with_half_of_its_sha256() {
    let org = Administrator::new().await;
    let app = org.oidc_app("App").await;
    let secrets = org.get(&format!("{}/credentials/secrets", Administrator::path(&app))).await;
    let secret = &secrets[0];
    assert_eq!(keys(secret), ["id", "created", "lastUpdated", "status", "client_secret", "secret_hash", "_links"]);
    assert!(secret["id"].as_str().unwrap().starts_with("ocs"));
    assert_eq!(secret["client_secret"], app["credentials"]["oauthClient"]["client_secret"]);
    let digest = digest::digest(&digest::SHA256, secret["client_secret"].as_str().unwrap().as_bytes());
    assert_eq!(secret["secret_hash"], URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16]));
    assert_eq!(keys(&secret["_links"]), ["deactivate"]);
    assert!(org.mock.okta().event_types().contains(&"app.oauth2.client.read_client_secret".to_owned()));
}

#[tokio::test]
async fn a_rotation_goes_through_two_secrets() {
    let org = Administrator::new().await;
    let app = org.oidc_app("App").await;
    let path = format!("{}/credentials/secrets", Administrator::path(&app));
    let first = org.get(&path).await[0].clone();
    let own = |secret: &Value| format!("{path}/{}", secret["id"].as_str().unwrap());

    let off = format!("{}/lifecycle/deactivate", own(&first));
    let only = org.refused(Method::POST, &off, Value::Null, 400, "E0000001").await;
    assert_eq!(only, format!("{OBJECT}You can't deactivate the only active client secret."));

    let made = org.call(Method::POST, &path, json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let second = made.json();
    assert_eq!(second["status"], "ACTIVE");
    let client_id = app["id"].as_str().unwrap();
    for secret in [&first, &second] {
        assert!(org.mock.okta().accepts_client_secret(client_id, secret["client_secret"].as_str().unwrap()));
    }
    let third = org.refused(Method::POST, &path, json!({}), 400, "E0000001").await;
    assert_eq!(third, format!("{OBJECT}You've reached the maximum number of client secrets per client."));

    let active = org.refused(Method::DELETE, &own(&first), Value::Null, 400, "E0000001").await;
    assert!(active.starts_with(&format!("{OBJECT}You can't delete an active client secret.")), "{active}");
    let off = org.post(&format!("{}/lifecycle/deactivate", own(&first)), Value::Null).await;
    assert_eq!((off["status"].as_str().unwrap(), keys(&off["_links"])), ("INACTIVE", vec!["activate", "delete"]));
    assert!(!org.mock.okta().accepts_client_secret(client_id, first["client_secret"].as_str().unwrap()));
    let on = org.post(&format!("{}/lifecycle/activate", own(&first)), Value::Null).await;
    assert_eq!(on["status"], "ACTIVE");
    org.post(&format!("{}/lifecycle/deactivate", own(&first)), Value::Null).await;
    org.nothing(Method::DELETE, &own(&first), 204).await;
    org.refused(Method::GET, &own(&first), Value::Null, 404, "E0000007").await;
    org.refused(Method::DELETE, &own(&first), Value::Null, 404, "E0000007").await;
    org.refused(Method::POST, &format!("{}/lifecycle/activate", own(&first)), Value::Null, 404, "E0000007").await;
    assert_eq!(org.get(&own(&second)).await["secret_hash"], second["secret_hash"]);
    assert_eq!(column(&org.get(&path).await, "id"), [second["id"].as_str().unwrap()]);
    let log = org.mock.okta().event_types();
    for event in ["create", "activate", "deactivate", "delete"] {
        assert!(log.contains(&format!("app.oauth2.credentials.lifecycle.{event}")), "{event}");
    }
}

#[tokio::test]
async fn a_supplied_secret_is_held_to_its_rules() {
    let org = Administrator::new().await;
    let app = org.oidc_app("App").await;
    let path = format!("{}/credentials/secrets", Administrator::path(&app));
    for (secret, cause) in [("short", "'14'"), (&"x".repeat(101), "'100'"), (&"ü".repeat(20), "ASCII")] {
        let says = org.refused(Method::POST, &path, json!({"client_secret": secret}), 400, "E0000001").await;
        assert!(says.starts_with("Api validation failed: client_secret | ") && says.contains(cause), "{says}");
    }
    org.refused(Method::POST, &path, json!({"client_secret": 1}), 400, "E0000003").await;
    org.refused(Method::POST, &path, json!({"status": "MAYBE"}), 400, "E0000001").await;
    let wanted = json!({"client_secret": "supplied by the caller", "status": "INACTIVE"});
    let made = org.call(Method::POST, &path, wanted).await.json();
    assert_eq!((&made["client_secret"], &made["status"]), (&json!("supplied by the caller"), &json!("INACTIVE")));
}

#[tokio::test]
async fn a_client_that_signs_has_no_secrets() {
    let org = Administrator::new().await;
    let mut keyed = crate::okta::oidc_app("App");
    keyed["credentials"]["oauthClient"]["token_endpoint_auth_method"] = json!("private_key_jwt");
    keyed["settings"]["oauthClient"]["jwks"] = json!({"keys": []});
    let app = org.post("/api/v1/apps", keyed).await;
    let path = format!("{}/credentials/secrets", Administrator::path(&app));
    let says = org.refused(Method::POST, &path, json!({}), 400, "E0000001").await;
    assert!(says.contains("private_key_jwt"), "{says}");
}

#[tokio::test]
async fn a_secret_can_be_rotated_behind_everybodys_back() {
    let org = Administrator::new().await;
    let app = org.oidc_app("App").await;
    let id = app["id"].as_str().unwrap();
    let answer = org.call(Method::POST, &format!("/_mock/okta/apps/{id}/rotate-secret"), Value::Null).await.json();
    let secret = answer["client_secret"].as_str().unwrap();
    let before = app["credentials"]["oauthClient"]["client_secret"].as_str().unwrap();
    assert!(org.mock.okta().accepts_client_secret(id, secret));
    assert!(!org.mock.okta().accepts_client_secret(id, before));
    let missing = org.call(Method::POST, "/_mock/okta/apps/0oanobody/rotate-secret", Value::Null).await;
    assert_eq!(missing.status, 404);
}
