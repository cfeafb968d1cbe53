//! The tour's Okta half.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::{ProvisioningApi, Side};

use super::Tour;
use crate::okta::oidc_app;

/// Every route of the org.
pub(super) async fn visit(tour: &mut Tour) {
    tour.ask(Side::Okta, Method::GET, "/.well-known/okta-organization", &[], Value::Null, 200).await;
    apps(tour).await;
    client_secrets(tour).await;
    token_setting(tour).await;
    provisioning(tour).await;
    assignments(tour).await;
    push_mappings(tour).await;
    groups(tour).await;
    users(tour).await;
    tour.okta(Method::GET, "/api/v1/logs", Value::Null, 200).await;
    tour.okta(Method::GET, "/api/v1/logs?filter=x", Value::Null, 400).await;
    refusals(tour).await;
    tour.mock.world().reset();
}

impl Tour {
    /// Asks Okta with the token that may do everything. `path` begins with a slash and may have a query.
    pub(super) async fn okta(&mut self, method: Method, path: &str, body: Value, status: u16) -> Value {
        let credential = format!("SSWS {}", self.mock.okta_token());
        self.ask(Side::Okta, method, path, &[("authorization", &credential)], body, status).await
    }
}

fn id(document: &Value) -> &str {
    document["id"].as_str().unwrap()
}

async fn scim_app(tour: &mut Tour, label: &str) -> String {
    let app = tour.okta(Method::POST, "/api/v1/apps", json!({"name": "scim2headerauth", "label": label}), 200).await;
    format!("/api/v1/apps/{}", id(&app))
}

async fn apps(tour: &mut Tour) {
    let app = tour.okta(Method::POST, "/api/v1/apps?activate=true", oidc_app("Tour"), 200).await;
    let path = format!("/api/v1/apps/{}", id(&app));
    tour.okta(Method::POST, "/api/v1/apps", json!({"name": "oidc_client"}), 400).await;
    scim_app(tour, "SAML").await;
    let swa = json!({"name": "scim2testapp_basic", "label": "SWA", "signOnMode": "AUTO_LOGIN"});
    tour.okta(Method::POST, "/api/v1/apps", swa, 200).await;
    tour.okta(Method::GET, "/api/v1/apps?limit=2", Value::Null, 200).await;
    tour.okta(Method::GET, &path, Value::Null, 200).await;
    tour.okta(Method::PUT, &path, oidc_app("Renamed"), 200).await;
    tour.okta(Method::PUT, &path, json!({}), 400).await;
    let policies = tour.okta(Method::GET, "/api/v1/policies?type=ACCESS_POLICY", Value::Null, 200).await;
    let policy = policies[1]["id"].as_str().unwrap();
    tour.okta(Method::PUT, &format!("{path}/policies/{policy}"), Value::Null, 204).await;
    tour.okta(Method::GET, &format!("/api/v1/policies/{policy}"), Value::Null, 200).await;
    tour.okta(Method::GET, "/api/v1/policies/rstnobody", Value::Null, 404).await;
    tour.okta(Method::DELETE, &path, Value::Null, 403).await;
    for verb in ["deactivate", "activate", "deactivate"] {
        tour.okta(Method::POST, &format!("{path}/lifecycle/{verb}"), Value::Null, 200).await;
    }
    tour.okta(Method::DELETE, &path, Value::Null, 204).await;
    for method in [Method::GET, Method::DELETE] {
        tour.okta(method, &path, Value::Null, 404).await;
    }
    tour.okta(Method::PUT, &path, oidc_app("Gone"), 404).await;
    tour.okta(Method::PUT, &format!("{path}/policies/{policy}"), Value::Null, 404).await;
    for verb in ["deactivate", "activate"] {
        tour.okta(Method::POST, &format!("{path}/lifecycle/{verb}"), Value::Null, 404).await;
    }
}

