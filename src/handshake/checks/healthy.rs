//! A handshake in which all is well, for the tests to break in one place.

use crate::cloudflare::api::Document;
use crate::cloudflare::api::identity_providers::IdentityProvider;
use crate::handshake::readings::{Groups, Secret, Seen, Unread};
use crate::okta::api;
use crate::okta::api::app_settings::{ClaimRule, GroupsClaim};
use crate::okta::api::apps::App;
use crate::okta::api::assignments::AppUser;
use crate::okta::api::authorization_servers::Metadata;
use crate::okta::api::groups::Group;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(in crate::handshake) const ORG: &str = "https://acme.okta.com";
pub(in crate::handshake) const CALLBACK: &str = "https://acme.cloudflareaccess.com/cdn-cgi/access/callback";
pub(in crate::handshake) const SCIM: &str = "https://acme.cloudflareaccess.com/populations/1d/scim/v2";

/// A handshake that works.
pub(in crate::handshake) fn seen() -> Seen {
    let pushed = [group("00g1", "OKTA_GROUP", "access-admins"), group("00g2", "APP_GROUP", "access-admins")];
    Seen {
        login_method: Ok(Some(login_method(json!({})))),
        org: Ok(vec![ORG.to_owned(), "https://login.acme.example".to_owned()]),
        metadata: Ok(Some(Metadata { issuer: ORG.to_owned() })),
        oidc_app: Ok(Some(oidc_app(json!({})))),
        oidc_users: Ok(vec![user("ada@acme.example", "ada@acme.example")]),
        secret: Ok(Secret::Accepted),
        claim: Ok(Some(claim("STARTS_WITH", "access-"))),
        scopes: Err(Unread::Skipped(String::new())),
        groups: Ok(Groups {
            by_id: pushed.into_iter().map(|group| (group.id.clone(), group)).collect(),
            complete: true,
        }),
        memberships: Err(Unread::Skipped(String::new())),
        has_api_token: None,
        scim_app: Ok(Some(scim_app(json!({})))),
        scim_users: Ok(vec![user("ada@acme.example", "ada@acme.example")]),
        connection: Ok(Some(of(json!({"status": "ENABLED", "baseUrl": SCIM})))),
        mappings: Ok(vec![of(mapping("ACTIVE"))]),
        unassigned: BTreeSet::new(),
        events: Ok(vec![of(event("SUCCESS", "application.provision.user.push", "00u1"))]),
    }
}

/// What Okta would have to send for this.
pub(in crate::handshake) fn of<T: serde::de::DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

/// The login method, with some fields set otherwise.
pub(in crate::handshake) fn login_method(other: Value) -> IdentityProvider {
    let mut document = document(json!({
        "id": "1d", "type": "okta", "name": "Okta",
        "config": {"client_id": "0oa1", "okta_account": ORG, "pkce_enabled": true, "redirect_url": CALLBACK},
        "scim_config": {"enabled": true, "scim_base_url": SCIM},
    }));
    set(&mut document, other);
    IdentityProvider { document, ..IdentityProvider::default() }
}

/// The app that people log in with, with some fields set otherwise.
pub(in crate::handshake) fn oidc_app(other: Value) -> App {
    app(
        json!({
            "id": "0oa1", "name": "oidc_client", "label": "Access", "status": "ACTIVE", "signOnMode": "OPENID_CONNECT",
            "credentials": {"oauthClient": {"client_id": "0oa1", "pkce_required": true}},
            "settings": {"implicitAssignment": false,
                "oauthClient": {"redirect_uris": [CALLBACK], "wildcard_redirect": "DISABLED"}},
        }),
        other,
    )
}

/// The SCIM app, with some fields set otherwise.
pub(in crate::handshake) fn scim_app(other: Value) -> App {
    app(
        json!({
            "id": "0oa2", "name": "scim2headerauth", "label": "Access SCIM", "status": "ACTIVE",
            "features": ["SCIM_PROVISIONING", "PUSH_NEW_USERS", "GROUP_PUSH"],
            "credentials": {"userNameTemplate": {"template": "${source.email}"}},
        }),
        other,
    )
}

fn app(document_of: Value, other: Value) -> App {
    let mut document = document(document_of);
    set(&mut document, other);
    App { document, client_secret: None }
}

fn document(json: Value) -> Document {
    Document::from_value(json).unwrap()
}

/// Fields by their dotted paths.
fn set(document: &mut Document, other: Value) {
    for (path, value) in other.as_object().unwrap() {
        document.set(path, value.clone());
    }
}

/// A person of an app.
pub(in crate::handshake) fn user(user_name: &str, email: &str) -> AppUser {
    of(json!({"id": "00u1", "scope": "USER", "credentials": {"userName": user_name}, "profile": {"email": email}}))
}

/// A filter of group names as the claim `groups`.
pub(in crate::handshake) fn claim(filter_type: &str, value: &str) -> GroupsClaim {
    let rule = ClaimRule::Filter { filter_type: filter_type.to_owned(), value: value.to_owned() };
    GroupsClaim { name: "groups".to_owned(), rule }
}

/// A group.
pub(in crate::handshake) fn group(id: &str, kind: &str, name: &str) -> Group {
    let profile = api::groups::GroupProfile { name: name.to_owned(), description: None };
    Group { id: id.to_owned(), kind: kind.to_owned(), profile }
}

/// The mapping of the pushed group.
pub(in crate::handshake) fn mapping(status: &str) -> Value {
    json!({"id": "gPm1", "sourceGroupId": "00g1", "targetGroupId": "00g2", "status": status})
}

/// An event about a person or group of the SCIM app.
pub(in crate::handshake) fn event(result: &str, event_type: &str, target: &str) -> Value {
    json!({
        "uuid": "1", "published": "2026-03-25T06:09:58.000Z", "eventType": event_type, "displayMessage": "Push user",
        "outcome": {"result": result, "reason": if result == "FAILURE" { Some("Unauthorized") } else { None }},
        "target": [{"id": "0oa2", "type": "AppInstance", "displayName": "Access SCIM"},
            {"id": target, "type": "User", "displayName": target, "alternateId": target}],
    })
}
