//! The org: its documents, what every org has from the start, and what a test may do behind everybody's back.

use std::collections::BTreeMap;

use serde_json::json;
use time::OffsetDateTime;

use super::apps::App;
use super::auth::Tokens;
use super::client_secrets::ClientSecret;
use super::groups::{Group, GroupKind};
use super::logs::{Event, Log};
use super::openid::OpenId;
use super::passwords::Password;
use super::policies::Policy;
use super::provisioning::Queue;
use super::shelf::Shelf;
use super::users::User;
use crate::mock::ids;
use crate::mock::options::{Options, ProvisioningApi};

/// The documents of one Okta org. No `Debug`: it holds secrets.
#[derive(Clone)]
pub struct Org {
    pub(crate) id: String,
    pub(crate) user_type: String,
    pub(crate) user_schema: String,
    pub(crate) realm: String,
    pub(crate) tokens: Tokens,
    pub(crate) openid: OpenId,
    pub(crate) provisioning_api: ProvisioningApi,
    pub(crate) quirks: Quirks,
    pub(crate) apps: Shelf<App>,
    pub(crate) groups: Shelf<Group>,
    pub(crate) users: Shelf<User>,
    pub(crate) policies: Shelf<Policy>,
    pub(crate) log: Log,
    pub(crate) provisioning: Queue,
    pub(crate) everyone: String,
    pub(crate) profile_enrollment: String,
    admin_login: String,
    seeded_people: Vec<String>,
    seeded_groups: usize,
    seeded_users: usize,
}

/// Behaviour that some tenants show some of the time. All off to begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// How many calls to a new app's ID token setting answer 404 before it is there.
    pub token_setting_late_by: u32,
    /// A PUT of an app loses the provisioning that was set up for it.
    pub put_loses_provisioning: bool,
}

/// Names of the seeded groups, and which of the seeded people are in them.
const GROUPS: [(&str, &str, &[usize]); 2] = [
    ("Engineering", "People who build things", &[0, 1, 2]),
    ("Zero Trust Users", "People who may pass Cloudflare Access", &[0, 1, 2]),
];

const PEOPLE: [(&str, &str); 3] = [("Ada", "Quist"), ("Bo", "Lindqvist"), ("Chidi", "Okonjo")];

impl Org {
    /// An org with what every org has, two groups and three users who are in both.
    pub fn new(options: &Options) -> Self {
        let now = OffsetDateTime::now_utc();
        let mut org = Self {
            id: ids::okta("00o"),
            user_type: ids::okta("oty"),
            user_schema: ids::okta("osc"),
            realm: ids::okta("guo"),
            tokens: Tokens::new(),
            openid: OpenId::new(now),
            provisioning_api: options.provisioning_api,
            quirks: Quirks::default(),
            apps: Shelf::default(),
            groups: Shelf::default(),
            users: Shelf::default(),
            policies: Shelf::default(),
            log: Log::default(),
            provisioning: Queue::default(),
            everyone: ids::okta("00g"),
            profile_enrollment: ids::okta("rst"),
            admin_login: format!("admin@{}.example", options.org),
            seeded_people: Vec::new(),
            seeded_groups: 0,
            seeded_users: 0,
        };
        let everyone = org.everyone.clone();
        let mut built_in = Group::new(&everyone, "Everyone", now);
        built_in.kind = GroupKind::BuiltIn;
        built_in.profile.insert("description".into(), json!("All users in your organization"));
        org.groups.put(&everyone, built_in);
        for policy in Policy::seeds(now) {
            org.policies.put(&policy.id.clone(), policy);
        }
        let login = org.admin_login.clone();
        org.add_user("Addy", "Admin", &login, now);
        let people: Vec<String> = PEOPLE
            .iter()
            .map(|(first, last)| {
                let login = format!("{}@{}.example", first.to_lowercase(), options.org);
                org.add_user(first, last, &login, now)
            })
            .collect();
        for (name, description, members) in GROUPS {
            let id = ids::okta("00g");
            let mut group = Group::new(&id, name, now);
            group.profile.insert("description".into(), json!(description));
            group.members.extend(members.iter().map(|&member| people[member].clone()));
            org.groups.put(&id, group);
        }
        org.seeded_people = people;
        org.seeded_groups = org.groups.len();
        org.seeded_users = org.users.len();
        org
    }

