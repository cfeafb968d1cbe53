//! `/api/v1/apps/{id}/connections/default` and `/features`, in both personalities.

use reqwest::Method;
use serde_json::{Value, json};

use crate::okta::{Administrator, column, keys};

/// Paths of the connection and of the features of an app.
fn paths(app: &Value) -> (String, String) {
    let path = Administrator::path(app);
    (format!("{path}/connections/default"), format!("{path}/features"))
}

fn connection(base_url: &str, token: &str) -> Value {
    json!({"baseUrl": base_url, "profile": {"authScheme": "TOKEN", "token": token}})
}

#[tokio::test]
async fn a_connection_is_tried_kept_and_switched_on() {
    let org = Administrator::new().await;
    let app = org.scim_app("SCIM").await;
    let (path, _) = paths(&app);
    let before = org.get(&path).await;
    assert_eq!((&before["status"], before.get("baseUrl")), (&json!("DISABLED"), None));
    let (base_url, secret) = org.scim_endpoint().await;
    let off = org.post(&path, connection(&base_url, &secret)).await;
    assert_eq!(keys(&off), ["authScheme", "status", "baseUrl", "profile", "_links"]);
    assert_eq!((&off["status"], &off["baseUrl"]), (&json!("DISABLED"), &json!(base_url)));
    assert_eq!(off["profile"], json!({"authScheme": "TOKEN"}), "the token is never shown");
    assert_eq!(keys(&off["_links"]), ["activate", "self"]);
    org.nothing(Method::POST, &format!("{path}/lifecycle/activate"), 204).await;
    let on = org.get(&path).await;
    assert_eq!((&on["status"], keys(&on["_links"])), (&json!("ENABLED"), vec!["self", "deactivate"]));
    let again = org.post(&path, connection(&base_url, &secret)).await;
    assert_eq!(again["status"], "ENABLED", "a change does not switch it off");
    org.nothing(Method::POST, &format!("{path}/lifecycle/deactivate"), 204).await;
    assert_eq!(org.get(&path).await["status"], "DISABLED");
    let at_once = org.post(&format!("{path}?activate=TRUE"), connection(&base_url, &secret)).await;
    assert_eq!(at_once["status"], "ENABLED");

    let tried = &org.mock.journal().matching("GET", "/populations/*/scim/v2/Users")[0];
    assert_eq!(tried.query, "startIndex=1&count=2");
    assert_eq!(tried.request_header("user-agent"), Some("Okta SCIM Client 1.0.0"));
    let sent = org.mock.okta().connection(app["id"].as_str().unwrap(), &secret);
    assert_eq!(sent, Some((base_url, true, true)));
}

#[tokio::test]
async fn credentials_that_do_not_work_are_refused_and_not_kept() {
    let org = Administrator::new().await;
    let app = org.scim_app("SCIM").await;
    let (path, _) = paths(&app);
    let (base_url, secret) = org.scim_endpoint().await;
    org.post(&format!("{path}?activate=true"), connection(&base_url, &secret)).await;
    let says = org.refused(Method::POST, &path, connection(&base_url, "wrong"), 400, "E0000059").await;
    assert!(says.starts_with("The connector configuration could not be tested."), "{says}");
    assert!(says.contains("Unauthorized") && !says.contains("wrong"), "{says}");
    let nobody = connection("http://127.0.0.1:1/scim", &secret);
    let says = org.refused(Method::POST, &path, nobody, 400, "E0000059").await;
    assert!(says.contains("could not be reached"), "{says}");
    let kept = org.mock.okta().connection(app["id"].as_str().unwrap(), &secret);
    assert_eq!(kept, Some((base_url, true, true)), "what worked is still there");
    let log = org.get("/api/v1/logs?filter=outcome.result%20eq%20%22FAILURE%22").await;
    assert_eq!(column(&log, "eventType"), ["application.configuration.update"; 2]);
}

#[tokio::test]
async fn a_connection_that_breaks_a_rule_is_not_even_tried() {
    let org = Administrator::new().await;
    let app = org.scim_app("SCIM").await;
    let (path, _) = paths(&app);
    let cases = [
        (connection("https://team_a.example/scim", "token"), "underscore"),
        (connection("", "token"), "baseUrl"),
        (connection("nonsense", "token"), "not a valid URL"),
        (connection("https://team.example/scim", ""), "token"),
        (json!({"baseUrl": "https://team.example", "profile": {"authScheme": "OAUTH2"}}), "OAUTH2"),
        (json!({"baseUrl": "https://team.example"}), "authScheme"),
    ];
    for (body, cause) in cases {
        let says = org.refused(Method::POST, &path, body.clone(), 400, "E0000001").await;
        assert!(says.contains(cause), "{body}: {says}");
    }
    org.refused(Method::POST, &path, json!([]), 400, "E0000003").await;
    assert_eq!(org.get(&path).await.get("baseUrl"), None);
}

