//! Okta's ids: their form, the one that a state cannot be without, and the one that an import is given.

use crate::framework::{
    diagnostic::{Diagnostic, Result},
    model::Attr,
    path::Path,
    resource::ImportKey,
    schema::required,
    value::Value,
};
use crate::{model, path};

model! {
    /// What identifies an app.
    pub struct AppIdentity {
        /// Okta's id of the app.
        id: String = required(),
    }
}

/// Whether a value has the form of Okta's ids: a prefix for the noun, 20 letters and digits in all.
///
/// # Errors
/// What it should be, for a person; `instead` says where to find it.
pub fn check(value: &Value, prefix: &str, noun: &str, instead: &str) -> Result<(), String> {
    match value.as_str() {
        Some(id) if id.len() == 20 && id.starts_with(prefix) && id.chars().all(|c| c.is_ascii_alphanumeric()) => Ok(()),
        Some(text) => Err(format!(
            "{text:?} is not the id of {noun}: those begin with {prefix} and have 20 letters and digits. {instead}."
        )),
        None => Ok(()),
    }
}

/// The id in a state of `resource`, like `okta_oidc_app`.
///
/// # Errors
/// There is none. Asking Okta for "" would be asking for something else, and its answer would be taken for ours.
pub fn known<'a>(id: &'a Attr<String>, resource: &str) -> Result<&'a str> {
    id.text().filter(|id| !id.is_empty()).ok_or_else(|| {
        Diagnostic::error(
            format!("The state of {resource} has no id"),
            "Without it the object in Okta cannot be found. The state is damaged, or was edited by hand: go back to an \
             earlier version of it, or take the resource out of it (terraform state rm) and import the object again.",
        )
        .into()
    })
}

/// The id of the app to import.
///
/// # Errors
/// It cannot be one.
pub fn imported_app(key: ImportKey<AppIdentity>) -> Result<String> {
    let (id, at) = match key {
        ImportKey::Id(id) => (Attr::Known(id), Path::root()),
        ImportKey::Identity(identity) => (identity.id, path!(AppIdentity.id)),
    };
    let refused = |problem: String| Diagnostic::error("Not the id of an Okta app", problem).at(at.clone());
    let id = id.into_known().ok_or_else(|| refused("There is none.".to_owned()))?;
    let instead = "It stands at the end of the address of the app's page in Okta's console";
    check(&Value::string(id.as_str()), "0oa", "an Okta app", instead).map_err(refused)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_without_an_id_is_an_error_that_names_the_resource() {
        assert_eq!(known(&"0oa1".into(), "okta_oidc_app").unwrap(), "0oa1");
        for id in [Attr::Null, Attr::Unknown, "".into()] {
            let error = known(&id, "okta_oidc_app").unwrap_err().into_iter().next().unwrap();
            assert!(error.summary.contains("okta_oidc_app") && error.detail.contains("state rm"), "{error:?}");
        }
    }

    #[test]
    fn what_cannot_be_the_id_of_an_app_is_not_imported() {
        let by_id = |id: &str| imported_app(ImportKey::Id(id.to_owned()));
        assert_eq!(by_id("0oa1a2b3c4d5e6f7g8h9").unwrap(), "0oa1a2b3c4d5e6f7g8h9");
        for wrong in ["", "Access", "00g1a2b3c4d5e6f7g8h9", "0oa1a2b3c4d5e6f7g8h9/x", "0oa1a2b3c4d5e6f7g8h99"] {
            let error = by_id(wrong).unwrap_err().into_iter().next().unwrap();
            assert!(error.detail.contains("0oa") && error.detail.contains("console"), "{wrong}: {error:?}");
        }
        let identity = |id| imported_app(ImportKey::Identity(AppIdentity { id }));
        assert!(identity("0oa1a2b3c4d5e6f7g8h9".into()).is_ok());
        let error = identity(Attr::Null).unwrap_err().into_iter().next().unwrap();
        assert_eq!(error.path, path!(AppIdentity.id));
    }
}
