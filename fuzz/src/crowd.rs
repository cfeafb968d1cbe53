//! Many objects that are read at the same time, as the reads of one plan are, and what must hold of each of them.
//!
//! Reads share lists and answers, so what one of them is told reaches others. A vendor that lies about an object wherever it
//! is asked cannot be found out. But what looks like a change or a loss is read from the object itself: so whoever was told
//! nothing wrong there must end with the state that there was.

use std::collections::BTreeSet;

use arbitrary::{Result, Unstructured};
use axum::body::{Body, Bytes};
use http::response::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use zt::framework::msgpack;
use zt::framework::value::Value as Held;
use zt::mock::{Side, cloudflare};
use zt::proto::tfplugin6::DynamicValue;

use crate::documents;
use crate::terraform::{Kind, Outcome, Terraform};
use crate::vendors::{Answered, Snapshot, Vendors, identity_provider, oidc_app, scim_app, spoiled};

/// How many there are of each kind.
const SIZE: usize = 20;
/// Requests for lists that a read may lead to: the list of its kind and the one of its group, each asked for twice. More would
/// be going in circles; how few it should be is for the tests of shared lists.
const LISTS_PER_READ: usize = 4;
/// The kinds whose reads share lists.
const SHARING: [&str; 4] = ["zt_okta_idp", "zt_scim_config", "okta_oidc_app", "okta_scim_app"];

/// An object, as Terraform knows it.
struct Member {
    kind: &'static str,
    id: String,
    state: Option<DynamicValue>,
    private: Vec<u8>,
}

/// Many objects.
pub struct Crowd {
    snapshot: Snapshot,
    members: Vec<Member>,
}

impl Crowd {
    /// Makes them at the vendors and imports them.
    pub fn gather(vendors: &Vendors) -> Self {
        let made = vendors.terraform.block_on(make(vendors));
        let mut members = Vec::new();
        for (kind, id) in made {
            let terraform = &vendors.terraform;
            let of = resource(terraform, kind);
            let mut known = terraform.import(of, id.clone(), None);
            // The first read takes up what is there, and the second one has nothing to add.
            for _ in 0..2 {
                assert!(!known.failed, "{kind} {id} cannot be imported");
                known = terraform.read(of, known.value, known.private);
            }
            members.push(Member { kind, id, state: known.value, private: known.private });
        }
        Self { snapshot: vendors.snapshot(), members }
    }
}

fn resource<'a>(terraform: &'a Terraform, name: &str) -> &'a Kind {
    let found = terraform.resources().iter().find(|kind| kind.name == name);
    found.unwrap_or_else(|| panic!("there is no {name}"))
}

/// The types and ids of what is made.
async fn make(vendors: &Vendors) -> Vec<(&'static str, String)> {
    let id = |document: &Value| document["id"].as_str().unwrap_or_default().to_owned();
    let group = vendors.mock().okta().group_id("Engineering").unwrap_or_default();
    let mut made = Vec::new();
    for number in 0..SIZE {
        for (kind, mut app) in [("okta_oidc_app", oidc_app()), ("okta_scim_app", scim_app())] {
            app["label"] = format!("{kind} {number}").into();
            let app = id(&vendors.make(Side::Okta, "/api/v1/apps", app).await);
            let assignment = format!("/api/v1/apps/{app}/groups/{group}");
            vendors.ask(Method::PUT, Side::Okta, &assignment, json!({})).await;
            made.push((kind, app));
        }
        let mut provider = identity_provider(vendors.mock().org_url());
        provider["name"] = format!("Okta {number}").into();
        let provider = vendors.make(Side::Cloudflare, &identity_providers(vendors), provider).await;
        made.extend(["zt_okta_idp", "zt_scim_config"].map(|kind| (kind, id(&provider["result"]))));
    }
    made
}

fn identity_providers(vendors: &Vendors) -> String {
    format!("{}/accounts/{}/access/identity_providers", cloudflare::BASE_PATH, vendors.mock().account_id())
}

/// Reads many objects at once, some of which are gone, and judges what is said of each.
pub fn read(vendors: &Vendors, u: &mut Unstructured<'_>, tape: &[u8]) -> Result<()> {
    let crowd = vendors.crowd();
    // Login methods and their SCIM settings are in one list.
    let kinds: &[&str] = match u.int_in_range(0..=3)? {
        0 => &SHARING[..2],
        1 => &SHARING[2..3],
        2 => &SHARING[3..],
        _ => &SHARING,
    };
    let eligible: Vec<&Member> = crowd.members.iter().filter(|member| kinds.contains(&member.kind)).collect();
    let first = u.choose_index(eligible.len())?;
    let mut asked: Vec<&Member> = eligible.iter().cycle().skip(first).take(SIZE).copied().collect();
    for _ in 0..u.int_in_range(0..=3)? {
        // One that is read twice.
        asked.push(u.choose(&asked)?);
    }
    let mut gone = BTreeSet::new();
    for _ in 0..u.int_in_range(0..=3)? {
        gone.insert(u.choose(&asked)?.id.as_str());
    }
    vendors.set(&crowd.snapshot);
    vendors.terraform.block_on(async {
        for id in &gone {
            remove(vendors, id).await;
        }
    });
    vendors.answer_a_crowd(tape);
    let terraform = &vendors.terraform;
    let reads = asked.iter().map(|m| (resource(terraform, m.kind), m.state.clone(), m.private.clone())).collect();
    let outcomes = terraform.read_together(reads);
    let answered = vendors.answered();
    for (member, outcome) in asked.iter().zip(&outcomes) {
        judge(terraform, member, outcome, gone.contains(member.id.as_str()), &answered);
    }
    let ids: Vec<&str> = asked.iter().map(|member| member.id.as_str()).collect();
    let lists = answered.iter().filter(|one| is_list(&one.path)).count();
    assert!(lists <= LISTS_PER_READ * asked.len(), "{lists} requests for lists, for {} reads", asked.len());
    let some_read = outcomes.iter().any(|outcome| !outcome.failed);
    let alone = answered.iter().any(|one| ids.iter().any(|id| names(&one.path, id)));
    assert!(!some_read || alone, "objects were taken from a list, and none was read alone");
    Ok(())
}

