//! Which requests Okta counts together.
//!
//! It limits groups of endpoints, like `/api/v1/apps` and `/api/v1/apps/{id}`, each by itself
//! (<https://developer.okta.com/docs/reference/rl-global-mgmt/>). Answers tell how many requests are left, and not of
//! which group; the list of groups differs between orgs. So the groups here are told from the path alone, and as small as
//! they can be: what is one group here may share a limit with another at Okta, and then the answers of each say so as
//! well, whereas two of Okta's in one of ours would contradict each other. That everything below `/api/v1/apps/{id}`
//! counts together is what recorded answers show; for the other nouns it is not verified against a live tenant.

/// The group of endpoints that `path` belongs to, written like a path.
pub(super) fn group(path: &str) -> String {
    let mut parts = path.trim_matches('/').split('/');
    match [parts.next(), parts.next(), parts.next(), parts.next()] {
        // Routes of the console: one limit for all.
        [Some("api"), Some("v1"), Some("internal"), _] => "/api/v1/internal".to_owned(),
        [Some("api"), Some("v1"), Some(noun), None] => format!("/api/v1/{noun}"),
        [Some("api"), Some("v1"), Some(noun), Some(_)] => format!("/api/v1/{noun}/{{id}}"),
        // Tokens, introspection, keys: of whichever authorization server.
        [Some("oauth2"), Some(_), ..] => format!("/oauth2/{}", path.rsplit('/').next().unwrap_or_default()),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_together_has_one_name() {
        for (path, name) in [
            ("/api/v1/apps", "/api/v1/apps"),
            ("/api/v1/apps/0oa1", "/api/v1/apps/{id}"),
            ("/api/v1/apps/0oa2/credentials/secrets/ocs1/lifecycle/activate", "/api/v1/apps/{id}"),
            ("/api/v1/groups/00g1", "/api/v1/groups/{id}"),
            ("/api/v1/internal/apps/0oa1/settings", "/api/v1/internal"),
            ("/api/v1/logs", "/api/v1/logs"),
            ("/oauth2/v1/token", "/oauth2/token"),
            ("/oauth2/aus1/v1/introspect", "/oauth2/introspect"),
            ("/.well-known/okta-organization", ""),
            ("/", ""),
        ] {
            assert_eq!(group(path), name, "{path}");
        }
    }
}