#[tokio::test]
async fn apps_without_provisioning_are_unknown() {
    let org = Administrator::new().await;
    let app = org.oidc_app("App").await;
    assert_eq!(org.get(&paths(&app).0).await["status"], "UNKNOWN");
}

#[tokio::test]
async fn features_need_an_enabled_connection_and_show_on_the_app() {
    let org = Administrator::new().await;
    let app = org.scim_app("SCIM").await;
    let (path, features) = paths(&app);
    let one = format!("{features}/USER_PROVISIONING");
    for (method, path) in [(Method::GET, &features), (Method::GET, &one), (Method::PUT, &one)] {
        let body = if method == Method::PUT { json!({}) } else { Value::Null };
        let says = org.refused(method, path, body, 400, "E0000001").await;
        assert_eq!(says, "Api validation failed: feature | Provisioning is not enabled for the app instance.");
    }
    let (base_url, secret) = org.scim_endpoint().await;
    org.post(&format!("{path}?activate=true"), connection(&base_url, &secret)).await;
    assert_eq!(column(&org.get(&features).await, "name"), ["USER_PROVISIONING", "INBOUND_PROVISIONING"]);
    let fresh = org.get(&one).await;
    assert_eq!(keys(&fresh), ["name", "status", "description", "capabilities", "_links"]);
    assert_eq!(
        fresh["capabilities"],
        json!({
            "create": {"lifecycleCreate": {"status": "DISABLED"}},
            "update": {
                "profile": {"status": "DISABLED"},
                "lifecycleDeactivate": {"status": "DISABLED"},
                "password": {"status": "DISABLED", "seed": "RANDOM", "change": "KEEP_EXISTING"},
            },
        })
    );
    assert_eq!(org.get(&Administrator::path(&app)).await["features"], json!(["SCIM_PROVISIONING", "GROUP_PUSH"]));
    org.put(&one, json!({"create": {"lifecycleCreate": {"status": "ENABLED"}}})).await;
    let both = org.put(&one, json!({"update": {"lifecycleDeactivate": {"status": "ENABLED"}}})).await;
    assert_eq!(both["capabilities"]["create"]["lifecycleCreate"]["status"], "ENABLED", "not sent, not changed");
    let shown = org.get(&Administrator::path(&app)).await["features"].clone();
    let wanted = ["SCIM_PROVISIONING", "PUSH_NEW_USERS", "PUSH_USER_DEACTIVATION", "REACTIVATE_USERS", "GROUP_PUSH"];
    assert_eq!(shown, json!(wanted));
    let wrong = json!({"update": {"profile": {"status": "MAYBE"}}});
    org.refused(Method::PUT, &one, wrong, 400, "E0000001").await;
    let wrong = json!({"update": {"password": {"seed": "ROSE"}}});
    org.refused(Method::PUT, &one, wrong, 400, "E0000001").await;
    org.refused(Method::GET, &format!("{features}/MAGIC"), Value::Null, 404, "E0000007").await;
    let inbound = format!("{features}/INBOUND_PROVISIONING");
    let rules = json!({"importRules": {"userCreateAndMatch": {"autoConfirmNewUsers": true}}});
    let inbound = org.put(&inbound, rules).await;
    let matching = &inbound["capabilities"]["importRules"]["userCreateAndMatch"];
    assert_eq!((&matching["autoConfirmNewUsers"], &matching["allowPartialMatch"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn a_put_of_the_app_keeps_provisioning_unless_the_tenant_loses_it() {
    let org = Administrator::new().await;
    let app = org.scim_app("SCIM").await;
    let (base_url, secret) = org.scim_endpoint().await;
    org.post(&format!("{}?activate=true", paths(&app).0), connection(&base_url, &secret)).await;
    let body = json!({"signOnMode": "SAML_2_0", "label": "Renamed"});
    let kept = org.put(&Administrator::path(&app), body.clone()).await;
    assert_eq!(kept["features"], json!(["SCIM_PROVISIONING", "GROUP_PUSH"]));
    assert_eq!(org.call(Method::PUT, "/_mock/okta/quirks", json!({"put_loses_provisioning": true})).await.status, 204);
    let lost = org.put(&Administrator::path(&app), body).await;
    assert_eq!(lost["features"], json!([]));
}

#[tokio::test]
async fn where_the_api_does_not_know_the_app_nothing_is_kept_and_nothing_is_refused() {
    let org = Administrator::without_connection_api().await;
    let app = org.scim_app("SCIM").await;
    let (path, features) = paths(&app);
    let wanted = connection("https://team.example/scim", "token");
    for answer in [org.get(&path).await, org.post(&format!("{path}?activate=true"), wanted).await] {
        assert_eq!((&answer["status"], &answer["authScheme"]), (&json!("UNKNOWN"), &json!("UNKNOWN")));
        assert_eq!(answer["profile"], json!({"authScheme": "UNKNOWN"}));
        assert_eq!(answer.get("baseUrl"), None);
    }
    org.nothing(Method::POST, &format!("{path}/lifecycle/activate"), 204).await;
    assert_eq!(org.get(&Administrator::path(&app)).await["features"], json!([]));
    org.refused(Method::GET, &features, Value::Null, 400, "E0000001").await;
    assert_eq!(org.mock.okta().counts()["connections"], 0);
}

#[tokio::test]
async fn there_a_person_sets_provisioning_up_in_the_console() {
    let org = Administrator::without_connection_api().await;
    let app = org.scim_app("SCIM").await;
    let id = app["id"].as_str().unwrap();
    let form = format!("/_mock/okta/apps/{id}/provisioning");
    let (base_url, secret) = org.scim_endpoint().await;
    let wrong = json!({"base_url": base_url, "token": "wrong"});
    org.refused(Method::POST, &form, wrong, 400, "E0000059").await;
    let underscore = json!({"base_url": "https://a_b.example", "token": "wrong"});
    org.refused(Method::POST, &form, underscore, 400, "E0000001").await;
    let right = json!({"base_url": base_url, "token": secret, "deactivate_users": false});
    assert_eq!(org.call(Method::POST, &form, right.clone()).await.status, 204);
    let shown = org.get(&Administrator::path(&app)).await["features"].clone();
    assert_eq!(shown, json!(["SCIM_PROVISIONING", "PUSH_NEW_USERS", "PUSH_PROFILE_UPDATES", "GROUP_PUSH"]));
    assert_eq!(org.get(&paths(&app).0).await["status"], "UNKNOWN", "the API still does not know it");
    assert_eq!(org.call(Method::DELETE, &form, Value::Null).await.status, 204);
    assert_eq!(org.get(&Administrator::path(&app)).await["features"], json!([]));
    org.refused(Method::POST, "/_mock/okta/apps/0oanobody/provisioning", right.clone(), 404, "E0000007").await;
    let oidc = org.oidc_app("OIDC").await;
    let form = format!("/_mock/okta/apps/{}/provisioning", oidc["id"].as_str().unwrap());
    org.refused(Method::POST, &form, right, 501, "E0000060").await;
}

#[tokio::test]
async fn with_tls_the_org_trusts_the_other_side() {
    let org = Administrator::with(zt::mock::Options { tls: true, ..zt::mock::Options::default() }).await;
    let ca = std::fs::read_to_string(org.mock.ca_file().unwrap()).unwrap();
    let http = crate::http::client(Some(&ca));
    let post = |url: String, token: String, body: Value| {
        let request = http.post(url).header("authorization", token).json(&body);
        async move { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let providers = format!("{}/accounts/{}/access/identity_providers", org.mock.api_url(), org.mock.account_id());
    let wanted = json!({"name": "Okta", "type": "okta", "scim_config": {"enabled": true},
        "config": {"client_id": "abcdef", "client_secret": "x".repeat(32), "okta_account": "https://acme.okta.com"}});
    let made = post(providers, format!("Bearer {}", org.mock.cloudflare_token()), wanted).await;
    let scim = &made["result"]["scim_config"];
    let token = format!("SSWS {}", org.mock.okta_token());
    let app = json!({"name": "scim2headerauth", "label": "SCIM"});
    let app = post(format!("{}/api/v1/apps", org.mock.org_url()), token.clone(), app).await;
    let url = format!("{}{}?activate=true", org.mock.org_url(), paths(&app).0);
    let body = connection(scim["scim_base_url"].as_str().unwrap(), scim["secret"].as_str().unwrap());
    assert_eq!(post(url, token, body).await["status"], "ENABLED");
}