/// Takes an object away at the vendor.
async fn remove(vendors: &Vendors, id: &str) {
    if id.starts_with("0oa") {
        let app = format!("/api/v1/apps/{id}");
        vendors.ask(Method::POST, Side::Okta, &format!("{app}/lifecycle/deactivate"), json!({})).await;
        vendors.ask(Method::DELETE, Side::Okta, &app, json!({})).await;
    } else {
        let path = format!("{}/{id}", identity_providers(vendors));
        vendors.ask(Method::DELETE, Side::Cloudflare, &path, json!({})).await;
    }
}

fn names(path: &str, id: &str) -> bool {
    path.split('/').any(|segment| segment == id)
}

fn is_list(path: &str) -> bool {
    path.ends_with("/apps") || path.ends_with("/identity_providers")
}

/// What must hold of a read, given what was answered meanwhile.
fn judge(terraform: &Terraform, member: &Member, outcome: &Outcome, gone: bool, answered: &[Answered]) {
    let Member { kind, id, .. } = member;
    let decoded = |value: &Option<DynamicValue>| {
        let ty = &resource(terraform, kind).ty;
        value.as_ref().and_then(|value| msgpack::decode(&value.msgpack, ty).ok()).unwrap_or_default()
    };
    let (before, after) = (decoded(&member.state), decoded(&outcome.value));
    if outcome.failed {
        assert!(after == before, "{kind} {id}: a read that failed changed the state");
        return;
    }
    let lied_about = answered.iter().any(|one| !one.honest && names(&one.path, id));
    if after.is_null() {
        assert!(gone || lied_about, "{kind} {id} is there, and nothing said otherwise but a list: it was read as gone");
        return;
    }
    assert!(after.get("id") == before.get("id"), "{kind} {id} was read as {:?}", after.get("id"));
    if gone {
        let a_list_lied = answered.iter().any(|one| !one.honest && is_list(&one.path));
        assert!(lied_about || a_list_lied, "{kind} {id} is gone, and was read as if it were there");
    } else if !lied_about {
        let (before, after) = (own(before), own(after));
        assert!(after == before, "{kind} {id} changed, and only others were lied about: {before:?} {after:?}");
    }
}

/// All but what is judged by more than the object itself.
fn own(state: Held) -> Held {
    let Held::Object(mut attributes) = state else { return state };
    attributes.retain(|name, _| !name.ends_with("_status"));
    Held::Object(attributes)
}

/// An answer in which somebody else's writes show, or which is wrong about its members; `None` for the answer as it is.
pub fn tampered(u: &mut Unstructured<'_>, parts: &mut Parts, path: &str, body: &Bytes) -> Result<Option<Body>> {
    if u.is_empty() {
        return Ok(None);
    }
    let how = u.int_in_range(0..=9)?;
    // Lists are few, and most of what is told here is about them.
    if how < if is_list(path) { 2 } else { 6 } {
        return Ok(None);
    }
    if how == 6 {
        return spoiled(u, parts, body);
    }
    if how == 7 {
        parts.status = *u.choose(&[StatusCode::NOT_FOUND, StatusCode::SERVICE_UNAVAILABLE, StatusCode::FORBIDDEN])?;
        return Ok(Some(Body::from(body.clone())));
    }
    let mut document: Value = serde_json::from_slice(body).unwrap_or_default();
    if how == 8 && is_list(path) {
        // The next page is this one again.
        let next = format!("<{path}?after=again>; rel=\"next\"");
        parts.headers.insert(header::LINK, HeaderValue::try_from(next).unwrap_or(HeaderValue::from_static("")));
        if let Some(info) = document.get_mut("result_info") {
            *info = json!({"page": 1, "per_page": 1, "count": 1, "total_count": 9999, "total_pages": 9999});
        }
    }
    let content = match document.get_mut("result") {
        Some(result) => result,
        None => &mut document,
    };
    match content {
        Value::Array(members) => {
            for _ in 0..u.int_in_range(1..=6)? {
                shuffle(u, members)?;
            }
        }
        object if how == 8 => documents::spoil(u, object)?,
        object => {
            if let Some(id) = object.get_mut("id") {
                *id = swapped(id.as_str().unwrap_or_default()).into();
            }
        }
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Some(Body::from(document.to_string())))
}

/// Members twice, missing, in another order, under the id of another one, or not as they are.
fn shuffle(u: &mut Unstructured<'_>, members: &mut Vec<Value>) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    let (one, other) = (u.choose_index(members.len())?, u.choose_index(members.len())?);
    match u.int_in_range(0..=5)? {
        0 => members.insert(other, members[one].clone()),
        1 => drop(members.remove(one)),
        2 => members.reverse(),
        3 => members.truncate(one),
        4 => {
            let id = members[one]["id"].clone();
            members[other]["id"] = id;
        }
        _ => {
            let name = if members[one].get("label").is_some() { "label" } else { "name" };
            members[one][name] = "Another name".into();
        }
    }
    Ok(())
}

/// Another id of the same form.
fn swapped(id: &str) -> String {
    let (head, last) = id.split_at(id.len().saturating_sub(1));
    format!("{head}{}", if last == "0" { "1" } else { "0" })
}
