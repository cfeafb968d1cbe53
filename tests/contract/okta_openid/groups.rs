//! The groups claim.

use serde_json::json;

use super::{ADA, Party};

async fn groups(party: &Party) -> serde_json::Value {
    let tokens = party.tokens(party.request()).await;
    party.verified(&tokens).await.remove("groups").unwrap_or_default()
}

#[tokio::test]
async fn each_filter_picks_names_in_its_own_way() {
    let party = Party::new().await;
    for (kind, value, expected) in [
        ("EQUALS", "Engineering", json!(["Engineering"])),
        ("EQUALS", "engineering", json!([])),
        ("STARTS_WITH", "Zero", json!(["Zero Trust Users"])),
        ("CONTAINS", "e", json!(["Everyone", "Engineering", "Zero Trust Users"])),
        ("REGEX", ".*", json!(["Everyone", "Engineering", "Zero Trust Users"])),
        ("REGEX", "E.*g", json!(["Engineering"])),
        ("REGEX", "Zero", json!([])),
    ] {
        party.groups_claim(kind, value).await;
        assert_eq!(groups(&party).await, expected, "{kind} {value}");
    }
}

#[tokio::test]
async fn without_the_scope_there_is_no_claim() {
    let party = Party::new().await;
    party.groups_claim("REGEX", ".*").await;
    let tokens = party.tokens(party.request().with("scope", "openid profile")).await;
    assert!(!party.verified(&tokens).await.contains_key("groups"));
}

#[tokio::test]
async fn the_code_flow_of_the_org_knows_no_limit() {
    let party = Party::new().await;
    party.groups_claim("STARTS_WITH", "Many").await;
    let ada = party.user_id(ADA);
    for number in 0..101 {
        let name = format!("Many {number}");
        let group = party.org.post("/api/v1/groups", json!({"profile": {"name": name}})).await;
        let path = format!("/api/v1/groups/{}/users/{ada}", group["id"].as_str().unwrap());
        party.org.nothing(reqwest::Method::PUT, &path, 204).await;
    }
    assert_eq!(groups(&party).await.as_array().unwrap().len(), 101);
}
