//! `/api/v1/apps`: OIDC apps, catalogue apps, their life cycle, and the policy they are bound to.

use reqwest::Method;
use serde_json::{Value, json};

use crate::okta::{Administrator, column, keys, links, oidc_app};

/// Top-level members of an app, in the vendor's order.
const MEMBERS: [&str; 15] = [
    "id",
    "orn",
    "name",
    "label",
    "status",
    "lastUpdated",
    "created",
    "accessibility",
    "visibility",
    "features",
    "signOnMode",
    "credentials",
    "universalLogout",
    "settings",
    "_links",
];

/// An OIDC app with one place changed.
fn changed(pointer: &str, value: Value) -> Value {
    let mut app = oidc_app("App");
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    app.pointer_mut(parent).unwrap()[last] = value;
    app
}

#[tokio::test]
async fn a_new_oidc_app_is_complete_and_shows_its_secret_once() {
    let org = Administrator::new().await;
    let made = org.oidc_app("Cloudflare Access").await;
    assert_eq!(keys(&made), MEMBERS);
    let client = &made["credentials"]["oauthClient"];
    assert_eq!(
        keys(client),
        ["autoKeyRotation", "client_id", "client_secret", "token_endpoint_auth_method", "pkce_required"]
    );
    assert_eq!(client["client_id"], made["id"]);
    assert_eq!(client["client_secret"].as_str().unwrap().len(), 64);
    assert_eq!(client["autoKeyRotation"], true);
    assert_eq!(made["status"], "ACTIVE");
    assert_eq!(made["features"], json!([]));
    assert_eq!(made["visibility"]["appLinks"], json!({"oidc_client_link": true}));
    assert_eq!(
        keys(&made["settings"]),
        ["app", "notifications", "manualProvisioning", "implicitAssignment", "emOptInStatus", "notes", "oauthClient"]
    );
    assert_eq!(made["settings"]["oauthClient"]["consent_method"], "TRUSTED");
    assert_eq!(made["settings"]["oauthClient"]["issuer_mode"], "ORG_URL");
    let (id, orn) = (made["id"].as_str().unwrap(), made["orn"].as_str().unwrap());
    assert!(id.starts_with("0oa") && id.len() == 20);
    assert!(orn.starts_with("orn:okta:idp:00o") && orn.ends_with(&format!(":apps:oidc_client:{id}")), "{orn}");
    assert!(made["created"].as_str().unwrap().ends_with(".000Z"));

    let mut read = org.get(&Administrator::path(&made)).await;
    assert_eq!(read["credentials"]["oauthClient"].get("client_secret"), None);
    read["credentials"]["oauthClient"] = client.clone();
    assert_eq!(read, made, "nothing else differs between POST and GET");
    let listed = org.get("/api/v1/apps").await;
    assert_eq!(listed[0]["credentials"]["oauthClient"].get("client_secret"), None);
}

#[tokio::test]
async fn links_say_what_can_be_done_next() {
    let org = Administrator::new().await;
    let made = org.post("/api/v1/apps?activate=false", oidc_app("App")).await;
    assert_eq!(made["status"], "INACTIVE");
    let path = Administrator::path(&made);
    let href = |path: &str| json!(format!("{}{path}", org.mock.org_url()));
    assert_eq!(made["_links"]["activate"]["href"], href(&format!("{path}/lifecycle/activate")));
    assert_eq!(made["_links"].get("deactivate"), None);
    assert_eq!(made["_links"]["clientCredentials"][0]["href"], href(&format!("{path}/credentials/secrets")));
    assert_eq!(org.post(&format!("{path}/lifecycle/activate"), Value::Null).await, json!({}));
    let read = org.get(&path).await;
    assert_eq!(read["_links"].get("activate"), None);
    assert_eq!(read["_links"]["deactivate"]["href"], href(&format!("{path}/lifecycle/deactivate")));
}

