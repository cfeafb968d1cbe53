//! Passwords of the org's people.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::errors::{self, Refusal};
use crate::mock::ids;

/// Okta's default policy also asks for kinds of characters and knows common passwords; a test's need not.
const SHORTEST: usize = 8;

/// A password. It does not print, and no document shows it.
#[derive(Clone)]
pub(crate) struct Password(SecretString);

impl Password {
    /// One that nobody has chosen.
    pub(crate) fn random() -> Self {
        Self(ids::secret(24).into())
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        self.0.expose_secret() == text
    }

    /// In clear, for whoever started the mock.
    pub(crate) fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// `credentials.password.value` of a user, if it is sent.
    ///
    /// # Errors
    ///
    /// E0000001 if it is too short, E0000003 if it is no text.
    pub(crate) fn sent(user: &Map<String, Value>) -> Result<Option<Self>, Refusal> {
        let credentials = user.get("credentials");
        match credentials.and_then(|credentials| credentials.pointer("/password/value")) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.chars().count() < SHORTEST => Err(errors::invalid(
                "password",
                format!(
                    "password: Password requirements were not met. Password requirements: at least {SHORTEST} characters."
                ),
            )),
            Some(Value::String(text)) => Ok(Some(Self(text.as_str().into()))),
            Some(_) => Err(errors::malformed()),
        }
    }
}
