//! What is in Okta.

use serde_json::json;

use crate::attributes::Kind;
use crate::{Bad, Table, bad, long, timeouts};

const APP: &str = "0oa00000000000000000";
const GROUP: &str = "00g00000000000000000";

pub(crate) fn tables() -> Vec<Table> {
    let mut all = vec![oidc_app(), scim_app(), client_secret()];
    all.extend(data_sources());
    all.extend(lists());
    all.extend(identities());
    all
}

/// Ids that are missing, empty, no ids, and ids of something else.
fn ids(path: &'static str, summary: &'static str, prefix: &'static str, foreign: &str) -> Vec<Bad> {
    let missing = bad(path, json!(null), "There is none").summary(summary);
    let wrong = ["", "Access", foreign, "0oa/../../users"].map(|id| bad(path, id, prefix).summary(summary));
    [missing].into_iter().chain(wrong).chain([bad(path, long(), prefix).summary(summary)]).collect()
}

fn identities() -> Vec<Table> {
    let app = |path| ids(path, "Not the id of an Okta app", "begin with 0oa", GROUP);
    let table = |name, good, rows| Table { kind: Kind::Identity(name), good, rows, free: vec![] };
    let mut secret = app("app_id");
    secret.extend(ids("id", "Not the id of a client secret", "begin with ocs", APP));
    vec![
        table("okta_oidc_app", json!({"id": APP}), app("id")),
        table("okta_scim_app", json!({"id": APP}), app("id")),
        table("okta_client_secret", json!({"app_id": APP, "id": "ocs00000000000000000"}), secret),
    ]
}

fn oidc_app() -> Table {
    let claim = |kind: &str, filter: &str| json!({"groups_claim": {"type": kind, "filter_type": filter, "value": "x"}});
    let at = "groups_claim";
    let rows = [
        assigned(),
        timeouts(),
        vec![
            bad("label", "", "1 to 100"),
            bad("label", long(), "1 to 100"),
            bad("redirect_uris", json!([]), "1 or more"),
            bad("redirect_uris", json!(["/callback"]), "Write an absolute URL"),
            bad("redirect_uris", json!(["https://*.*.example/"]), "wildcard"),
            bad("redirect_uris", json!(["https://acme.example/#x"]), "fragment"),
            bad("post_logout_redirect_uris", json!(["bye"]), "Write an absolute URL"),
            bad("grant_types", json!(["code"]), "authorization_code"),
            bad("grant_types", json!(["refresh_token"]), "Add \"authorization_code\"")
                .beside(json!({"response_types": ["code"]}))
                .summary("The response type code needs its grant"),
            bad("response_types", json!(["nonsense"]), "id_token"),
            bad("response_types", json!(["code"]), "Add \"id_token\"")
                .beside(json!({"grant_types": ["authorization_code", "implicit"]}))
                .summary("The grant implicit needs its response type"),
            bad("token_endpoint_auth_method", "none", "client_secret_post"),
            bad("consent_method", "ALWAYS", "REQUIRED"),
            bad("issuer_mode", "ORG", "ORG_URL"),
            bad("authentication_policy", "Any two factors", "rst"),
            bad("status", "active", "\"ACTIVE\", \"INACTIVE\""),
            bad("groups_claim.type", "GROUPS", "FILTER").beside(claim("FILTER", "EQUALS")),
            bad("groups_claim.filter_type", "MATCHES", "STARTS_WITH").beside(claim("FILTER", "EQUALS")),
            bad("groups_claim.filter_type", "REGEX", "Remove filter_type")
                .beside(claim("EXPRESSION", "EQUALS"))
                .summary("An expression has no filter")
                .at(at),
            bad("groups_claim.filter_type", json!(null), "Add filter_type")
                .beside(claim("FILTER", "EQUALS"))
                .summary("The filter of the groups claim is incomplete")
                .at(at),
            bad("groups_claim.value", "", "1 to 1024").beside(claim("FILTER", "EQUALS")),
            bad("groups_claim.value", long(), "1 to 1024").beside(claim("FILTER", "EQUALS")),
            bad("groups_claim.value", "access-(", "STARTS_WITH")
                .beside(claim("FILTER", "REGEX"))
                .summary("The regular expression of the groups claim does not compile")
                .at(at),
            bad("groups_claim.name", "", "1 to 255").beside(claim("FILTER", "EQUALS")),
        ],
    ];
    Table {
        kind: Kind::Resource("okta_oidc_app"),
        good: json!({
            "label": "Access",
            "redirect_uris": ["https://acme.cloudflareaccess.com/cdn-cgi/access/callback"],
            "groups_claim": {"type": "FILTER", "filter_type": "EQUALS", "value": "x"},
        }),
        rows: rows.into_iter().flatten().collect(),
        free: vec![],
    }
}