    fn add_user(&mut self, first: &str, last: &str, login: &str, now: OffsetDateTime) -> String {
        let mut user = User::active(first, last, login, now);
        user.chooses(Password::random(), now);
        let id = user.id.clone();
        self.users.put(&id, user);
        self.join_everyone(&id);
        id
    }

    /// Everybody is in the built-in group.
    pub(crate) fn join_everyone(&mut self, user: &str) {
        let everyone = self.everyone.clone();
        if let Some(group) = self.groups.get_mut(&everyone) {
            group.members.insert(user.to_owned());
        }
    }

    /// API token of a super administrator.
    pub fn api_token(&self) -> &str {
        &self.tokens.full
    }

    /// API token of a read-only administrator.
    pub fn read_only_api_token(&self) -> &str {
        &self.tokens.read_only
    }

    /// Revokes the API token of the read-only administrator, who has another one from then on.
    pub fn revoke_read_only_api_token(&mut self) {
        self.tokens.read_only = Tokens::new().read_only;
    }

    /// Login of the administrator.
    pub fn admin_login(&self) -> &str {
        &self.admin_login
    }

    /// Password of the administrator.
    pub fn admin_password(&self) -> &str {
        self.password(&self.admin_login).unwrap_or_default()
    }

    /// Login and password of the people who are there from the start, the administrator left out.
    pub fn people(&self) -> Vec<(String, String)> {
        let people = self.seeded_people.iter().filter_map(|id| self.users.get(id));
        people.filter_map(|user| Some((user.login().to_owned(), user.password.as_ref()?.reveal().to_owned()))).collect()
    }

    /// Password of the user with this login; none if there is no such user, or no password.
    pub fn password(&self, login: &str) -> Option<&str> {
        self.user_named(login)?.password.as_ref().map(Password::reveal)
    }

    /// The user with this login.
    pub(crate) fn user_named(&self, login: &str) -> Option<&User> {
        self.users.iter().find(|user| user.login().eq_ignore_ascii_case(login))
    }

