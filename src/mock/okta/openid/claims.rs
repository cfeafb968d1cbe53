//! What tokens say.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/#id-token>. With an authorization code the
//! org's server gives ID tokens that say everything the scopes ask for, groups included.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::Issuer;
use super::errors::{self, OAuthError};
use super::group_filter::GroupFilter;
use super::issued::Grant;
use super::server_claims::{self, Source};
use crate::mock::ids;
use crate::mock::okta::apps::App;
use crate::mock::okta::org::Org;
use crate::mock::okta::users::User;

/// A custom server's groups claim holds no more; the code flow of the org's own server knows no such limit.
const MOST_GROUPS: usize = 100;

/// How long an ID token is good.
const ID_TOKEN_LIVES: time::Duration = time::Duration::HOUR;

/// Where claims about a person are to be shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    IdToken,
    Userinfo,
}

/// The claims of an ID token that comes with an access token.
pub(super) fn id_token(
    org: &Org,
    issuer: &Issuer,
    app: &App,
    grant: &Grant,
    nonce: Option<&str>,
    access_token: &str,
    now: OffsetDateTime,
) -> Result<Map<String, Value>, OAuthError> {
    let mut claims = about(org, issuer, app, grant, Place::IdToken)?;
    let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    say("ver", json!(1));
    say("iss", json!(issuer.url));
    say("aud", json!(grant.client_id));
    say("iat", json!(now.unix_timestamp()));
    say("exp", json!((now + ID_TOKEN_LIVES).unix_timestamp()));
    say("jti", json!(format!("ID.{}", ids::secret(43))));
    say("amr", json!(["pwd"]));
    say("idp", json!(org.id));
    if let Some(nonce) = nonce {
        say("nonce", json!(nonce));
    }
    if let Some(at) = grant.auth_time {
        say("auth_time", json!(at.unix_timestamp()));
    }
    say("at_hash", json!(half_hash(access_token)));
    Ok(claims)
}

/// What the scopes and the groups claim say about a person.
pub(super) fn about(
    org: &Org,
    issuer: &Issuer,
    app: &App,
    grant: &Grant,
    place: Place,
) -> Result<Map<String, Value>, OAuthError> {
    let user = grant.user_id.as_deref().and_then(|id| org.users.get(id)).ok_or_else(errors::invalid_code)?;
    let mut claims = person(user, grant);
    match issuer.id() {
        None => {
            if let Some((name, groups)) = org_groups(org, app, user, grant)? {
                claims.insert(name, groups);
            }
        }
        Some(id) => {
            let own = org.openid.servers.get(id).into_iter().flat_map(|server| server.claims.iter());
            let wanted = own.filter(|claim| claim.identity && claim.is_for(&grant.scopes));
            for claim in wanted.filter(|claim| claim.always || place == Place::Userinfo) {
                if let Some(value) = evaluated(org, &claim.source, user)? {
                    claims.insert(claim.name.clone(), value);
                }
            }
        }
    }
    Ok(claims)
}

/// What a custom server adds to access tokens for a person.
pub(super) fn resource(
    org: &Org,
    server: Option<&str>,
    grant: &Grant,
    scopes: &[String],
) -> Result<Map<String, Value>, OAuthError> {
    let mut claims = Map::new();
    let user = grant.user_id.as_deref().and_then(|id| org.users.get(id));
    if let (Some(user), Some(server)) = (user, server.and_then(|id| org.openid.servers.get(id))) {
        for claim in server.claims.iter().filter(|claim| !claim.identity && claim.is_for(scopes)) {
            if let Some(value) = evaluated(org, &claim.source, user)? {
                claims.insert(claim.name.clone(), value);
            }
        }
    }
    Ok(claims)
}

fn evaluated(org: &Org, source: &Source, user: &User) -> Result<Option<Value>, OAuthError> {
    match source {
        Source::Attribute(name) => Ok(server_claims::attribute(user, name)),
        Source::Groups(filter) => {
            let groups = filter.groups(org, &user.id);
            if groups.len() > MOST_GROUPS { Err(errors::too_many_groups()) } else { Ok(Some(json!(groups))) }
        }
    }
}

/// The groups claim of an app: in ID tokens of the org's own server, for requests with the scope `groups`. That a
/// person without a matching group gets an empty list is not verified against a live tenant.
fn org_groups(org: &Org, app: &App, user: &User, grant: &Grant) -> Result<Option<(String, Value)>, OAuthError> {
    let setting = |name: &str| app.token_setting.get(name).and_then(Value::as_str);
    let (Some(name), Some(value), true) = (setting("name"), setting("value"), grant.has("groups")) else {
        return Ok(None);
    };
    let groups = match setting("groupFilterType") {
        Some(kind) => {
            let filter = GroupFilter::new(kind, value).ok_or_else(|| errors::claim_not_evaluated(name))?;
            Some(json!(filter.groups(org, &user.id)))
        }
        None => match value.strip_prefix("user.") {
            Some(attribute) => server_claims::attribute(user, attribute),
            None => return Err(errors::claim_not_evaluated(name)),
        },
    };
    Ok(groups.map(|groups| (name.to_owned(), groups)))
}

/// The standard claims, by scope. Attributes without a value are left out.
fn person(user: &User, grant: &Grant) -> Map<String, Value> {
    let attribute = |name: &str| server_claims::attribute(user, name);
    let mut claims = Map::from_iter([("sub".to_owned(), json!(user.id))]);
    let mut say = |name: &str, value: Option<Value>| value.map(|value| claims.insert(name.to_owned(), value));
    if grant.has("profile") {
        say("name", Some(json!(user.full_name())));
        say("nickname", attribute("nickName"));
        say("preferred_username", Some(json!(user.login())));
        say("given_name", attribute("firstName"));
        say("middle_name", attribute("middleName"));
        say("family_name", attribute("lastName"));
        say("profile", attribute("profileUrl"));
        say("zoneinfo", attribute("timezone").or_else(|| Some(json!("America/Los_Angeles"))));
        say("locale", attribute("locale").or_else(|| Some(json!("en_US"))));
        say("updated_at", Some(json!(user.updated.unix_timestamp())));
    }
    if grant.has("email") {
        say("email", attribute("email"));
        say("email_verified", Some(json!(true)));
    }
    if grant.has("phone") {
        say("phone_number", attribute("primaryPhone").or_else(|| attribute("mobilePhone")));
    }
    if grant.has("address") {
        say("address", address(user));
    }
    claims
}

fn address(user: &User) -> Option<Value> {
    let parts = [
        ("street_address", "streetAddress"),
        ("locality", "city"),
        ("region", "state"),
        ("postal_code", "zipCode"),
        ("country", "countryCode"),
    ];
    let known = parts.into_iter();
    let known =
        known.filter_map(|(name, attribute)| Some((name.to_owned(), server_claims::attribute(user, attribute)?)));
    let address: Map<String, Value> = known.collect();
    (!address.is_empty()).then_some(Value::Object(address))
}

/// `at_hash`: the left half of the token's SHA-256.
fn half_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest::digest(&digest::SHA256, token.as_bytes()).as_ref()[..16])
}
