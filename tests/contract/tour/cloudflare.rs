//! The tour's Cloudflare half.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::Side;
use zt::mock::cloudflare::authentication::Scope;
use zt::mock::cloudflare::{AccessNoun, Login};

use super::Tour;
use crate::browser::{Browser, parameter};
use crate::cloudflare::okta;

impl Tour {
    /// Asks the API with the token that may do everything. `path` begins with `/client/v4`.
    pub(super) async fn cloudflare(&mut self, method: Method, path: &str, body: Value, status: u16) -> Value {
        let credential = format!("Bearer {}", self.mock.cloudflare_token());
        self.ask(Side::Cloudflare, method, path, &[("authorization", &credential)], body, status).await
    }
}

/// Every route of the API, then the SCIM service.
pub(super) async fn visit(tour: &mut Tour) {
    let account = format!("/client/v4/accounts/{}", tour.mock.account_id());
    let zone = format!("/client/v4/zones/{}", tour.mock.cloudflare().zone_id());
    tour.cloudflare(Method::GET, "/client/v4/user/tokens/verify", Value::Null, 200).await;
    tour.cloudflare(Method::GET, &format!("{account}/tokens/verify"), Value::Null, 200).await;
    for scope in [&account, &zone] {
        identity_providers(tour, scope).await;
        organizations(tour, scope).await;
    }
    rules(tour, &account, Scope::Account, &["apps", "policies", "groups"]).await;
    rules(tour, &zone, Scope::Zone, &["apps", "groups"]).await;
    received(tour, &account).await;
    people(tour, &account).await;
    refusals(tour, &account).await;
    no_organization(tour, &account).await;
}

async fn identity_providers(tour: &mut Tour, scope: &str) {
    let list = format!("{scope}/access/identity_providers");
    let created = tour.cloudflare(Method::POST, &list, okta(json!({"enabled": true})), 201).await;
    let one = format!("{list}/{}", created["result"]["id"].as_str().unwrap());
    tour.cloudflare(Method::GET, &list, Value::Null, 200).await;
    tour.cloudflare(Method::GET, &format!("{list}?scim_enabled=true&page=1&per_page=1"), Value::Null, 200).await;
    tour.cloudflare(Method::GET, &one, Value::Null, 200).await;
    tour.cloudflare(Method::POST, &format!("{one}/refresh_scim_secret"), Value::Null, 200).await;
    tour.cloudflare(Method::PUT, &one, okta(Value::Null), 200).await;
    tour.cloudflare(Method::POST, &format!("{one}/refresh_scim_secret"), Value::Null, 400).await;
    tour.cloudflare(Method::PUT, &one, json!({}), 400).await;
    tour.cloudflare(Method::POST, &list, json!({"name": "x", "type": "okta"}), 400).await;
    tour.cloudflare(Method::DELETE, &one, Value::Null, 202).await;
    for method in [Method::GET, Method::DELETE] {
        tour.cloudflare(method, &one, Value::Null, 404).await;
    }
    tour.cloudflare(Method::PUT, &one, okta(Value::Null), 404).await;
    tour.cloudflare(Method::POST, &format!("{one}/refresh_scim_secret"), Value::Null, 404).await;
    let pin = json!({"name": "PIN", "type": "onetimepin", "config": {}});
    tour.cloudflare(Method::POST, &list, pin.clone(), 201).await;
    tour.cloudflare(Method::POST, &list, pin, 409).await;
    tour.cloudflare(Method::GET, &list, Value::Null, 200).await;
}

async fn organizations(tour: &mut Tour, scope: &str) {
    let path = format!("{scope}/access/organizations");
    tour.cloudflare(Method::GET, &path, Value::Null, 200).await;
    tour.cloudflare(Method::PUT, &path, json!({"session_duration": "8h"}), 200).await;
    tour.cloudflare(Method::PUT, &path, json!({"name": 7}), 400).await;
    tour.cloudflare(Method::POST, &path, json!({"name": "x"}), 409).await;
}

async fn rules(tour: &mut Tour, place: &str, scope: Scope, nouns: &[&str]) {
    let app = json!({"id": "8a2b58cd-64fe-4982-abdb-7a1cd614695b", "name": "Wiki", "allowed_idps": []});
    tour.mock.cloudflare().add_access_object(scope, AccessNoun::Applications, app);
    for &noun in nouns {
        let list = format!("{place}/access/{noun}");
        let shown = tour.cloudflare(Method::GET, &list, Value::Null, 200).await;
        assert_eq!(shown["result"].as_array().unwrap().len(), usize::from(noun == "apps"), "{list}");
        tour.cloudflare(Method::GET, &format!("{list}?per_page=0"), Value::Null, 400).await;
    }
}

