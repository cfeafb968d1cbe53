//! The login: Cloudflare's login method, Okta's app, and what they have to agree on.

use super::Verdict;
use crate::cloudflare::api::identity_providers::IdentityProvider;
use crate::cloudflare::okta_side::listed;
use crate::handshake::readings::{Secret, Seen, Unread, same_org};
use crate::okta::api::Status;
use crate::okta::api::apps::App;
use crate::okta::api::assignments::AppUser;

/// The login method, for the checks that need one.
pub(super) fn method(seen: &Seen) -> Result<&IdentityProvider, Unread> {
    match seen.login_method.as_ref().map_err(Clone::clone)? {
        Some(method) if method.kind() == "okta" => Ok(method),
        _ => Err(Unread::Skipped("There is no login method of the type Okta.".to_owned())),
    }
}

/// The app that people log in with, for the checks that need one.
fn app(seen: &Seen) -> Result<&App, Unread> {
    let found = seen.oidc_app.as_ref().map_err(Clone::clone)?;
    found.as_ref().ok_or_else(|| Unread::Skipped("There is no app of this client id.".to_owned()))
}

pub(super) fn login_method(seen: &Seen) -> Result<Verdict, Unread> {
    Ok(match seen.login_method.as_ref().map_err(Clone::clone)? {
        None => Verdict::fail(
            "Cloudflare has no login method with this id in this account or zone.",
            "Set identity_provider_id to the id of a zt_okta_idp, and account_id or zone_id to where it is.",
        ),
        Some(method) if method.kind() != "okta" => Verdict::fail(
            format!("The login method {:?} is of the type {:?}.", method.name(), method.kind()),
            "Set identity_provider_id to the id of a login method of the type Okta.",
        ),
        Some(method) => Verdict::pass(format!("Cloudflare has the login method {:?}.", method.name())),
    })
}

pub(super) fn discovery(seen: &Seen) -> Result<Verdict, Unread> {
    let method = method(seen)?;
    let account = method.okta_account().unwrap_or_default();
    let addresses = seen.org.as_ref().map_err(Clone::clone)?;
    if !addresses.iter().any(|address| same_org(address, account)) {
        return another_org(seen, account, addresses);
    }
    let server = method.authorization_server_id();
    let Some(metadata) = seen.metadata.as_ref().map_err(Clone::clone)? else {
        let server = server.unwrap_or("of the org itself");
        return Ok(Verdict::fail(
            format!("Okta has no authorization server {server}."),
            "Set authorization_server_id of zt_okta_idp to one that exists (Okta: Security > API), or leave it out.",
        ));
    };
    let path = server.map(|id| format!("/oauth2/{id}")).unwrap_or_default();
    let issuer = metadata.issuer.trim_end_matches('/');
    let of_org = issuer.strip_suffix(path.as_str()).unwrap_or_default();
    if addresses.iter().any(|address| same_org(address, of_org)) {
        return Ok(Verdict::pass(format!("{issuer} issues the tokens.")));
    }
    Ok(Verdict::fail(
        format!("Tokens are issued by {issuer}, and Cloudflare expects {}{path}.", account.trim_end_matches('/')),
        "Set okta_account of zt_okta_idp to the address that issues the tokens, or the issuer of the authorization server to \
         the org's URL.",
    ))
}

/// Another org is none of the provider's business, unless the app is in the provider's.
fn another_org(seen: &Seen, account: &str, addresses: &[String]) -> Result<Verdict, Unread> {
    let own = addresses.first().map(String::as_str).unwrap_or_default();
    let app = app(seen).ok().filter(|app| app.client_id() == method(seen).ok().and_then(IdentityProvider::client_id));
    match app {
        Some(app) => Ok(Verdict::fail(
            format!(
                "Cloudflare sends people to {account}, and the app {:?} of its client id is in {own}.",
                app.label()
            ),
            format!("Set okta_account of zt_okta_idp to {own:?}."),
        )),
        None => Err(Unread::Skipped(format!("{account} is another org than the provider's, {own}."))),
    }
}

