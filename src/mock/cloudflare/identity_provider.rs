//! One identity provider: what is stored, what a write makes of it, what an answer shows.
//!
//! <https://developers.cloudflare.com/api/resources/zero_trust/subresources/identity_providers/>

use serde_json::{Map, Value, json};

use super::authentication::Scope;
use super::errors::Failure;
use super::missing;
use super::scim_server::Directory;
use super::settings::{Scim, Sent, Settings};
use crate::mock::ids;

/// Members of `config` that are written and never read back.
pub(super) const SECRETS: &[&str] = &["client_secret", "api_token"];

/// What Cloudflare showed in a secret's place before it left secrets out: 34 asterisks.
const MASK: &str = "**********************************";

/// Members of an okta `config` without which nobody could log in. That creation insists on them is not verified
/// against a live tenant; the API's schema calls every member optional.
const OKTA_REQUIRED: &[&str] = &["client_id", "client_secret", "okta_account"];

/// An identity provider as it is stored.
#[derive(Clone)]
pub struct IdentityProvider {
    id: String,
    pub(super) scope: Scope,
    name: String,
    kind: String,
    version: String,
    config: Map<String, Value>,
    read_only: bool,
    scim: Scim,
    pub(super) directory: Directory,
}

/// How an answer shows an identity provider.
#[derive(Clone, Copy)]
pub struct Presentation<'a> {
    /// The team domain's URL.
    pub login_url: &'a str,
    /// Stored secrets appear as asterisks rather than not at all.
    pub mask: bool,
    /// The SCIM secret was minted by this very request, so this is its one appearance in clear.
    pub minted: bool,
}

impl IdentityProvider {
    /// A new identity provider, and whether a SCIM secret was minted for it.
    ///
    /// # Errors
    ///
    /// If a member is missing that creation needs.
    pub fn create(scope: Scope, settings: Settings) -> Result<(Self, bool), Failure> {
        if settings.kind == "okta" {
            for &member in OKTA_REQUIRED {
                let filled = settings.config.get(member).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
                let secret =
                    settings.secrets.iter().any(|(name, sent)| *name == member && matches!(sent, Sent::New(_)));
                if !filled && !secret {
                    return Err(missing(&format!("config.{member}")));
                }
            }
        }
        let mut provider = Self {
            id: ids::uuid(),
            scope,
            name: String::new(),
            kind: settings.kind.clone(),
            version: String::new(),
            config: Map::new(),
            read_only: false,
            scim: Scim::parse(None, &settings.kind)?,
            directory: Directory::default(),
        };
        let minted = provider.update(settings, false);
        Ok((provider, minted))
    }

    /// Replaces all settings, and says whether a SCIM secret was minted: SCIM went from off to on. A secret that the
    /// body leaves out is kept, or with `wipe` forgotten; which of the two Cloudflare does is not documented.
    pub fn update(&mut self, settings: Settings, wipe: bool) -> bool {
        let before = std::mem::replace(&mut self.config, settings.config);
        let same_kind = self.kind == settings.kind;
        for (name, sent) in settings.secrets {
            let kept = before.get(name).filter(|_| !wipe && same_kind).cloned();
            let value = match sent {
                Sent::Nothing => kept,
                Sent::Cleared => None,
                Sent::New(secret) => Some(json!(secret)),
            };
            if let Some(value) = value {
                self.config.insert(name.into(), value);
            }
        }
        let minted = settings.scim.enabled && !self.scim.enabled;
        let secret = match (settings.scim.enabled, minted) {
            (true, true) => Some(ids::secret(64)),
            (true, false) => self.scim.secret.take(),
            (false, _) => None,
        };
        self.name = settings.name;
        self.kind = settings.kind;
        self.scim = Scim { secret, ..settings.scim };
        self.touch();
        minted
    }

    /// The object as an answer shows it.
    pub fn shown(&self, how: Presentation<'_>) -> Value {
        let mut config = self.config.clone();
        for &secret in SECRETS {
            if config.contains_key(secret) {
                if how.mask {
                    config.insert(secret.into(), json!(MASK));
                } else {
                    config.shift_remove(secret);
                }
            }
        }
        config.insert("redirect_url".into(), json!(format!("{}/cdn-cgi/access/callback", how.login_url)));
        let mut shown = json!({
            "id": self.id,
            "uid": self.id,
            "type": self.kind,
            "name": self.name,
            "version": self.version,
            "read_only": self.read_only,
            "config": config,
        });
        if self.kind != "onetimepin" {
            shown["scim_config"] = self.scim_shown(how);
        }
        shown
    }

    fn scim_shown(&self, how: Presentation<'_>) -> Value {
        let mut shown = json!({
            "enabled": self.scim.enabled,
            "user_deprovision": self.scim.user_deprovision,
            "seat_deprovision": self.scim.seat_deprovision,
            "group_member_deprovision": self.scim.group_member_deprovision,
            "identity_update_behavior": self.scim.identity_update_behavior,
        });
        if self.scim.enabled {
            shown["scim_base_url"] = json!(format!("{}/populations/{}/scim/v2", how.login_url, self.id));
            match &self.scim.secret {
                Some(secret) if how.minted => shown["secret"] = json!(secret),
                Some(_) if how.mask => shown["secret"] = json!(MASK),
                _ => {}
            }
        }
        shown
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its name. Names are not unique.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its type, such as `okta`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Changes with every write.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A member of `config` as stored, secrets included.
    pub fn config(&self, member: &str) -> Option<&Value> {
        self.config.get(member)
    }

    /// SCIM is on.
    pub fn scim_enabled(&self) -> bool {
        self.scim.enabled
    }

    /// The SCIM secret in force; none while SCIM is off.
    pub fn scim_secret(&self) -> Option<&str> {
        self.scim.secret.as_deref()
    }

    /// How SCIM is set up.
    pub(super) fn scim(&self) -> &Scim {
        &self.scim
    }

    /// What SCIM clients sent.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// What SCIM clients sent, to change.
    pub fn directory_mut(&mut self) -> &mut Directory {
        &mut self.directory
    }

    /// Sets the name, as the dashboard does.
    pub fn rename(&mut self, name: &str) {
        self.name = name.to_owned();
        self.touch();
    }

    /// Sets a member of `config`, as the dashboard does; `null` removes it.
    pub fn set_config(&mut self, member: &str, value: Value) {
        match value {
            Value::Null => drop(self.config.shift_remove(member)),
            value => drop(self.config.insert(member.to_owned(), value)),
        }
        self.touch();
    }

    /// The dashboard's *Regenerate Secret*; none while SCIM is off.
    pub fn regenerate_scim_secret(&mut self) -> Option<String> {
        if !self.scim.enabled {
            return None;
        }
        let secret = ids::secret(64);
        self.scim.secret = Some(secret.clone());
        self.touch();
        Some(secret)
    }

    /// Makes it immutable through the API, or ends that.
    pub fn set_read_only(&mut self, read_only: bool) {
        self.read_only = read_only;
    }

    /// Refuses a change to a read-only object. Status and code are not verified against a live tenant.
    ///
    /// # Errors
    ///
    /// If it is read-only.
    pub fn check_writable(&self) -> Result<(), Failure> {
        match self.read_only {
            true => Err(Failure::Invalid("the identity provider is read-only".into())),
            false => Ok(()),
        }
    }

    fn touch(&mut self) {
        self.version = ids::hex(32);
    }
}