async fn received(tour: &mut Tour, account: &str) {
    let list = format!("{account}/access/identity_providers");
    let created = tour.cloudflare(Method::POST, &list, okta(json!({"enabled": true})), 201).await;
    let text = |pointer: &str| created.pointer(pointer).and_then(Value::as_str).unwrap().to_owned();
    let (id, secret) = (text("/result/id"), text("/result/scim_config/secret"));
    let base = format!("/populations/{id}/scim/v2");
    let key = [("authorization", secret.as_str())];
    let ada = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "externalId": "00u1",
        "userName": "ada@acme.example",
        "displayName": "Ada",
        "active": true,
        "emails": [{"value": "ada@acme.example", "type": "work", "primary": true}],
        "password": "plum",
    });
    let users = format!("{base}/Users");
    let user = tour.ask(Side::Team, Method::POST, &users, &key, ada.clone(), 201).await;
    tour.ask(Side::Team, Method::POST, &users, &key, ada.clone(), 409).await;
    tour.ask(Side::Team, Method::POST, &users, &key, json!({}), 400).await;
    let admins = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "externalId": "00g1",
        "displayName": "access-admins",
        "members": [{"value": user["id"], "display": "ada@acme.example"}],
    });
    let groups = format!("{base}/Groups");
    let group = tour.ask(Side::Team, Method::POST, &groups, &key, admins.clone(), 201).await;
    let one = |list: &str, resource: &Value| format!("{list}/{}", resource["id"].as_str().unwrap());
    let (user, group) = (one(&users, &user), one(&groups, &group));
    let active = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "value": {"externalId": "00x1"}}],
    });
    for (path, whole, status) in [(&user, ada, 200), (&group, admins, 204)] {
        tour.ask(Side::Team, Method::PUT, path, &key, whole, 200).await;
        tour.ask(Side::Team, Method::PATCH, path, &key, active.clone(), status).await;
    }
    let logs = format!("{account}/access/logs/scim/updates");
    tour.cloudflare(Method::GET, &format!("{logs}?idp_id={id}&direction=asc&limit=5&per_page=3"), Value::Null, 200)
        .await;
    tour.cloudflare(Method::GET, &logs, Value::Null, 400).await;
    for noun in ["users", "groups"] {
        tour.cloudflare(Method::GET, &format!("{list}/{id}/scim/{noun}"), Value::Null, 200).await;
        tour.cloudflare(Method::GET, &format!("{list}/{id}/scim/{noun}?per_page=101"), Value::Null, 400).await;
        let gone = "8a2b58cd-64fe-4982-abdb-7a1cd614695b";
        tour.cloudflare(Method::GET, &format!("{list}/{gone}/scim/{noun}"), Value::Null, 404).await;
    }
    for path in ["Users", "Groups", "ServiceProviderConfig", "Schemas", "ResourceTypes", "ResourceTypes/User"] {
        let url = format!("{base}/{path}");
        tour.ask(Side::Team, Method::GET, &url, &key, Value::Null, 200).await;
        tour.ask(Side::Team, Method::GET, &url, &[], Value::Null, 401).await;
    }
    let schema = format!("{base}/Schemas/urn:ietf:params:scim:schemas:core:2.0:User");
    tour.ask(Side::Team, Method::GET, &schema, &key, Value::Null, 200).await;
    for path in ["Bulk", ".search", "Users/.search", "Groups/.search"] {
        tour.ask(Side::Team, Method::POST, &format!("{base}/{path}"), &key, json!({}), 501).await;
    }
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        tour.ask(Side::Team, method, &format!("{base}/Me"), &key, Value::Null, 501).await;
    }
    for path in [&user, &group] {
        tour.ask(Side::Team, Method::GET, path, &key, Value::Null, 200).await;
        tour.ask(Side::Team, Method::DELETE, path, &key, Value::Null, 204).await;
        tour.ask(Side::Team, Method::GET, path, &key, Value::Null, 404).await;
    }
}

