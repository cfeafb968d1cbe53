//! What a person has to enter in Okta's Admin Console, and where.

use url::Url;

use super::{ScimApp, features::Switches};

/// The form of the Admin Console that is left to fill in. Never holds the token, only where it comes from.
pub(super) fn whole_form(org: &Url, state: &ScimApp) -> String {
    let base_url = state.scim_base_url.text().unwrap_or("the SCIM endpoint of the identity provider in Cloudflare");
    let token = match state.scim_token.known() {
        None if state.managed_token.is_set() => {
            "another SCIM secret of the identity provider, since nobody has seen the one that managed_token made: choose \"Regenerate Secret\" in Cloudflare's dashboard, and leave managed_token for scim_token or provisioning_mode = \"console\""
        }
        None if state.scim_token_wo_version.is_set() => "the secret that scim_token_wo of this resource is set to",
        Some(_) => {
            "the secret that scim_token of this resource holds. It is not shown here; `terraform console` prints it for nonsensitive(…) around what scim_token is set to"
        }
        None => "the SCIM secret of the identity provider in Cloudflare (shown once, when SCIM is enabled)",
    };
    let switches = Switches::wanted(&state.provisioning).on();
    let mut steps = vec![
        format!("Open {} and choose the tab Provisioning.", page(org, state)),
        "Choose Configure API Integration and tick Enable API integration.".to_owned(),
        format!("Base URL: {base_url}"),
        format!("API Token: {token}"),
        "Choose Test API Credentials; when Okta says that they were verified, choose Save.".to_owned(),
    ];
    if !switches.is_empty() {
        steps.push(format!("Under To App choose Edit, enable {}, and save.", listed(&switches)));
    }
    steps.push(format!("Run terraform apply again{}.", afterwards(state)));
    numbered(&steps)
}

/// What is left when the connection stands and only switches are missing.
pub(super) fn switches_only(org: &Url, state: &ScimApp, actual: Switches) -> String {
    let (enable, disable) = Switches::wanted(&state.provisioning).missing(actual);
    let mut what = Vec::new();
    if !enable.is_empty() {
        what.push(format!("enable {}", listed(&enable)));
    }
    if !disable.is_empty() {
        what.push(format!("disable {}", listed(&disable)));
    }
    numbered(&[
        format!("Open {}, choose the tab Provisioning and there To App.", page(org, state)),
        format!("Choose Edit, {}, and save.", what.join(", ")),
        format!("Run terraform apply again{}.", afterwards(state)),
    ])
}

/// What the second apply is for.
fn afterwards(state: &ScimApp) -> &'static str {
    let waiting = state.assigned_group_ids.is_set() || state.assigned_user_ids.is_set() || state.push_groups.is_set();
    if waiting { ": it assigns people and groups and pushes the groups, which waits until then" } else { "" }
}

/// The app's page in the Admin Console, whose host is that of the org with `-admin` in it.
fn page(org: &Url, state: &ScimApp) -> String {
    let mut url = org.clone();
    let host = url.host_str().unwrap_or_default();
    let vendor = ["okta.com", "oktapreview.com", "okta-emea.com"];
    if let Some((name, domain)) = host.split_once('.')
        && vendor.contains(&domain)
    {
        let admin = format!("{name}-admin.{domain}");
        // A host that was one stays one; with the old host the console redirects.
        let _ = url.set_host(Some(&admin));
    }
    let path = match (state.app_name.text(), state.id.text()) {
        (Some(name), Some(id)) => format!("/admin/app/{name}/instance/{id}"),
        // The list of all apps.
        _ => "/admin/apps/active".to_owned(),
    };
    url.set_path(&path);
    url.to_string()
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn numbered(steps: &[String]) -> String {
    steps.iter().enumerate().map(|(i, step)| format!("{}. {step}", i + 1)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::Provisioning;
    use super::*;
    use crate::framework::model::{Attr, Set};
    use crate::framework::secret::Secret;

    fn state() -> ScimApp {
        ScimApp {
            id: "0oaexample".into(),
            app_name: "scim2headerauth".into(),
            scim_base_url: "https://acme.cloudflareaccess.com/populations/x/scim/v2".into(),
            scim_token: Attr::Known(Secret::from("hunter2hunter2")),
            provisioning: Attr::Known(Provisioning {
                create_users: true.into(),
                update_user_attributes: Attr::Null,
                deactivate_users: true.into(),
            }),
            ..ScimApp::default()
        }
    }

    fn org() -> Url {
        Url::parse("https://acme.okta.com").unwrap()
    }

    #[test]
    fn the_form_says_where_and_what_but_never_the_token() {
        let text = whole_form(&org(), &state());
        assert!(text.contains("https://acme-admin.okta.com/admin/app/scim2headerauth/instance/0oaexample"), "{text}");
        assert!(text.contains("Base URL: https://acme.cloudflareaccess.com/populations/x/scim/v2"), "{text}");
        assert!(text.contains("enable Create Users and Deactivate Users,"), "{text}");
        assert!(text.ends_with("Run terraform apply again."), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn what_waits_is_said() {
        let state = ScimApp { assigned_group_ids: Attr::Known(Set::default()), ..state() };
        assert!(whole_form(&org(), &state).contains("it assigns people"));
    }

    #[test]
    fn other_hosts_are_left_alone() {
        let text = whole_form(&Url::parse("http://127.0.0.1:99").unwrap(), &state());
        assert!(text.contains("http://127.0.0.1:99/admin/app/"), "{text}");
    }

    #[test]
    fn only_the_switches_that_differ_are_named() {
        let actual =
            Switches { create_users: Some(true), update_user_attributes: Some(false), deactivate_users: Some(false) };
        let text = switches_only(&org(), &state(), actual);
        assert!(text.contains("Choose Edit, enable Deactivate Users, and save."), "{text}");
    }
}
