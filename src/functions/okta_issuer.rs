//! `provider::zt::okta_issuer`: who issues the tokens of a login method.

use crate::cloudflare::okta_account;
use crate::framework::function::{Arguments, Definition, Function, FunctionError, Parameter};
use crate::framework::model::Attr;
use crate::framework::types::Type;

/// The function.
#[derive(Debug)]
pub struct OktaIssuer;

impl Function for OktaIssuer {
    type Output = String;
    const NAME: &'static str = "okta_issuer";

    fn definition(&self) -> Definition {
        Definition {
            summary: "The issuer of a login method's tokens",
            doc: "Makes the issuer (`iss`) of ID tokens, under which the keys and endpoints of an authorization server are \
                  found: the org itself, or one of its custom authorization servers. It asks nobody. An app whose \
                  `issuer_mode` is `DYNAMIC` issues tokens under whichever of the org's addresses was asked. Needs \
                  Terraform 1.8 or OpenTofu 1.7.",
            parameters: vec![
                Parameter::of::<String>(
                    "okta_account",
                    "URL of the org, such as `https://acme.okta.com`, as in `zt_okta_idp`.",
                ),
                Parameter::of::<String>(
                    "authorization_server_id",
                    "Id of a custom authorization server, such as `default`; null for the org's own.",
                )
                .or_null(),
            ],
            variadic: None,
            returns: Type::String,
        }
    }

    fn call(&self, arguments: Arguments) -> Result<String, FunctionError> {
        let account: String = arguments.required(0)?;
        let org = okta_account::parse(&account).map_err(|why| FunctionError::argument(0, why))?;
        let org = okta_account::without_slash(&org);
        match arguments.get::<String>(1)? {
            Attr::Known(id) if is_id(&id) => Ok(format!("{org}/oauth2/{id}")),
            Attr::Known(id) => Err(FunctionError::argument(
                1,
                format!(
                    "{id:?} is not the id of an authorization server, such as \"default\" or \"aus1a2b3c4d5e6f7g8h9\"."
                ),
            )),
            _ => Ok(org.to_owned()),
        }
    }
}

/// Letters, digits, hyphens and underscores: what an id may be made of, and what cannot lead to another path.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::value::Value;

    fn call(account: &str, server: Value) -> Result<String, Option<usize>> {
        Function::call(&OktaIssuer, Arguments::new(vec![Value::string(account), server]))
            .map_err(|error| error.argument)
    }

    #[test]
    fn an_org_or_one_of_its_servers_issues_tokens() {
        assert_eq!(call("https://ACME.okta.com/", Value::Null).unwrap(), "https://acme.okta.com");
        let custom = call("https://acme.okta.com", Value::string("default"));
        assert_eq!(custom.unwrap(), "https://acme.okta.com/oauth2/default");
    }

    #[test]
    fn errors_are_about_their_argument() {
        assert_eq!(call("https://acme-admin.okta.com", Value::Null), Err(Some(0)));
        for server in ["", "default/v1", "https://acme.okta.com/oauth2/default", ".."] {
            assert_eq!(call("https://acme.okta.com", Value::string(server)), Err(Some(1)), "{server}");
        }
    }
}