async fn client_secrets(tour: &mut Tour) {
    let app = tour.okta(Method::POST, "/api/v1/apps", oidc_app("Secrets"), 200).await;
    let list = format!("/api/v1/apps/{}/credentials/secrets", id(&app));
    let made = tour.okta(Method::POST, &list, json!({}), 201).await;
    let one = format!("{list}/{}", id(&made));
    tour.okta(Method::POST, &list, json!({}), 400).await;
    tour.okta(Method::GET, &list, Value::Null, 200).await;
    tour.okta(Method::GET, &one, Value::Null, 200).await;
    tour.okta(Method::DELETE, &one, Value::Null, 400).await;
    for verb in ["deactivate", "activate", "deactivate"] {
        tour.okta(Method::POST, &format!("{one}/lifecycle/{verb}"), Value::Null, 200).await;
    }
    let secrets = tour.okta(Method::GET, &list, Value::Null, 200).await;
    let only = format!("{list}/{}/lifecycle/deactivate", id(&secrets[0]));
    tour.okta(Method::POST, &only, Value::Null, 400).await;
    tour.okta(Method::DELETE, &one, Value::Null, 204).await;
    for method in [Method::GET, Method::DELETE] {
        tour.okta(method, &one, Value::Null, 404).await;
    }
    for verb in ["deactivate", "activate"] {
        tour.okta(Method::POST, &format!("{one}/lifecycle/{verb}"), Value::Null, 404).await;
    }
    tour.okta(Method::GET, "/api/v1/apps/0oanobody/credentials/secrets", Value::Null, 404).await;
}

async fn token_setting(tour: &mut Tour) {
    let app = tour.okta(Method::POST, "/api/v1/apps", oidc_app("Claim"), 200).await;
    let path = format!("/api/v1/internal/apps/{}/settings/oauth/idToken", id(&app));
    let claim = json!({"issuerMode": "ORG_URL", "valueType": "GROUPS", "name": "groups",
        "groupFilterType": "REGEX", "value": "Zero.*"});
    tour.okta(Method::POST, &path, claim, 200).await;
    tour.okta(Method::POST, &path, json!({"valueType": "GROUPS"}), 400).await;
    tour.okta(Method::GET, &path, Value::Null, 200).await;
    tour.okta(Method::GET, &path.replace(id(&app), "0oanobody"), Value::Null, 404).await;
}

async fn provisioning(tour: &mut Tour) {
    let app = scim_app(tour, "Provisioned").await;
    let (connection, features) = (format!("{app}/connections/default"), format!("{app}/features"));
    let feature = format!("{features}/USER_PROVISIONING");
    tour.okta(Method::GET, &features, Value::Null, 400).await;
    tour.okta(Method::PUT, &feature, json!({}), 400).await;
    tour.okta(Method::GET, &connection, Value::Null, 200).await;
    let nobody = json!({"baseUrl": "http://127.0.0.1:1/", "profile": {"authScheme": "TOKEN", "token": "x"}});
    tour.okta(Method::POST, &connection, nobody, 400).await;
    let providers = format!("/client/v4/accounts/{}/access/identity_providers", tour.mock.account_id());
    let made = tour.cloudflare(Method::POST, &providers, crate::cloudflare::okta(json!({"enabled": true})), 201).await;
    let scim = &made["result"]["scim_config"];
    let wanted = json!({"baseUrl": scim["scim_base_url"], "profile": {"authScheme": "TOKEN", "token": scim["secret"]}});
    tour.okta(Method::POST, &connection, wanted.clone(), 200).await;
    for verb in ["activate", "deactivate", "activate"] {
        tour.okta(Method::POST, &format!("{connection}/lifecycle/{verb}"), Value::Null, 204).await;
    }
    tour.okta(Method::GET, &connection, Value::Null, 200).await;
    tour.okta(Method::GET, &features, Value::Null, 200).await;
    for name in ["USER_PROVISIONING", "INBOUND_PROVISIONING"] {
        tour.okta(Method::GET, &format!("{features}/{name}"), Value::Null, 200).await;
    }
    let on = json!({"create": {"lifecycleCreate": {"status": "ENABLED"}}});
    tour.okta(Method::PUT, &feature, on, 200).await;
    tour.okta(Method::GET, &format!("{features}/MAGIC"), Value::Null, 404).await;
    tour.okta(Method::PUT, &format!("{features}/MAGIC"), json!({}), 404).await;
    tour.okta(Method::GET, &app, Value::Null, 200).await;
    tour.mock.okta().set_provisioning_api(ProvisioningApi::Unknown);
    tour.okta(Method::GET, &connection, Value::Null, 200).await;
    tour.okta(Method::POST, &connection, wanted, 200).await;
    tour.mock.okta().set_provisioning_api(ProvisioningApi::Supported);
    let gone = "/api/v1/apps/0oanobody/connections/default";
    tour.okta(Method::GET, gone, Value::Null, 404).await;
    tour.okta(Method::POST, gone, json!({}), 404).await;
    for verb in ["activate", "deactivate"] {
        tour.okta(Method::POST, &format!("{gone}/lifecycle/{verb}"), Value::Null, 404).await;
    }
    tour.okta(Method::GET, "/api/v1/apps/0oanobody/features", Value::Null, 404).await;
}

