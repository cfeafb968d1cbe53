//! What in Access names an identity provider: applications, reusable policies and groups.
//!
//! Cloudflare's reference: "Zero Trust > Access > Applications", "> Policies", "> Groups". The routes, `allowed_idps` and
//! the members of rules are those of the reference, which has no reusable policies for a zone; that the lists show them
//! whole is not verified against a live tenant. Applications and policies take a permission of their own (Access: Apps and Policies Read).

use std::sync::Arc;

use serde_json::Value;

use super::{Client, Scope};
use crate::http::{Document, Error, Request};

/// A list that may name identity providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Noun {
    /// Applications: `allowed_idps`, and the rules of their own policies.
    Applications,
    /// Policies that several applications share.
    Policies,
    /// Groups of rules.
    Groups,
}

impl Noun {
    /// What an account has, or a zone.
    pub fn of(scope: &Scope) -> &'static [Self] {
        match scope {
            Scope::Account(_) => &[Self::Applications, Self::Policies, Self::Groups],
            Scope::Zone(_) => &[Self::Applications, Self::Groups],
        }
    }

    fn segment(self) -> &'static str {
        match self {
            Self::Applications => "apps",
            Self::Policies => "policies",
            Self::Groups => "groups",
        }
    }

    /// What one of them is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Applications => "application",
            Self::Policies => "policy",
            Self::Groups => "group",
        }
    }
}

impl Client {
    /// The names of those that mention an identity provider: an application that allows logging in with it, or a rule
    /// about it or about its groups.
    /// `None` if these credentials may not read them. The list is read once for all identity providers, until this process
    /// writes something.
    pub async fn names_of_uses(&self, scope: &Scope, noun: Noun, id: &str) -> Result<Option<Vec<String>>, Error> {
        let find = self.shared.uses.get((scope.clone(), noun), self.list_that_may_use(scope, noun));
        let Some(all) = self.http.until_the_end("what names identity providers", find).await?? else {
            return Ok(None);
        };
        let used = all.iter().filter(|document| mentions(&document.to_value(), id));
        Ok(Some(used.map(|document| document.str("name").or(document.str("id")).unwrap_or("?").to_owned()).collect()))
    }

    async fn list_that_may_use(&self, scope: &Scope, noun: Noun) -> Result<Option<Arc<Vec<Document>>>, Error> {
        let path = scope.path().into_iter().chain(["access", noun.segment()]);
        match self.list(Request::get(path), 100).await {
            Ok(all) => Ok(Some(Arc::new(all))),
            Err(error) if error.is_forbidden() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether a document names the identity provider where one is named: in `allowed_idps`, in the rule `login_method`, or
/// as the `identity_provider_id` of a rule about groups.
fn mentions(value: &Value, id: &str) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| mentions(item, id)),
        Value::Object(members) => members.iter().any(|(name, member)| match name.as_str() {
            "allowed_idps" => member.as_array().is_some_and(|all| all.iter().any(|one| one.as_str() == Some(id))),
            "login_method" => member.get("id").and_then(Value::as_str) == Some(id),
            "identity_provider_id" => member.as_str() == Some(id),
            _ => mentions(member, id),
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_identity_provider_is_found_wherever_one_is_named() {
        for document in [
            json!({"allowed_idps": ["x", "1d"]}),
            json!({"include": [{"everyone": {}}], "require": [{"login_method": {"id": "1d"}}]}),
            json!({"policies": [{"exclude": [{"okta": {"name": "admins", "identity_provider_id": "1d"}}]}]}),
        ] {
            assert!(mentions(&document, "1d"), "{document}");
            assert!(!mentions(&document, "x1d"));
        }
        assert!(!mentions(&json!({"id": "1d", "name": "1d", "allowed_idps": []}), "1d"));
    }
}