/// Somebody logs in, and one login fails.
async fn people(tour: &mut Tour, account: &str) {
    let list = format!("{account}/access/identity_providers");
    let mut wanted = okta(Value::Null);
    wanted["config"]["okta_account"] = json!(tour.mock.org_url());
    let created = tour.cloudflare(Method::POST, &list, wanted, 201).await;
    let idp = created["result"]["id"].as_str().unwrap().to_owned();
    let now = tour.mock.world().clock.now();
    tour.mock.cloudflare().logged_in(ada(&idp), now);
    for page in ["login", "login?redirect_url=%2F%2Fx", "callback", "get-identity", "logout", "test-idp/x"] {
        let status = match page {
            "login" | "logout" => 200,
            "test-idp/x" => 404,
            _ => 400,
        };
        tour.ask(Side::Team, Method::GET, &format!("/cdn-cgi/access/{page}"), &[], Value::Null, status).await;
    }
    tour.ask(Side::Team, Method::POST, "/cdn-cgi/access/callback", &[], Value::Null, 415).await;
    let begin = format!("/cdn-cgi/access/login/app.acme.example?idp={idp}");
    tour.ask(Side::Team, Method::GET, &begin, &[], Value::Null, 302).await;
    failed_login(tour, &begin).await;

    let users = format!("{account}/access/users");
    let listed = tour.cloudflare(Method::GET, &format!("{users}?page=1&per_page=1"), Value::Null, 200).await;
    let text = |name: &str| listed["result"][0][name].as_str().unwrap().to_owned();
    let (user, seat) = (text("id"), text("seat_uid"));
    tour.cloudflare(Method::GET, &format!("{users}?per_page=0"), Value::Null, 400).await;
    for noun in ["last_seen_identity", "failed_logins"] {
        tour.cloudflare(Method::GET, &format!("{users}/{user}/{noun}"), Value::Null, 200).await;
        tour.cloudflare(Method::GET, &format!("{users}/{idp}/{noun}"), Value::Null, 404).await;
    }
    let log = format!("{account}/access/logs/access_requests");
    let logged = tour.cloudflare(Method::GET, &format!("{log}?limit=1&direction=asc"), Value::Null, 200).await;
    assert_eq!(logged["result"].as_array().unwrap().len(), 1);
    tour.cloudflare(Method::GET, &format!("{log}?limit=0"), Value::Null, 400).await;
    let audit = format!("{account}/logs/audit?since=2020-01-01");
    tour.cloudflare(Method::GET, &format!("{audit}&before=2099-01-01"), Value::Null, 200).await;
    tour.cloudflare(Method::GET, &audit, Value::Null, 400).await;
    let seats = format!("{account}/access/seats");
    let free = |seat: &str| json!([{"seat_uid": seat, "access_seat": false, "gateway_seat": false}]);
    tour.cloudflare(Method::PATCH, &seats, free(&seat), 200).await;
    tour.cloudflare(Method::PATCH, &seats, free("none"), 404).await;
    tour.cloudflare(Method::PATCH, &seats, json!({}), 400).await;
    let revoke = format!("{account}/access/organizations/revoke_user");
    tour.cloudflare(Method::POST, &revoke, json!({"email": "ada@acme.example"}), 200).await;
    tour.cloudflare(Method::POST, &revoke, json!({}), 400).await;
}

/// The org refuses the person, and the browser comes back with that.
async fn failed_login(tour: &mut Tour, begin: &str) {
    let mut browser = Browser::new(&tour.mock);
    let begin = format!("{}{begin}", tour.mock.auth_url());
    let state = parameter(browser.stop_at("/authorize").open(&begin).held(), "state").unwrap();
    let callback = format!("{}/cdn-cgi/access/callback?error=access_denied&state={state}", tour.mock.auth_url());
    assert_eq!(browser.open(&callback).status(), 403);
}

fn ada(idp: &str) -> Login {
    Login {
        email: "ada@acme.example".into(),
        name: "Ada Quist".into(),
        identity_provider: idp.into(),
        groups: vec!["Engineering".into()],
        claims: json!({}),
        ip: "127.0.0.1".into(),
    }
}

async fn refusals(tour: &mut Tour, account: &str) {
    let list = format!("{account}/access/identity_providers");
    tour.ask(Side::Cloudflare, Method::GET, &list, &[], Value::Null, 400).await;
    tour.ask(Side::Cloudflare, Method::GET, &list, &[("authorization", "none")], Value::Null, 400).await;
    let unknown = [("authorization", "Bearer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")];
    tour.ask(Side::Cloudflare, Method::GET, &list, &unknown, Value::Null, 403).await;
    for path in ["/client/v4/user/tokens/verify", &format!("{account}/tokens/verify")] {
        tour.ask(Side::Cloudflare, Method::GET, path, &unknown, Value::Null, 401).await;
    }
    tour.cloudflare(Method::GET, &format!("{list}/okta"), Value::Null, 400).await;
    let read_only = format!("Bearer {}", tour.mock.cloudflare_read_only_token());
    let headers = [("authorization", read_only.as_str())];
    tour.ask(Side::Cloudflare, Method::POST, &list, &headers, okta(Value::Null), 403).await;
}

async fn no_organization(tour: &mut Tour, account: &str) {
    tour.mock.cloudflare().remove_organization();
    let path = format!("{account}/access/organizations");
    tour.cloudflare(Method::GET, &path, Value::Null, 400).await;
    tour.cloudflare(Method::GET, &format!("{account}/access/identity_providers"), Value::Null, 400).await;
    let body = json!({"name": "new", "auth_domain": "new.cloudflareaccess.com"});
    tour.cloudflare(Method::POST, &path, body, 201).await;
    tour.mock.world().reset();
}
