//! The user name that somebody gets in an app, which the app's template makes from the Okta user.

use super::App;
use crate::mock::okta::users::User;

impl App {
    fn user_name_template(&self, member: &str) -> &str {
        let template = self.document.pointer("/credentials/userNameTemplate");
        template.and_then(|template| template[member].as_str()).unwrap_or_default()
    }

    /// Whether a user name follows when what it is made from changes.
    pub(crate) fn updates_user_names(&self) -> bool {
        self.user_name_template("pushStatus") != "DONT_PUSH"
    }

    /// The user name of an Okta user in this app, suffix included.
    pub(crate) fn user_name_of(&self, user: &User) -> String {
        let made = made_by(self.user_name_template("template"), user).filter(|made| !made.is_empty());
        made.unwrap_or_else(|| user.login().to_owned()) + self.user_name_template("userSuffix")
    }
}

/// `${source.ATTRIBUTE}`, also with text around it, and the part of an attribute before the `@`. None for any other
/// expression: Okta's own language knows many more.
fn made_by(template: &str, user: &User) -> Option<String> {
    if let Some(rest) = template.strip_prefix("${fn:substringBefore(source.") {
        let attribute = rest.strip_suffix(", \"@\")}").or_else(|| rest.strip_suffix(",\"@\")}"))?;
        return user.text(attribute).split('@').next().map(str::to_owned);
    }
    let mut pieces = template.split("${");
    let mut made = pieces.next()?.to_owned();
    for piece in pieces {
        let (expression, text) = piece.split_once('}')?;
        made += user.text(expression.strip_prefix("source.")?);
        made += text;
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn templates_are_filled_in_as_far_as_they_are_known() {
        let ada = User::active("Ada", "Quist", "ada@acme.example", OffsetDateTime::UNIX_EPOCH);
        let cases = [
            ("${source.login}", Some("ada@acme.example")),
            ("${source.firstName}.${source.lastName}@x", Some("Ada.Quist@x")),
            ("${fn:substringBefore(source.email, \"@\")}", Some("ada")),
            ("${fn:substringBefore(source.email,\"@\")}", Some("ada")),
            ("${fn:toLowerCase(source.email)}", None),
            ("${user.email}", None),
            ("${source.email", None),
            ("constant", Some("constant")),
        ];
        for (template, expected) in cases {
            assert_eq!(made_by(template, &ada).as_deref(), expected, "{template}");
        }
    }
}