async fn assignments(tour: &mut Tour) {
    let app = scim_app(tour, "Assigned").await;
    let group = tour.mock.okta().group_id("Engineering").unwrap();
    let ada = tour.mock.okta().user_id("ada@acme.example").unwrap();
    let groups = format!("{app}/groups");
    let one = format!("{groups}/{group}");
    let users = format!("{app}/users");
    let user = format!("{users}/{ada}");
    tour.okta(Method::POST, &users, json!({"id": ada, "scope": "USER"}), 200).await;
    tour.okta(Method::POST, &users, json!({}), 400).await;
    tour.okta(Method::POST, &users, json!({"id": "00unobody"}), 404).await;
    tour.okta(Method::POST, &user, json!({"profile": {"displayName": "A"}}), 200).await;
    tour.okta(Method::POST, &user, json!({"scope": "ALL"}), 400).await;
    tour.okta(Method::PUT, &one, json!({"priority": 3}), 200).await;
    tour.okta(Method::PUT, &one, json!({"priority": "first"}), 400).await;
    tour.okta(Method::GET, &one, Value::Null, 200).await;
    tour.okta(Method::GET, &format!("{groups}?expand=group"), Value::Null, 200).await;
    tour.okta(Method::GET, &format!("{users}?expand=user"), Value::Null, 200).await;
    tour.okta(Method::GET, &user, Value::Null, 200).await;
    tour.okta(Method::GET, &format!("/api/v1/groups/{group}/apps"), Value::Null, 200).await;
    tour.okta(Method::DELETE, &one, Value::Null, 204).await;
    tour.okta(Method::DELETE, &user, Value::Null, 204).await;
    for path in [&one, &user] {
        for method in [Method::GET, Method::DELETE] {
            tour.okta(method, path, Value::Null, 404).await;
        }
    }
    tour.okta(Method::POST, &user, json!({}), 404).await;
    tour.okta(Method::PUT, &format!("{groups}/00gnobody"), json!({}), 404).await;
    for path in ["groups", "users"] {
        tour.okta(Method::GET, &format!("/api/v1/apps/0oanobody/{path}"), Value::Null, 404).await;
    }
}

async fn push_mappings(tour: &mut Tour) {
    let app = scim_app(tour, "Pushed").await;
    let list = format!("{app}/group-push/mappings");
    let group = tour.mock.okta().group_id("Engineering").unwrap();
    let made = tour.okta(Method::POST, &list, json!({"sourceGroupId": group, "targetGroupName": "eng"}), 200).await;
    let one = format!("{list}/{}", id(&made));
    tour.okta(Method::POST, &list, json!({"sourceGroupId": group}), 400).await;
    tour.okta(Method::GET, &list, Value::Null, 200).await;
    tour.okta(Method::GET, &one, Value::Null, 200).await;
    tour.okta(Method::PATCH, &one, json!({"status": "ERROR"}), 400).await;
    let target = format!("/api/v1/groups/{}", made["targetGroupId"].as_str().unwrap());
    tour.okta(Method::GET, &target, Value::Null, 200).await;
    let app_id = app.rsplit('/').next().unwrap();
    assert!(tour.mock.okta().fail_push_mapping(app_id, id(&made), "Unauthorized"));
    tour.okta(Method::GET, &one, Value::Null, 200).await;
    tour.okta(Method::PATCH, &one, json!({"status": "INACTIVE"}), 200).await;
    tour.okta(Method::DELETE, &format!("{one}?deleteTargetGroup=true"), Value::Null, 200).await;
    for method in [Method::GET, Method::DELETE] {
        tour.okta(method, &one, Value::Null, 404).await;
    }
    tour.okta(Method::PATCH, &one, json!({"status": "ACTIVE"}), 404).await;
}