    /// Values for the variables of a configuration that needs things of this org to exist, by variable name.
    pub fn variables(&self) -> BTreeMap<&'static str, String> {
        [("access_group_id", "Zero Trust Users"), ("push_group_id", "Engineering")]
            .into_iter()
            .filter_map(|(variable, group)| Some((variable, self.group_id(group)?)))
            .collect()
    }

    /// How many objects of each noun exist, not counting what was there from the start.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let of_apps = |count: fn(&App) -> usize| self.apps.iter().map(count).sum::<usize>();
        let app_groups = self.groups.iter().filter(|group| group.kind == GroupKind::App).count();
        BTreeMap::from([
            ("apps", self.apps.len()),
            ("client_secrets", of_apps(|app| app.secrets.len())),
            ("connections", of_apps(|app| usize::from(app.connection.is_some()))),
            ("group_assignments", of_apps(|app| app.groups.len())),
            ("user_assignments", of_apps(|app| app.users.len())),
            ("push_mappings", of_apps(|app| app.mappings.len())),
            ("app_groups", app_groups),
            ("groups", self.groups.len() - app_groups - self.seeded_groups.min(self.groups.len() - app_groups)),
            ("users", self.users.len().saturating_sub(self.seeded_users)),
        ])
    }

    /// Id of the group with this name.
    pub fn group_id(&self, name: &str) -> Option<String> {
        self.groups.iter().find(|group| group.name() == name).map(|group| group.id.clone())
    }

    /// Id of the user with this login.
    pub fn user_id(&self, login: &str) -> Option<String> {
        self.user_named(login).map(|user| user.id.clone())
    }

    /// Ids of the people in a group.
    pub fn members(&self, group_id: &str) -> Vec<String> {
        self.groups.get(group_id).map(|group| group.members.iter().cloned().collect()).unwrap_or_default()
    }

    /// Id of the app with this label.
    pub fn app_id(&self, label: &str) -> Option<String> {
        self.apps.iter().find(|app| app.label() == label).map(|app| app.id.clone())
    }

    /// From now on the connection API works for SCIM apps, or answers UNKNOWN.
    pub fn set_provisioning_api(&mut self, api: ProvisioningApi) {
        self.provisioning_api = api;
    }

    /// Turns behaviours on and off.
    pub fn set_quirks(&mut self, quirks: Quirks) {
        self.quirks = quirks;
    }

    /// An access token with these scopes, as a service app would get one; it lives for an hour.
    pub fn mint_access_token(&mut self, scopes: &[&str], now: OffsetDateTime) -> String {
        self.openid.issued.opaque_access_token(scopes, now)
    }

    /// Lets a new key sign tokens, of the org's own authorization server or of a custom one. The keys before stay
    /// published unless `withdraw_old`. The new key's id, or none if there is no such server.
    pub fn rotate_signing_key(&mut self, authorization_server_id: Option<&str>, withdraw_old: bool) -> Option<String> {
        self.openid.rotate_key(authorization_server_id, withdraw_old)
    }

    /// A new client secret, the others gone: what rotating in the console comes to. The new secret, or none if the
    /// app does not exist.
    pub fn rotate_client_secret(&mut self, app_id: &str, now: OffsetDateTime) -> Option<String> {
        let app = self.apps.get_mut(app_id)?;
        let secret = ClientSecret::new(ids::secret(64), now);
        let value = secret.value.clone();
        app.secrets = vec![secret];
        self.log.add(Event::of("app.oauth2.client.lifecycle.update", "Rotate OAuth 2.0 client secret").app(app), now);
        Some(value)
    }

    /// Whether an app's secret would authenticate it.
    pub fn accepts_client_secret(&self, client_id: &str, secret: &str) -> bool {
        self.apps
            .iter()
            .filter(|app| app.client_id() == Some(client_id))
            .any(|app| app.secrets.iter().any(|known| known.active && known.value == secret))
    }

    /// Changes one place of an app's document, e.g. `/label` or `/credentials/oauthClient/pkce_required`. Whether
    /// that place exists.
    pub fn edit_app(&mut self, app_id: &str, pointer: &str, value: serde_json::Value) -> bool {
        match self.apps.get_mut(app_id).and_then(|app| app.document.pointer_mut(pointer)) {
            Some(place) => {
                *place = value;
                true
            }
            None => false,
        }
    }

    /// Deletes an app whatever its status, with everything that hangs on it. Whether it was there.
    pub fn delete_app(&mut self, app_id: &str, now: OffsetDateTime) -> bool {
        self.departing(app_id, now);
        let gone = self.apps.remove(app_id);
        if let Some(client_id) = gone.as_ref().and_then(App::client_id) {
            self.openid.issued.forget_client(client_id);
        }
        self.groups.retain(|group| group.source_app.as_deref() != Some(app_id));
        gone.is_some()
    }

    /// Takes a group's assignment to an app away. Whether there was one.
    pub fn remove_group_assignment(&mut self, app_id: &str, group_id: &str, now: OffsetDateTime) -> bool {
        let removed = self.apps.get_mut(app_id).is_some_and(|app| app.groups.remove(group_id).is_some());
        self.settle_assignments(app_id, now);
        removed
    }

    /// Puts a push mapping into the status ERROR, as a push that the SCIM service refused does, and keeps it there
    /// until an administrator switches it on again. Whether it exists.
    pub fn fail_push_mapping(&mut self, app_id: &str, mapping_id: &str, summary: &str) -> bool {
        let mapping = self.apps.get_mut(app_id).and_then(|app| app.mappings.get_mut(mapping_id));
        let target = mapping.map(|mapping| {
            mapping.interrupt();
            mapping.fail(summary);
            mapping.target.clone()
        });
        target.is_some_and(|target| {
            self.stop_pushing(app_id, &target);
            true
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_org_counts_nothing() {
        let org = Org::new(&Options::default());
        assert!(org.counts().values().all(|&count| count == 0), "{:?}", org.counts());
    }

    #[test]
    fn a_new_org_has_two_groups_with_three_people() {
        let org = Org::new(&Options::default());
        for name in ["Engineering", "Zero Trust Users"] {
            assert_eq!(org.members(&org.group_id(name).unwrap()).len(), 3, "{name}");
        }
        assert_eq!(org.members(&org.everyone).len(), 4, "the administrator is one of everyone");
        assert!(org.user_id("ADA@acme.example").is_some());
    }
}
