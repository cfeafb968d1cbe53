//! `provider::zt::secret_fingerprint`: what tells a secret from others without showing it.

use crate::framework::function::{Arguments, Definition, Function, FunctionError, Parameter};
use crate::framework::secret::Secret;
use crate::framework::types::Type;

/// The function.
#[derive(Debug)]
pub struct SecretFingerprint;

impl Function for SecretFingerprint {
    type Output = String;
    const NAME: &'static str = "secret_fingerprint";

    fn definition(&self) -> Definition {
        Definition {
            summary: "The fingerprint of a secret",
            doc: "Makes what `client_secret_fingerprint`, `client_secret_hash` and `secret_fingerprint` of this provider's \
                  resources hold: base64url, without padding, of the first 16 bytes of the SHA-256 of a secret. Okta's own \
                  hashes have this form, which was found by computation and is not documented.\n\nIt does not go back to the \
                  secret, but the fingerprint of a short secret, or of one that a person made up, can be guessed: use it \
                  for random ones of 32 characters and more. Terraform marks the result as it marks the secret; \
                  `nonsensitive()` takes the mark `sensitive` away. Needs Terraform 1.8 or OpenTofu 1.7.",
            parameters: vec![Parameter::of::<String>("secret", "The secret.")],
            variadic: None,
            returns: Type::String,
        }
    }

    fn call(&self, arguments: Arguments) -> Result<String, FunctionError> {
        let secret: Secret = arguments.required(0)?;
        if secret.expose().is_empty() {
            return Err(FunctionError::argument(0, "An empty text is no secret."));
        }
        Ok(secret.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::value::Value;

    #[test]
    fn it_is_the_fingerprint_of_the_states() {
        let call = |secret: &str| Function::call(&SecretFingerprint, Arguments::new(vec![Value::string(secret)]));
        assert_eq!(call("abc").unwrap(), Secret::from("abc").fingerprint());
        assert_eq!(call("").unwrap_err().argument, Some(0));
    }
}