pub(super) fn oidc_app(seen: &Seen) -> Result<Verdict, Unread> {
    let method = method(seen)?;
    let client_id = method.client_id().unwrap_or_default();
    let Some(app) = seen.oidc_app.as_ref().map_err(Clone::clone)? else {
        return Ok(Verdict::fail(
            format!("Okta has no app {client_id}."),
            "Set client_id of zt_okta_idp to that of an okta_oidc_app. If the client id was chosen by hand, it is not the \
             app's id: set oidc_app_id as well.",
        ));
    };
    if app.client_id() != Some(client_id) {
        let own = app.client_id().unwrap_or("none");
        return Ok(Verdict::fail(
            format!("Cloudflare has the client id {client_id:?}, and that of the app {:?} is {own:?}.", app.label()),
            "Set client_id of zt_okta_idp to the client_id of the okta_oidc_app, or oidc_app_id to the app that is meant.",
        ));
    }
    standing(app, &seen.oidc_users, "okta_oidc_app", "log in")
}

/// Whether an app is in use and somebody has it.
pub(super) fn standing(
    app: &App,
    users: &Result<Vec<AppUser>, Unread>,
    resource: &str,
    what: &str,
) -> Result<Verdict, Unread> {
    let label = app.label();
    if app.status() != Status::Active {
        return Ok(Verdict::fail(
            format!("The app {label:?} is not active, so nobody can {what}."),
            format!("Set status = \"ACTIVE\" in the {resource}, or activate the app in Okta."),
        ));
    }
    if app.document.bool("settings.implicitAssignment") == Some(true) {
        return Ok(Verdict::pass(format!("The app {label:?} is active, and everybody has it.")));
    }
    if users.as_ref().map_err(Clone::clone)?.is_empty() {
        return Ok(Verdict::fail(
            format!("Nobody is assigned to the app {label:?}, so nobody can {what}."),
            format!("Assign groups with people in them: assigned_group_ids of the {resource}."),
        ));
    }
    Ok(Verdict::pass(format!("The app {label:?} is active, and people are assigned to it.")))
}

pub(super) fn credentials(seen: &Seen) -> Result<Verdict, Unread> {
    method(seen)?;
    Ok(match seen.secret.as_ref().map_err(Clone::clone)? {
        Secret::Accepted => Verdict::pass("Okta accepts the client secret that Cloudflare was given."),
        Secret::Rejected(known) => Verdict::fail(
            format!(
                "Okta does not accept the client secret that Cloudflare was given. Secrets of the app: {}.",
                listed(known)
            ),
            "Hand Cloudflare one that is active: let managed_client_secret of zt_okta_idp name it, or set client_secret to \
             it, and apply.",
        ),
    })
}

pub(super) fn redirect_uri(seen: &Seen) -> Result<Verdict, Unread> {
    let (method, app) = (method(seen)?, app(seen)?);
    let wanted = method.redirect_url().filter(|url| !url.is_empty());
    let wanted =
        wanted.ok_or_else(|| Unread::Skipped("Cloudflare does not say what its redirect URI is.".to_owned()))?;
    let listed = app.document.strings("settings.oauthClient.redirect_uris").unwrap_or_default();
    let wildcards = app.document.str("settings.oauthClient.wildcard_redirect") == Some("SUBDOMAIN");
    let covers = |uri: &String| uri == wanted || wildcards && matches_wildcard(uri, wanted);
    if listed.iter().any(covers) {
        return Ok(Verdict::pass(format!("The app lists {wanted}.")));
    }
    let instead = if listed.is_empty() { "none".to_owned() } else { listed.join(", ") };
    Ok(Verdict::fail(
        format!("The app {:?} does not list {wanted}, so Okta refuses logins. It lists: {instead}.", app.label()),
        "Add it to redirect_uris of the okta_oidc_app: it is the redirect_url of zt_okta_idp.",
    ))
}

/// Okta's wildcards: one `*` in the first label of the host.
fn matches_wildcard(pattern: &str, uri: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return false };
    let inner = uri.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    inner.is_some_and(|inner| !inner.is_empty() && !inner.contains(['.', '/', ':']))
}

