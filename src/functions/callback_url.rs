//! `provider::zt::callback_url`: the redirect URI of a team.

use crate::cloudflare::callback_url::callback_url;
use crate::framework::function::{Arguments, Definition, Function, FunctionError, Parameter};
use crate::framework::types::Type;

/// The function.
#[derive(Debug)]
pub struct CallbackUrl;

impl Function for CallbackUrl {
    type Output = String;
    const NAME: &'static str = "callback_url";

    fn definition(&self) -> Definition {
        Definition {
            summary: "The redirect URI that Okta has to know",
            doc: "Makes the redirect URI of a Zero Trust team, `https://<team>.cloudflareaccess.com/cdn-cgi/access/callback`, \
                  out of the team's name, its domain or its URL. It asks nobody; the data source `zt_organization` reads the \
                  team from Cloudflare. Needs Terraform 1.8 or OpenTofu 1.7.",
            parameters: vec![Parameter::of::<String>(
                "team",
                "The team's name (`acme`), its domain (`acme.cloudflareaccess.com`, or a custom one) or its URL.",
            )],
            variadic: None,
            returns: Type::String,
        }
    }

    fn call(&self, arguments: Arguments) -> Result<String, FunctionError> {
        let team: String = arguments.required(0)?;
        callback_url(&team).map_err(|why| FunctionError::argument(0, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::value::Value;

    #[test]
    fn errors_are_about_the_argument() {
        let call = |team: &str| Function::call(&CallbackUrl, Arguments::new(vec![Value::string(team)]));
        assert_eq!(call("acme").unwrap(), "https://acme.cloudflareaccess.com/cdn-cgi/access/callback");
        assert_eq!(call("two words").unwrap_err().argument, Some(0));
    }
}
