//! What is in Cloudflare.

use serde_json::json;

use crate::attributes::Kind;
use crate::{Bad, Table, bad, long, timeouts};

pub(crate) fn tables() -> Vec<Table> {
    let mut all = vec![okta_idp(), scim_config(), list()];
    all.extend(data_sources());
    all.extend(identities());
    all
}

fn identities() -> Vec<Table> {
    let (account, uuid) = ("0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdef");
    let row = |path, value, says| bad(path, value, says).summary("Not the identity of an identity provider");
    // Empty, no id, an id of Okta's, and one that would lead to another address.
    let wrong =
        |path| ["", "Okta", "0oa00000000000000000", "a/b", "../x"].map(|id| row(path, id.into(), "0 to 9 and a to f"));
    let missing = |path| row(path, json!(null), "There is none");
    let table = |name, good, rows| Table { kind: Kind::Identity(name), good, rows, free: vec![] };
    let mut idp: Vec<Bad> = [wrong("account_id"), wrong("id")].into_iter().flatten().collect();
    // Without the account it is in the zone.
    idp.extend(wrong("zone_id").map(|row| row.beside(json!({"account_id": null}))));
    idp.push(missing("id"));
    idp.push(bad("zone_id", account, "leave out account_id or zone_id").summary("Both an account and a zone"));
    idp.push(bad("account_id", json!(null), "account").summary("The account is not known yet").at(""));
    let mut scim: Vec<Bad> = [wrong("account_id"), wrong("identity_provider_id")].into_iter().flatten().collect();
    scim.push(missing("identity_provider_id"));
    scim.push(bad("account_id", json!(null), "account").summary("The account is not known yet").at(""));
    vec![
        table("zt_okta_idp", json!({"account_id": account, "id": uuid}), idp),
        table("zt_scim_config", json!({"account_id": account, "identity_provider_id": uuid}), scim),
    ]
}

/// Account and zone: which of them an object is in.
pub(crate) fn place() -> Vec<Bad> {
    vec![
        bad("account_id", "", "1 to 64"),
        bad("account_id", long(), "1 to 64"),
        bad("zone_id", "", "1 to 64"),
        bad("zone_id", "z", "leave out account_id or zone_id")
            .beside(json!({"account_id": "a"}))
            .summary("Both an account and a zone"),
    ]
}

fn orgs() -> Vec<Bad> {
    let path = "okta_account";
    vec![
        bad(path, "", "https://"),
        bad(path, "acme", "https://acme.okta.com"),
        bad(path, "acme.okta.com", "https://acme.okta.com"),
        bad(path, "http://acme.okta.com", "https://acme.okta.com"),
        bad(path, "https://acme-admin.okta.com", "Admin Console"),
        bad(path, "https://acme.okta.com/oauth2/default", "nothing after the host name"),
        bad(path, "https://user:secret@acme.okta.com", "User and password"),
        bad(path, "ftp://acme.okta.com", "https://acme.okta.com"),
    ]
}

fn okta_idp() -> Table {
    let none = || json!({"client_secret": null});
    let with = |more: serde_json::Value| {
        let mut all = none();
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let managed = || with(json!({"managed_client_secret": {"app_id": "a", "secret_id": "s"}}));
    let rows = [
        place(),
        orgs(),
        timeouts(),
        vec![
            bad("name", "", "1 to 255"),
            bad("client_id", "", "1 to 255"),
            bad("client_secret", "", "1 to 1024"),
            bad("client_secret", long(), "1 to 1024"),
            bad("client_secret_wo", "", "1 to 1024").beside(with(json!({"client_secret_wo_version": "1"}))),
            bad("client_secret_wo", "secret-of-mine", "client_secret_wo_version")
                .beside(none())
                .summary("client_secret_wo needs a version"),
            bad("client_secret_wo_version", "", "1 to 255").beside(with(json!({"client_secret_wo": "s"}))),
            bad("api_token", "", "1 to 1024"),
            bad("api_token_wo", "", "1 to 1024").beside(json!({"api_token_wo_version": "1"})),
            bad("api_token_wo_version", "", "1 to 255").beside(json!({"api_token_wo": "t"})),
            bad("authorization_server_id", "", "1 to 255"),
            bad("claims", json!([""]), "1 to 255"),
            bad("email_claim_name", "", "1 to 255"),
            bad("managed_client_secret.app_id", "", "1 to 255").beside(managed()),
            bad("managed_client_secret.secret_id", "", "1 to 255").beside(managed()),
        ],
    ];
    Table {
        kind: Kind::Resource("zt_okta_idp"),
        good: json!({
            "name": "Okta",
            "okta_account": "https://acme.okta.com",
            "client_id": "0oa",
            "client_secret": "s",
        }),
        rows: rows.into_iter().flatten().collect(),
        free: vec![],
    }
}

fn scim_config() -> Table {
    let rows = [
        timeouts(),
        vec![
            bad("account_id", "", "1 to 64"),
            bad("identity_provider_id", "", "1 to 64"),
            bad("identity_update_behavior", "sometimes", "no_action"),
            bad("seat_deprovision", true, "user_deprovision").summary("A seat is freed only together with its user"),
        ],
    ];
    Table {
        kind: Kind::Resource("zt_scim_config"),
        good: json!({"identity_provider_id": "i"}),
        rows: rows.into_iter().flatten().collect(),
        free: vec![("rotation_trigger", "only whether it changes matters, not what it is")],
    }
}

fn list() -> Table {
    let mut rows = place();
    rows.extend(orgs());
    rows.push(bad("name_prefix", "", "1 to 255"));
    Table { kind: Kind::List("zt_okta_idp"), good: json!({}), rows, free: vec![] }
}

fn data_sources() -> Vec<Table> {
    let received = || vec![bad("account_id", "", "1 to 64"), bad("identity_provider_id", "", "1 to 64")];
    let mut users = received();
    users.push(bad("email", "", "1 to 320"));
    let mut idp = place();
    idp.extend([
        bad("id", "", "1 to 64").beside(json!({"name": null})),
        bad("name", "", "1 to 255"),
        bad("name", json!(null), "Set id or name").summary("Nothing to look up").at(""),
        bad("name", "x", "remove one of the two").beside(json!({"id": "i"})).summary("Looked up in two ways"),
    ]);
    let table = |name, good, rows| Table { kind: Kind::DataSource(name), good, rows, free: vec![] };
    vec![
        table("zt_okta_idp", json!({"name": "Okta"}), idp),
        table("zt_organization", json!({}), vec![bad("account_id", "", "1 to 64")]),
        table("zt_scim_users", json!({"identity_provider_id": "i"}), users),
        table("zt_scim_groups", json!({"identity_provider_id": "i"}), received()),
    ]
}