fn assigned() -> Vec<Bad> {
    vec![
        bad("assigned_group_ids", json!(["Engineering"]), "00g"),
        bad("assigned_group_ids", json!([APP]), "a group"),
        bad("assigned_user_ids", json!(["ada@acme.example"]), "00u"),
    ]
}

fn scim_app() -> Table {
    let no_token = |more: serde_json::Value| {
        let mut all = json!({"scim_token": null});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let managed =
        |more: &str| no_token(json!({"managed_token": {"identity_provider_id": "idp", "rotation_trigger": more}}));
    let url = |url: &str, says| bad("scim_base_url", url, says);
    let twice = json!([{"source_group_id": GROUP}, {"source_group_id": GROUP, "target_group_name": "x"}]);
    let rows = [
        assigned(),
        timeouts(),
        vec![
            bad("label", "", "1 to 100"),
            bad("app_name", "", "1 to 255"),
            bad("user_name_template", "", "1 to 1024"),
            bad("user_name_template", long(), "1 to 1024"),
            bad("status", "OFF", "INACTIVE"),
            bad("provisioning_mode", "manual", "console"),
            url("", "not a URL"),
            url("acme.example/scim", "not a URL"),
            url("https://a_b.example/scim", "underscore"),
            url("http://acme.example/scim", "https"),
            url("ftp://acme.example/scim", "https"),
            url("https://user:pass@acme.example/scim", "user name or password"),
            url("https://acme.example/scim?x=1", "nothing may follow the path"),
            url("https://acme.example/scim/Users", "leave it out"),
            url("https://acme.example/scim//", "slashes"),
            url("https://acme.example/scim\n", "spaces or line breaks"),
            bad("scim_base_url", json!(null), "scim_base_url of a zt_scim_config")
                .summary("The SCIM base URL is missing"),
            bad("scim_token", "", "empty"),
            bad("scim_token", "token-of-mine\n", "chomp"),
            bad("scim_token", json!(null), "managed_token").summary("The SCIM token is missing"),
            bad("scim_token_wo", "token-of-mine\n", "chomp").beside(no_token(json!({"scim_token_wo_version": "1"}))),
            bad("scim_token_wo", "token-of-mine", "scim_token_wo_version = \"1\"")
                .beside(no_token(json!({})))
                .summary("scim_token_wo needs a version"),
            bad("scim_token_wo", "token-of-mine", "remove scim_token_wo")
                .beside(json!({"scim_token_wo_version": "1"}))
                .summary("More than one SCIM token"),
            bad("scim_token_wo_version", "", "1 to 255").beside(no_token(json!({"scim_token_wo": "t"}))),
            bad("scim_token_wo_version", "1", "set scim_token_wo")
                .summary("scim_token_wo_version without scim_token_wo"),
            bad("managed_token.account_id", "", "1 to 64").beside(managed("1")),
            bad("managed_token.identity_provider_id", "", "1 to 64").beside(managed("1")),
            bad("managed_token.rotation_trigger", "", "1 to 255").beside(managed("1")),
            bad("push_groups[].source_group_id", "Engineering", "00g"),
            bad("push_groups", twice, "once").summary("A group is pushed twice"),
            bad("push_groups[].target_group_name", "", "1 to 255")
                .beside(json!({"push_groups": [{"source_group_id": GROUP}]})),
        ],
    ];
    Table {
        kind: Kind::Resource("okta_scim_app"),
        good: json!({
            "label": "Access",
            "scim_base_url": "https://acme.cloudflareaccess.com/populations/a/scim/v2",
            "scim_token": "t",
        }),
        rows: rows.into_iter().flatten().collect(),
        free: vec![],
    }
}

fn client_secret() -> Table {
    let mut rows = timeouts();
    rows.push(bad("app_id", "Access", "0oa"));
    rows.push(bad("app_id", "", "0oa"));
    rows.push(bad("status", "on", "\"ACTIVE\", \"INACTIVE\""));
    Table {
        kind: Kind::Resource("okta_client_secret"),
        good: json!({"app_id": APP}),
        rows,
        free: vec![("keepers", "only whether they change matters, not what they are")],
    }
}

fn data_sources() -> Vec<Table> {
    let neither = |path: &'static str, says| bad(path, json!(null), says).summary("Nothing to look up").at("");
    let both = |path: &'static str, id: &str| {
        bad(path, "x", "remove one of the two").beside(json!({"id": id})).summary("Looked up in two ways")
    };
    let user = "00u00000000000000000";
    let table = |name, good, rows, free| Table { kind: Kind::DataSource(name), good, rows, free };
    vec![
        table(
            "okta_app",
            json!({"label": "Access"}),
            vec![
                bad("id", "Access", "0oa").beside(json!({"label": null})),
                bad("label", "", "1 to 100"),
                neither("label", "Set id or label"),
                both("label", APP),
                bad("name", "", "1 to 255"),
            ],
            vec![],
        ),
        table(
            "okta_group",
            json!({"name": "Engineering"}),
            vec![
                bad("id", "Engineering", "00g").beside(json!({"name": null})),
                bad("type", "OKTA", "OKTA_GROUP"),
                bad("name", "", "1 to 255"),
                neither("name", "Set id or name"),
                both("name", GROUP),
            ],
            vec![],
        ),
        table(
            "okta_user",
            json!({"login": "ada@acme.example"}),
            vec![
                bad("id", "ada@acme.example", "00u").beside(json!({"login": null})),
                bad("login", "", "1 to 255"),
                neither("login", "Set id or login"),
                both("login", user),
            ],
            vec![],
        ),
        table(
            "okta_provisioning_log",
            json!({"app_id": APP}),
            vec![
                bad("app_id", "Access", "0oa"),
                bad("since", "yesterday", "2026-01-31T00:00:00Z"),
                bad("since", "2026-13-01T00:00:00Z", "RFC 3339"),
                bad("limit", 0, "1 and 1000"),
                bad("limit", 1001, "1 and 1000"),
            ],
            vec![],
        ),
        Table {
            kind: Kind::Ephemeral("okta_client_secret"),
            good: json!({"app_id": APP, "secret_id": "ocs00000000000000000"}),
            rows: vec![bad("app_id", "Access", "0oa"), bad("secret_id", "Access", "ocs")],
            free: vec![],
        },
    ]
}

fn lists() -> Vec<Table> {
    let common = || {
        vec![
            bad("label_prefix", "", "1 to 100"),
            bad("status", "on", "\"ACTIVE\", \"INACTIVE\""),
            bad("assigned_group_id", "Engineering", "00g"),
        ]
    };
    let mut scim = common();
    scim.push(bad("app_name", "", "1 to 255"));
    vec![
        Table { kind: Kind::List("okta_oidc_app"), good: json!({}), rows: common(), free: vec![] },
        Table { kind: Kind::List("okta_scim_app"), good: json!({}), rows: scim, free: vec![] },
    ]
}