#[tokio::test]
async fn client_id_and_secret_can_be_chosen_at_creation() {
    let org = Administrator::new().await;
    let mut wanted = oidc_app("App");
    wanted["credentials"]["oauthClient"]["client_id"] = json!("my-client.1");
    wanted["credentials"]["oauthClient"]["client_secret"] = json!("a secret of my own");
    let made = org.post("/api/v1/apps", wanted.clone()).await;
    assert_eq!(made["credentials"]["oauthClient"]["client_id"], "my-client.1");
    assert_eq!(made["credentials"]["oauthClient"]["client_secret"], "a secret of my own");
    assert_ne!(made["id"], "my-client.1");
    wanted["label"] = json!("Other");
    let taken = org.refused(Method::POST, "/api/v1/apps", wanted, 400, "E0000001").await;
    assert!(taken.contains("already exists"), "{taken}");
    let other = changed("/credentials/oauthClient/client_id", json!("another-client"));
    let fixed = org.refused(Method::PUT, &Administrator::path(&made), other, 400, "E0000001").await;
    assert!(fixed.contains("cannot be changed"), "{fixed}");
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_with_the_field_in_summary_and_cause() {
    let org = Administrator::new().await;
    let client = "/settings/oauthClient";
    let credentials = "/credentials/oauthClient";
    let cases = [
        ("/label".to_owned(), json!(""), "label", "cannot be left blank"),
        ("/label".into(), json!("x".repeat(101)), "label", "too long"),
        (format!("{client}/redirect_uris"), json!([]), "redirect_uris", "at least one"),
        (format!("{client}/redirect_uris"), json!(["not a uri"]), "redirect_uris", "absolute URI"),
        (format!("{client}/redirect_uris"), json!(["https://a.example/#b"]), "redirect_uris", "fragment"),
        (format!("{client}/redirect_uris"), json!(["https://*.a.example/"]), "redirect_uris", "wildcard"),
        (format!("{client}/post_logout_redirect_uris"), json!(["/"]), "post_logout_redirect_uris", "absolute URI"),
        (format!("{client}/application_type"), json!("desktop"), "application_type", "browser, native, service, web"),
        (format!("{client}/application_type"), json!(null), "application_type", "cannot be left blank"),
        (format!("{client}/grant_types"), json!([]), "settings.oauthClient", "grant_types"),
        (format!("{client}/grant_types"), json!(["magic"]), "grant_types", "'magic'"),
        (
            format!("{client}/grant_types"),
            json!(["authorization_code", "implicit"]),
            "settings.oauthClient",
            "implicit",
        ),
        (format!("{client}/response_types"), json!(["token"]), "settings.oauthClient", "'code'"),
        (format!("{client}/consent_method"), json!("MAYBE"), "consent_method", "REQUIRED, TRUSTED"),
        (format!("{client}/issuer_mode"), json!("MINE"), "issuer_mode", "CUSTOM_URL, DYNAMIC, ORG_URL"),
        (format!("{client}/wildcard_redirect"), json!("ANY"), "wildcard_redirect", "DISABLED, SUBDOMAIN"),
        (format!("{credentials}/token_endpoint_auth_method"), json!("guess"), "token_endpoint_auth_method", "none"),
        (format!("{credentials}/token_endpoint_auth_method"), json!("private_key_jwt"), "jwks", "required"),
        (format!("{credentials}/client_id"), json!("short"), "client_id", "'6'"),
        (format!("{credentials}/client_id"), json!("with space"), "client_id", "alphanumeric"),
        (format!("{credentials}/client_id"), json!("ALL_CLIENTS"), "client_id", "reserved"),
        (format!("{credentials}/client_secret"), json!("short"), "client_secret", "'14'"),
        (format!("{credentials}/client_secret"), json!("x".repeat(101)), "client_secret", "'100'"),
        (format!("{credentials}/client_secret"), json!("é".repeat(20)), "client_secret", "ASCII"),
        ("/signOnMode".into(), json!("SAML_2_0"), "signOnMode", "OPENID_CONNECT"),
        ("/signOnMode".into(), json!(null), "signOnMode", "cannot be left blank"),
        ("/settings/oauthClient".into(), json!(null), "settings.oauthClient", "cannot be left blank"),
    ];
    for (pointer, value, what, cause) in cases {
        let says = org.refused(Method::POST, "/api/v1/apps", changed(&pointer, value.clone()), 400, "E0000001").await;
        assert!(says.starts_with(&format!("Api validation failed: {what} |")), "{pointer} = {value}: {says}");
        assert!(says.split_once('|').unwrap().1.contains(cause), "{pointer} = {value}: {says}");
    }
    let mut public = changed("/credentials/oauthClient/token_endpoint_auth_method", json!("none"));
    public["credentials"]["oauthClient"]["pkce_required"] = json!(false);
    let says = org.refused(Method::POST, "/api/v1/apps", public, 400, "E0000001").await;
    assert!(says.contains("pkce_required"), "{says}");
    assert_eq!(org.get("/api/v1/apps").await, json!([]), "nothing was made");
    org.refused(Method::POST, "/api/v1/apps", json!({"name": "nosuchapp", "label": "x"}), 404, "E0000007").await;
    org.refused(Method::POST, "/api/v1/apps", json!({"signOnMode": "BOOKMARK", "label": "x"}), 501, "E0000060").await;
    org.refused(Method::POST, "/api/v1/apps", json!({"label": 1, "name": "oidc_client"}), 400, "E0000003").await;
    org.refused(Method::POST, "/api/v1/apps", Value::Null, 400, "E0000003").await;
}

#[tokio::test]
async fn defaults_depend_on_the_kind_of_client() {
    let org = Administrator::new().await;
    let web = org.oidc_app("web").await;
    assert_eq!(web["credentials"]["oauthClient"]["pkce_required"], false);
    let mut browser = changed("/settings/oauthClient/application_type", json!("browser"));
    browser["credentials"]["oauthClient"] = json!({"token_endpoint_auth_method": "none"});
    let browser = org.post("/api/v1/apps", browser).await;
    assert_eq!(browser["credentials"]["oauthClient"]["pkce_required"], true);
    assert_eq!(browser["credentials"]["oauthClient"].get("client_secret"), None, "a public client has no secret");
    let subdomains = json!({"redirect_uris": ["https://*.a.example/"], "wildcard_redirect": "SUBDOMAIN",
        "application_type": "web", "grant_types": ["authorization_code"], "response_types": ["code"]});
    let wild = org.post("/api/v1/apps", changed("/settings/oauthClient", subdomains)).await;
    assert_eq!(wild["settings"]["oauthClient"]["redirect_uris"], json!(["https://*.a.example/"]));
}

#[tokio::test]
async fn put_replaces_everything_and_shows_the_secret() {
    let org = Administrator::new().await;
    let mut wanted = oidc_app("Before");
    wanted["settings"]["oauthClient"]["post_logout_redirect_uris"] = json!(["https://team.example/"]);
    wanted["settings"]["notes"] = json!({"admin": "mine"});
    wanted["credentials"]["oauthClient"]["pkce_required"] = json!(true);
    let made = org.post("/api/v1/apps", wanted).await;
    let path = Administrator::path(&made);
    let mut next = oidc_app("After");
    for (name, ignored) in [("id", "0oaother"), ("name", "other"), ("status", "INACTIVE"), ("created", "never")] {
        next[name] = json!(ignored);
    }
    next["features"] = json!(["SCIM_PROVISIONING"]);
    org.mock.world().clock.advance(std::time::Duration::from_secs(5));
    let put = org.put(&path, next).await;
    for same in ["id", "name", "status", "created", "features"] {
        assert_eq!(put[same], made[same], "{same} cannot be set");
    }
    assert_ne!(put["lastUpdated"], made["lastUpdated"]);
    assert_eq!(put["label"], "After");
    assert_eq!(put["settings"]["oauthClient"].get("post_logout_redirect_uris"), None);
    assert_eq!(put["settings"]["notes"]["admin"], Value::Null);
    assert_eq!(put["credentials"]["oauthClient"]["pkce_required"], false);
    let secret = "/credentials/oauthClient/client_secret";
    assert_eq!(put.pointer(secret), made.pointer(secret));
    assert_eq!(put["credentials"]["signing"], made["credentials"]["signing"]);
    let without_label = org.refused(Method::PUT, &path, json!({"signOnMode": "OPENID_CONNECT"}), 400, "E0000001").await;
    assert!(without_label.contains("label"));
}

#[tokio::test]
async fn another_authentication_method_mints_another_secret() {
    let org = Administrator::new().await;
    let made = org.oidc_app("App").await;
    let path = Administrator::path(&made);
    let secret = |app: &Value| app["credentials"]["oauthClient"]["client_secret"].as_str().map(str::to_owned);
    let method = "/credentials/oauthClient/token_endpoint_auth_method";
    let post = org.put(&path, changed(method, json!("client_secret_post"))).await;
    assert!(secret(&post).is_some() && secret(&post) != secret(&made));
    assert_eq!(org.get(&format!("{path}/credentials/secrets")).await.as_array().unwrap().len(), 1);
    let mut keyed = changed(method, json!("private_key_jwt"));
    keyed["settings"]["oauthClient"]["jwks_uri"] = json!("https://team.example/keys");
    let keyed = org.put(&path, keyed).await;
    assert_eq!(secret(&keyed), None);
    assert_eq!(org.get(&format!("{path}/credentials/secrets")).await, json!([]));
    let mut chosen = oidc_app("App");
    chosen["credentials"]["oauthClient"]["client_secret"] = json!("chosen in a PUT, long enough");
    let chosen = org.put(&path, chosen).await;
    assert_eq!(secret(&chosen).unwrap(), "chosen in a PUT, long enough");
    let again = org.put(&path, oidc_app("App")).await;
    assert_eq!(secret(&again), secret(&chosen), "not sent, not changed");
}

#[tokio::test]
async fn a_clients_public_keys_are_registered_once() {
    let org = Administrator::new().await;
    let with_keys = |keys: Value| {
        let mut app = changed("/credentials/oauthClient/token_endpoint_auth_method", json!("private_key_jwt"));
        app["settings"]["oauthClient"]["jwks"] = json!({"keys": keys});
        app
    };
    let key = |id: &str| json!({"kty": "RSA", "kid": id, "n": format!("modulus-of-{id}"), "e": "AQAB", "use": "sig"});
    let made = org.post("/api/v1/apps", with_keys(json!([key("a")]))).await;
    let keys = |app: &Value| app["settings"]["oauthClient"]["jwks"]["keys"].clone();
    let first = keys(&made)[0].clone();
    assert_eq!((&first["kid"], &first["status"]), (&json!("a"), &json!("ACTIVE")));
    assert!(first["id"].as_str().unwrap().starts_with("pks") && first["created"].is_string());
    let both = org.put(&Administrator::path(&made), with_keys(json!([key("a"), key("b")]))).await;
    assert_eq!(keys(&both)[0], first);
    assert_ne!(keys(&both)[1]["id"], first["id"]);
}

#[tokio::test]
async fn only_an_inactive_app_can_be_deleted() {
    let org = Administrator::new().await;
    let made = org.oidc_app("App").await;
    let path = Administrator::path(&made);
    let says = org.refused(Method::DELETE, &path, Value::Null, 403, "E0000056").await;
    assert_eq!(says, "Delete application forbidden. | The application must be deactivated before deletion.");
    assert_eq!(org.post(&format!("{path}/lifecycle/deactivate"), Value::Null).await, json!({}));
    assert_eq!(org.get(&path).await["status"], "INACTIVE");
    assert_eq!(org.post(&format!("{path}/lifecycle/deactivate"), Value::Null).await, json!({}), "again is fine");
    org.nothing(Method::DELETE, &path, 204).await;
    let says = org.refused(Method::GET, &path, Value::Null, 404, "E0000007").await;
    assert_eq!(says, format!("Not found: Resource not found: {} (AppInstance)", made["id"].as_str().unwrap()));
    assert!(org.mock.okta().counts().values().all(|&left| left == 0));
    let log = org.mock.okta().event_types();
    for event in ["create", "deactivate", "delete"] {
        assert!(log.contains(&format!("application.lifecycle.{event}")), "{log:?}");
    }
}

#[tokio::test]
async fn a_catalogue_app_needs_a_name_and_a_label_only() {
    let org = Administrator::new().await;
    let made = org.post("/api/v1/apps", json!({"name": "scim2headerauth", "label": "Cloudflare SCIM"})).await;
    assert_eq!(keys(&made), MEMBERS);
    assert_eq!(made["signOnMode"], "SAML_2_0");
    assert_eq!(made["settings"]["app"], json!({"acsUrl": null, "audienceUri": null, "swaLoginUrl": null}));
    assert_eq!(made["visibility"]["appLinks"], json!({"scim2headerauth_login": true}));
    assert_eq!(made["visibility"]["hide"], json!({"iOS": false, "web": false}));
    assert_eq!(made["credentials"]["userNameTemplate"], json!({"template": "${source.login}", "type": "BUILT_IN"}));
    assert_eq!(made["credentials"].get("oauthClient"), None);
    assert_eq!(made["features"], json!([]));
    assert!(made["_links"]["metadata"]["href"].as_str().unwrap().ends_with("/sso/saml/metadata"));
    let path = Administrator::path(&made);
    let next = json!({"signOnMode": "AUTO_LOGIN", "label": "SWA", "visibility": {"hide": {"iOS": true, "web": true}},
        "credentials": {"scheme": "EXTERNAL_PASSWORD_SYNC", "userNameTemplate": {"template": "${source.email}"}}});
    let put = org.put(&path, next).await;
    assert_eq!(put["credentials"]["scheme"], "EXTERNAL_PASSWORD_SYNC");
    assert_eq!(put["credentials"]["userNameTemplate"]["template"], "${source.email}");
    assert_eq!(put["visibility"]["hide"], json!({"iOS": true, "web": true}));
    let secrets = org.refused(Method::GET, &format!("{path}/credentials/secrets"), Value::Null, 404, "E0000007").await;
    assert!(secrets.ends_with("(OAuth2AppInstance)"), "{secrets}");
    let nonsense = json!({"name": "scim2headerauth", "label": "x", "signOnMode": "MAGIC"});
    org.refused(Method::POST, "/api/v1/apps", nonsense, 400, "E0000001").await;
    let oauth = json!({"name": "scim2headerauth", "label": "x", "credentials": {"oauthClient": {}}});
    org.refused(Method::POST, "/api/v1/apps", oauth, 400, "E0000041").await;
}

#[tokio::test]
async fn apps_are_listed_by_page_by_prefix_and_by_filter() {
    let org = Administrator::new().await;
    for label in ["Alpha", "Beta", "alphabet"] {
        org.oidc_app(label).await;
    }
    let scim = org.scim_app("Gamma").await;
    assert_eq!(column(&org.get("/api/v1/apps?q=alpha").await, "label"), ["Alpha", "alphabet"]);
    assert_eq!(column(&org.get("/api/v1/apps?q=scim2").await, "label"), ["Gamma"], "names count as well");
    let by_name = org.get("/api/v1/apps?filter=name%20eq%20%22oidc_client%22").await;
    assert_eq!(by_name.as_array().unwrap().len(), 3);
    org.mock.okta().edit_app(scim["id"].as_str().unwrap(), "/label", json!("Delta"));
    assert_eq!(column(&org.get("/api/v1/apps?q=D").await, "label"), ["Delta"]);
    let nobody =
        org.refused(Method::GET, "/api/v1/apps?filter=mood%20eq%20%22x%22", Value::Null, 400, "E0000031").await;
    assert!(nobody.contains("mood"), "{nobody}");

    let first = org.call(Method::GET, "/api/v1/apps?limit=3", Value::Null).await;
    assert_eq!(column(&first.json(), "label"), ["Alpha", "Beta", "alphabet"]);
    let [(next, url), (own, _)] = &links(&first)[..] else { panic!("{:?}", first.headers) };
    assert_eq!((next.as_str(), own.as_str()), ("next", "self"));
    let rest = org.call(Method::GET, url.strip_prefix(org.mock.org_url()).unwrap(), Value::Null).await;
    assert_eq!(column(&rest.json(), "label"), ["Delta"]);
    assert_eq!(links(&rest).len(), 1, "the last page has no next one");
    org.refused(Method::GET, "/api/v1/apps?limit=none", Value::Null, 400, "E0000029").await;
    org.refused(Method::GET, "/api/v1/apps?after=0oanobody", Value::Null, 400, "E0000029").await;
}

#[tokio::test]
async fn an_app_is_bound_to_an_access_policy() {
    let org = Administrator::new().await;
    let app = org.oidc_app("App").await;
    let path = Administrator::path(&app);
    let policies = org.get("/api/v1/policies?type=ACCESS_POLICY").await;
    let ids = column(&policies, "id");
    let defaults: Vec<bool> = policies.as_array().unwrap().iter().map(|p| p["system"].as_bool().unwrap()).collect();
    assert_eq!(defaults, [true, false]);
    let bound = |app: &Value| app["_links"]["accessPolicy"]["href"].as_str().unwrap().to_owned();
    assert!(bound(&app).ends_with(&format!("/api/v1/policies/{}", ids[0])));
    org.nothing(Method::PUT, &format!("{path}/policies/{}", ids[1]), 204).await;
    assert!(bound(&org.get(&path).await).ends_with(ids[1]));
    assert_eq!(org.get(&format!("/api/v1/policies/{}", ids[1])).await["type"], "ACCESS_POLICY");
    org.refused(Method::PUT, &format!("{path}/policies/rstnobody"), Value::Null, 404, "E0000007").await;
    org.refused(Method::GET, "/api/v1/policies/rstnobody", Value::Null, 404, "E0000007").await;
    org.refused(Method::GET, "/api/v1/policies", Value::Null, 400, "E0000028").await;
    org.refused(Method::GET, "/api/v1/policies?type=MAGIC", Value::Null, 400, "E0000001").await;
    assert_eq!(org.get("/api/v1/policies?type=PASSWORD").await, json!([]));
}

#[tokio::test]
async fn the_groups_claim_is_set_where_only_api_tokens_reach() {
    let org = Administrator::new().await;
    let app = org.oidc_app("App").await;
    let id = app["id"].as_str().unwrap();
    let path = format!("/api/v1/internal/apps/{id}/settings/oauth/idToken");
    let none = org.get(&path).await;
    assert_eq!(
        none,
        json!({"issuer": org.mock.org_url(), "orgUrl": null, "customUrl": null, "audience": id, "issuerMode": "ORG_URL"})
    );
    let claim = json!({"issuerMode": "ORG_URL", "valueType": "GROUPS", "name": "groups",
        "groupFilterType": "STARTS_WITH", "value": "Zero"});
    let set = org.post(&path, claim.clone()).await;
    assert_eq!((&set["issuer"], &set["audience"]), (&Value::Null, &Value::Null));
    let read = org.get(&path).await;
    for member in ["valueType", "name", "groupFilterType", "value", "issuerMode"] {
        assert_eq!(read[member], claim[member], "{member}");
    }
    assert_eq!(read["audience"], id);
    for (member, wrong) in [
        ("valueType", json!("ALL")),
        ("groupFilterType", json!("LIKE")),
        ("value", json!("")),
        ("issuerMode", json!("X")),
    ] {
        let mut bad = claim.clone();
        bad[member] = wrong;
        org.refused(Method::POST, &path, bad, 400, "E0000001").await;
    }
    org.post(&path, json!({"issuerMode": "ORG_URL"})).await;
    assert_eq!(org.get(&path).await, none);
    let scim = org.scim_app("SCIM").await;
    let other = path.replace(id, scim["id"].as_str().unwrap());
    let says = org.refused(Method::GET, &other, Value::Null, 404, "E0000007").await;
    assert!(says.ends_with("(OAuth2AppInstance)"), "{says}");
}

#[tokio::test]
async fn the_groups_claim_of_a_new_app_may_be_late() {
    let org = Administrator::new().await;
    let quirks = json!({"token_setting_late_by": 2});
    assert_eq!(org.call(Method::PUT, "/_mock/okta/quirks", quirks).await.status, 204);
    let app = org.oidc_app("App").await;
    let path = format!("/api/v1/internal/apps/{}/settings/oauth/idToken", app["id"].as_str().unwrap());
    for _ in 0..2 {
        org.refused(Method::GET, &path, Value::Null, 404, "E0000007").await;
    }
    org.get(&path).await;
}