pub(super) fn pkce(seen: &Seen) -> Result<Verdict, Unread> {
    let (method, app) = (method(seen)?, app(seen)?);
    let required = app.document.bool("credentials.oauthClient.pkce_required").unwrap_or_default();
    Ok(match (required, method.pkce_enabled()) {
        (true, Some(true)) => Verdict::pass("The app requires PKCE, and Cloudflare uses it."),
        (true, Some(false)) => Verdict::fail(
            format!("The app {:?} requires PKCE, and Cloudflare does not use it, so Okta refuses logins.", app.label()),
            "Set pkce_enabled = true in zt_okta_idp.",
        ),
        // The field is in no published schema.
        (true, None) => Verdict::warn(
            format!("The app {:?} requires PKCE, and Cloudflare does not say whether it uses it.", app.label()),
            "Set pkce_enabled = true in zt_okta_idp, and test the login.",
        ),
        (false, Some(true)) => Verdict::pass("Cloudflare uses PKCE; the app does not require it."),
        (false, _) => Verdict::pass("Neither side uses PKCE."),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Status as S;
    use super::super::healthy::{CALLBACK, ORG, login_method as method_with, oidc_app as app_with, seen};
    use super::*;
    use crate::cloudflare::okta_side::KnownSecret;
    use crate::okta::api::authorization_servers::Metadata;
    use serde_json::{Value, json};

    /// The verdict after one change.
    fn after(decide: fn(&Seen) -> Result<Verdict, Unread>, change: impl FnOnce(&mut Seen)) -> (S, String) {
        let mut seen = seen();
        change(&mut seen);
        let verdict = decide(&seen).unwrap_or_else(Verdict::from);
        assert_eq!(verdict.remedy.is_some(), verdict.status >= S::Warn, "{verdict:?}");
        (verdict.status, verdict.message)
    }

    fn with_method(fields: Value) -> impl FnOnce(&mut Seen) {
        |seen| seen.login_method = Ok(Some(method_with(fields)))
    }

    fn with_app(fields: Value) -> impl FnOnce(&mut Seen) {
        |seen| seen.oidc_app = Ok(Some(app_with(fields)))
    }

    #[test]
    fn a_login_method_that_is_gone_fails_and_nothing_else_does() {
        assert_eq!(after(login_method, |seen| seen.login_method = Ok(None)).0, S::Fail);
        assert_eq!(after(login_method, with_method(json!({"type": "saml"}))).0, S::Fail);
        for decide in [discovery, oidc_app, credentials, redirect_uri, pkce] {
            assert_eq!(after(decide, |seen| seen.login_method = Ok(None)).0, S::Skipped);
        }
    }

    #[test]
    fn an_app_that_is_gone_fails_once() {
        let gone = |seen: &mut Seen| seen.oidc_app = Ok(None);
        assert_eq!(after(oidc_app, gone).0, S::Fail);
        for decide in [redirect_uri, pkce] {
            assert_eq!(after(decide, gone).0, S::Skipped);
        }
    }

    #[test]
    fn the_issuer_is_an_address_of_the_org() {
        for (account, server, issuer, status) in [
            (ORG, None, "https://acme.okta.com/", S::Pass),
            ("https://login.acme.example", None, ORG, S::Pass),
            (ORG, Some("default"), "https://acme.okta.com/oauth2/default", S::Pass),
            (ORG, Some("default"), ORG, S::Fail),
            (ORG, None, "https://other.okta.com", S::Fail),
        ] {
            let (found, message) = after(discovery, |seen| {
                let fields = json!({"config.okta_account": account, "config.authorization_server_id": server});
                seen.login_method = Ok(Some(method_with(fields)));
                seen.metadata = Ok(Some(Metadata { issuer: issuer.to_owned() }));
            });
            assert_eq!(found, status, "{account} {server:?} {issuer}: {message}");
        }
        let (status, message) = after(discovery, |seen| {
            seen.login_method = Ok(Some(method_with(json!({"config.authorization_server_id": "aus1"}))));
            seen.metadata = Ok(None);
        });
        assert!(status == S::Fail && message.contains("aus1"), "{message}");
    }

    #[test]
    fn another_org_fails_only_if_the_app_is_in_the_own_one() {
        let elsewhere = json!({"config.okta_account": "https://other.okta.com"});
        let (status, message) = after(discovery, with_method(elsewhere.clone()));
        assert!(status == S::Fail && message.contains(ORG), "{message}");
        for decide in [discovery, oidc_app] {
            let change = |seen: &mut Seen| {
                seen.login_method = Ok(Some(method_with(elsewhere.clone())));
                seen.oidc_app = Err(Unread::Skipped("another org".into()));
            };
            assert_eq!(after(decide, change).0, S::Skipped);
        }
    }

    #[test]
    fn an_app_has_to_be_the_right_one_active_and_assigned() {
        assert_eq!(after(oidc_app, with_app(json!({"credentials.oauthClient.client_id": "0oa9"}))).0, S::Fail);
        assert_eq!(after(oidc_app, with_app(json!({"status": "INACTIVE"}))).0, S::Fail);
        assert_eq!(after(oidc_app, |seen| seen.oidc_users = Ok(Vec::new())).0, S::Fail);
        let implicit = |seen: &mut Seen| {
            seen.oidc_users = Ok(Vec::new());
            seen.oidc_app = Ok(Some(app_with(json!({"settings.implicitAssignment": true}))));
        };
        assert_eq!(after(oidc_app, implicit).0, S::Pass);
    }

    #[test]
    fn a_rejected_secret_tells_of_the_others() {
        let other = KnownSecret { id: "ocs1".into(), created: None, active: true, hash: Some("abc".into()) };
        let (status, message) = after(credentials, |seen| seen.secret = Ok(Secret::Rejected(vec![other])));
        assert!(status == S::Fail && message.contains("ocs1 (active"), "{message}");
    }

    #[test]
    fn the_redirect_uri_is_listed_word_by_word_or_by_a_wildcard_that_is_on() {
        let listing = |uris: Value, wildcard: &str| {
            let fields =
                json!({"settings.oauthClient.redirect_uris": uris, "settings.oauthClient.wildcard_redirect": wildcard});
            after(redirect_uri, with_app(fields)).0
        };
        let wildcard = json!(["https://*.cloudflareaccess.com/cdn-cgi/access/callback"]);
        assert_eq!(listing(json!(["https://a.example/", CALLBACK]), "DISABLED"), S::Pass);
        assert_eq!(listing(wildcard.clone(), "SUBDOMAIN"), S::Pass);
        assert_eq!(listing(wildcard, "DISABLED"), S::Fail);
        assert_eq!(listing(json!([format!("{CALLBACK}/")]), "SUBDOMAIN"), S::Fail);
        assert_eq!(listing(json!([]), "DISABLED"), S::Fail);
        assert_eq!(after(redirect_uri, with_method(json!({"config.redirect_url": null}))).0, S::Skipped);
        assert!(!matches_wildcard("https://*.example.com/x", "https://a.b.example.com/x"));
        assert!(!matches_wildcard("https://*.example.com/x", "https://.example.com/x"));
    }

    #[test]
    fn pkce_fails_only_where_the_app_requires_what_cloudflare_does_not_do() {
        for (required, used, status) in [
            (true, json!(true), S::Pass),
            (true, json!(false), S::Fail),
            (true, json!(null), S::Warn),
            (false, json!(true), S::Pass),
            (false, json!(false), S::Pass),
            (false, json!(null), S::Pass),
        ] {
            let (found, message) = after(pkce, |seen| {
                seen.login_method = Ok(Some(method_with(json!({"config.pkce_enabled": used}))));
                seen.oidc_app = Ok(Some(app_with(json!({"credentials.oauthClient.pkce_required": required}))));
            });
            assert_eq!(found, status, "{required} {used}: {message}");
        }
    }
}
