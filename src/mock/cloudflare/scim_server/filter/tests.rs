//! The grammar and the meaning of filters, as tables.

use serde_json::json;

use super::super::resource_type::USER;
use super::*;

fn ada() -> Members {
    let ada = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "U1",
        "externalId": "00uA",
        "userName": "Ada@acme.example",
        "name": {"familyName": "Lovelace", "givenName": "Ada"},
        "active": true,
        "emails": [
            {"value": "ada@acme.example", "type": "work", "primary": true},
            {"value": "ada@home.example", "type": "home"},
        ],
        "groups": [{"value": "g1", "display": "admins"}],
        "meta": {"resourceType": "User", "lastModified": "2026-03-25T06:09:58Z"},
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R&D", "manager": {"value": "u2"}},
    });
    ada.as_object().unwrap().clone()
}

fn accepts(filter: &str) -> bool {
    parse(filter, Scope::Resource(&USER)).unwrap_or_else(|error| panic!("{filter}: {error}")).accepts(&ada())
}

#[test]
fn filters_that_pass() {
    for filter in [
        r#"userName eq "ada@acme.example""#,
        r#"USERNAME EQ "ADA@ACME.EXAMPLE""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "ada@acme.example""#,
        r#"id eq "U1""#,
        r#"externalId eq "00uA""#,
        r#"userName ne "bob@acme.example""#,
        r#"userName co "ACME""#,
        r#"userName sw "ada@""#,
        r#"userName ew ".example""#,
        r#"userName gt "abc""#,
        r#"userName ge "ada@acme.example""#,
        r#"userName lt "b""#,
        r#"userName le "ada@acme.example""#,
        "userName pr",
        "emails pr",
        "name.familyName pr",
        "active eq true",
        "active ne false",
        "title eq null",
        "userName ne null",
        r#"title ne "Boss""#,
        r#"name.familyName eq "lovelace""#,
        r#"emails eq "ada@home.example""#,
        r#"emails.type eq "home" and emails.primary eq true"#,
        r#"emails[type eq "work" and value co "acme"]"#,
        r#"emails[type eq "work"] and not (active eq false)"#,
        r#"groups.value eq "g1""#,
        r#"meta.lastModified gt "2026-03-25T06:09:57Z""#,
        r#"meta.lastModified eq "2026-03-25T08:09:58+02:00""#,
        r#"meta.lastModified le "2026-03-25T06:09:58.000Z""#,
        r#"meta.resourceType eq "User""#,
        r#"schemas eq "urn:ietf:params:scim:schemas:core:2.0:User""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "r&d""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "u2""#,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "u2""#,
        // `and` binds more than `or`.
        r#"active eq true or active eq false and userName eq "nobody""#,
        r#"userName eq "nobody" and active eq false or active eq true"#,
        r#"(userName eq "nobody" or active eq true) and userName pr"#,
        r#"not (userName eq "nobody") and not(title pr)"#,
        r#"name.givenName eq "\u0041da""#,
        "((((((((userName pr))))))))",
    ] {
        assert!(accepts(filter), "{filter}");
    }
}

#[test]
fn filters_that_do_not_pass() {
    for filter in [
        r#"userName eq "ada""#,
        r#"id eq "u1""#,
        r#"externalId eq "00ua""#,
        r#"meta.resourceType eq "user""#,
        r#"userName ne "ADA@acme.example""#,
        r#"userName gt "b""#,
        "title pr",
        "active eq false",
        "title ne null",
        r#"emails ne "ada@home.example""#,
        r#"emails[type eq "home" and primary eq true]"#,
        r#"emails[type eq "home" and value co "acme"]"#,
        r#"phoneNumbers.value eq "1""#,
        r#"(active eq true or active eq false) and userName eq "nobody""#,
        "not (active eq true or title pr)",
        r#"meta.lastModified lt "2026-03-25T06:09:58Z""#,
    ] {
        assert!(!accepts(filter), "{filter}");
    }
}

#[test]
fn filters_that_are_none() {
    let deep = format!("{}userName pr{}", "(".repeat(40), ")".repeat(40));
    let not_deep = format!("{}userName pr{}", "not (".repeat(40), ")".repeat(40));
    for (filter, error) in [
        ("", "an attribute is missing at the end"),
        ("userName", "an operator is missing at the end"),
        ("userName eq", "a value is missing at the end"),
        ("userName eq ada", "ada is no value"),
        (r#"userName eq "ada"#, "a string does not end"),
        (r#"userName eq "\x""#, "a string is not written as in JSON"),
        (r#"userName is "ada""#, "is is no operator"),
        (r#"userName "eq" "ada""#, r#"an operator is expected instead of "eq""#),
        (r#""userName" eq "ada""#, r#"an attribute is expected instead of "userName""#),
        (r#"shoeSize eq "9""#, "shoeSize is no attribute"),
        (r#"name.shoeSize eq "9""#, "name.shoeSize is no attribute"),
        (r#"name eq "Ada""#, "name cannot be compared as a whole"),
        (r#"password eq "plum""#, "password cannot be compared"),
        ("password pr", "password cannot be compared"),
        (r#"active eq "true""#, r#"active does not compare so with "true""#),
        ("active gt true", "active does not compare so with true"),
        ("userName eq 7", "userName does not compare so with 7"),
        ("userName gt null", "userName does not compare so with null"),
        (r#"meta.lastModified gt "yesterday""#, r#"meta.lastModified does not compare so with "yesterday""#),
        (r#"x509Certificates.value gt "AAAA""#, r#"x509Certificates.value does not compare so with "AAAA""#),
        ("userName pr and", "an attribute is missing at the end"),
        ("userName pr userName pr", "userName is not expected there"),
        ("(userName pr", ") is missing"),
        ("userName pr)", ") is not expected there"),
        ("not userName pr", "not is no attribute"),
        (r#"emails[type eq "work""#, "] is missing"),
        (r#"emails[shoeSize eq "9"]"#, "shoeSize is no attribute"),
        (r#"emails[emails[type eq "work"]]"#, "emails is no attribute"),
        (r#"userName[value eq "9"]"#, "userName has no values to choose from"),
        (r#"emails[type eq "work"].value eq "x""#, ".value is not expected there"),
        (&deep, "more than 32 levels"),
        (&not_deep, "more than 32 levels"),
    ] {
        assert_eq!(parse(filter, Scope::Resource(&USER)).err().as_deref(), Some(error), "{filter}");
    }
}

#[test]
fn an_equality_that_must_hold_is_found() {
    let pinned = |filter: &str| parse(filter, Scope::Resource(&USER)).unwrap().pinned("userName").map(str::to_owned);
    assert_eq!(pinned(r#"active eq true and userName eq "Ada""#).as_deref(), Some("Ada"));
    for open in
        [r#"userName eq "a" or active eq true"#, r#"not (userName eq "a")"#, r#"userName sw "a""#, "userName eq null"]
    {
        assert_eq!(pinned(open), None, "{open}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in r#"([a-zA-Z.]{0,8}|eq|pr|and|or|not|[ ()\[\]"\\]|"[a-z]*"|true){0,24}"#) {
        if let Ok(filter) = parse(&text, Scope::Resource(&USER)) {
            filter.accepts(&ada());
        }
    }
}

#[test]
fn a_chain_may_be_as_long_as_it_likes() {
    for word in ["or", "and"] {
        let chain = vec!["userName pr"; 100_000].join(&format!(" {word} "));
        assert!(accepts(&chain), "{word}");
    }
}