async fn groups(tour: &mut Tour) {
    let list = "/api/v1/groups";
    let made = tour.okta(Method::POST, list, json!({"profile": {"name": "Tour", "description": "x"}}), 200).await;
    let one = format!("{list}/{}", id(&made));
    let ada = tour.mock.okta().user_id("ada@acme.example").unwrap();
    let member = format!("{one}/users/{ada}");
    tour.okta(Method::POST, list, json!({}), 400).await;
    tour.okta(Method::PUT, &one, json!({"profile": {"name": "Tour 2", "description": "y"}}), 200).await;
    tour.okta(Method::PUT, &one, json!({"profile": {}}), 400).await;
    tour.okta(Method::PUT, &member, Value::Null, 204).await;
    tour.okta(Method::GET, &format!("{one}/users"), Value::Null, 200).await;
    tour.okta(Method::GET, &format!("{list}?expand=stats"), Value::Null, 200).await;
    tour.okta(Method::GET, &one, Value::Null, 200).await;
    tour.okta(Method::DELETE, &member, Value::Null, 204).await;
    tour.okta(Method::DELETE, &one, Value::Null, 204).await;
    for method in [Method::GET, Method::DELETE] {
        tour.okta(method, &one, Value::Null, 404).await;
    }
    tour.okta(Method::PUT, &one, json!({"profile": {"name": "x"}}), 404).await;
    for method in [Method::PUT, Method::DELETE] {
        tour.okta(method, &member, Value::Null, 404).await;
    }
    for path in ["users", "apps"] {
        tour.okta(Method::GET, &format!("{one}/{path}"), Value::Null, 404).await;
    }
}

async fn users(tour: &mut Tour) {
    let list = "/api/v1/users";
    let profile =
        json!({"firstName": "Eve", "lastName": "Ash", "login": "eve@acme.example", "email": "eve@acme.example"});
    let body = json!({"profile": profile, "credentials": {"password": {"value": "correct horse"}}});
    let made = tour.okta(Method::POST, list, body, 200).await;
    let one = format!("{list}/{}", id(&made));
    tour.okta(Method::POST, list, json!({}), 400).await;
    tour.okta(Method::GET, list, Value::Null, 200).await;
    tour.okta(Method::GET, &one, Value::Null, 200).await;
    tour.okta(Method::GET, &format!("{one}/groups"), Value::Null, 200).await;
    tour.okta(Method::POST, &one, json!({"profile": {"lastName": "Oak"}}), 200).await;
    tour.okta(Method::POST, &one, json!({"profile": {"login": "x"}}), 400).await;
    tour.okta(Method::PUT, &one, json!({"profile": profile}), 200).await;
    tour.okta(Method::PUT, &one, json!({"profile": {}}), 400).await;
    for verb in ["suspend", "unsuspend", "deactivate", "activate"] {
        tour.okta(Method::POST, &format!("{one}/lifecycle/{verb}"), Value::Null, 200).await;
    }
    tour.okta(Method::POST, &format!("{one}/lifecycle/activate"), Value::Null, 403).await;
    tour.okta(Method::POST, &format!("{one}/lifecycle/suspend"), Value::Null, 400).await;
    for _ in 0..2 {
        tour.okta(Method::DELETE, &one, Value::Null, 204).await;
    }
    for method in [Method::GET, Method::DELETE] {
        tour.okta(method, &one, Value::Null, 404).await;
    }
    for method in [Method::POST, Method::PUT] {
        tour.okta(method, &one, json!({}), 404).await;
    }
}

async fn refusals(tour: &mut Tour) {
    let read_only = format!("SSWS {}", tour.mock.okta_read_only_token());
    let path = "/api/v1/apps";
    tour.ask(Side::Okta, Method::GET, path, &[], Value::Null, 403).await;
    tour.ask(Side::Okta, Method::POST, path, &[("authorization", &read_only)], oidc_app("No"), 403).await;
    let secrets = "/api/v1/apps/0oanobody/credentials/secrets";
    tour.ask(Side::Okta, Method::GET, secrets, &[("authorization", &read_only)], Value::Null, 403).await;
    tour.ask(Side::Okta, Method::GET, secrets, &[("authorization", "SSWS 00nobody")], Value::Null, 401).await;
}

#[tokio::test]
async fn the_tour_visits_every_route_of_the_org_with_success() {
    let stops = Tour::complete().await;
    let visited = |method: &str, template: &str| {
        let (length, pattern) = (template.split('/').count(), template.split('/').collect::<Vec<_>>());
        stops.iter().any(|stop| {
            let mut segments = stop.path.split('/').zip(&pattern);
            stop.side == Side::Okta
                && stop.method == method
                && stop.answer.status < 400
                && stop.path.split('/').count() == length
                && segments.all(|(segment, pattern)| pattern.starts_with('{') || segment == *pattern)
        })
    };
    let missed: Vec<_> = zt::mock::okta::routes().filter(|(method, path)| !visited(method, path)).collect();
    assert!(missed.is_empty(), "{missed:?}");
}
