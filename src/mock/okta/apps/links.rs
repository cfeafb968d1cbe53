//! `_links` of an app: what can be done with it next.

use serde_json::{Map, Value, json};

use super::App;
use crate::mock::okta::call::Call;
use crate::mock::okta::org::Org;

pub(super) fn of(org: &Org, app: &App, call: &Call) -> Value {
    let own = call.url(&format!("/api/v1/apps/{}", app.id));
    let to = |path: &str| json!({"href": format!("{own}{path}")});
    let policy = |id: &str| json!({"href": call.url(&format!("/api/v1/policies/{id}"))});
    let oidc = app.client_id().is_some();
    let mut links = Map::new();
    if app.document["signOnMode"] == "SAML_2_0" {
        let help = call.url(&format!("/app/{}/{}/setup/help/SAML_2_0/external-doc", app.name, app.id));
        links.insert("help".into(), json!({"href": help, "type": "text/html"}));
        let metadata = format!("{own}/sso/saml/metadata");
        links.insert("metadata".into(), json!({"href": metadata, "type": "application/xml"}));
    }
    links.insert("uploadLogo".into(), json!({"href": format!("{own}/logo"), "hints": {"allow": ["POST"]}}));
    let names = app.document["visibility"]["appLinks"].as_object();
    let dashboard = names.into_iter().flat_map(Map::keys).map(|name| {
        let href = call.url(&format!("/home/{}/{}/{}", app.name, app.id, app.link));
        json!({"name": name, "href": href, "type": "text/html"})
    });
    links.insert("appLinks".into(), dashboard.collect());
    links.insert("profileEnrollment".into(), policy(&org.profile_enrollment));
    links.insert("policies".into(), json!({"href": format!("{own}/policies"), "hints": {"allow": ["PUT"]}}));
    links.insert("groups".into(), to("/groups"));
    let logo = call.url("/assets/app-default.png");
    links.insert("logo".into(), json!([{"name": "medium", "href": logo, "type": "image/png"}]));
    if oidc {
        let secrets = format!("{own}/credentials/secrets");
        links.insert("clientCredentials".into(), json!([{"name": "secrets", "href": secrets}]));
    }
    links.insert("accessPolicy".into(), policy(&app.access_policy));
    links.insert("users".into(), to("/users"));
    // That an inactive app has the other link is not verified against a live tenant.
    let next = if app.active { "deactivate" } else { "activate" };
    links.insert(next.into(), to(&format!("/lifecycle/{next}")));
    Value::Object(links)
}
