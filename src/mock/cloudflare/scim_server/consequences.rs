//! What SCIM does to people who have logged in: deprovisioning and updates of their identity.
//!
//! Whoever has not logged in with the identity provider yet is nobody to Zero Trust, and nothing happens.
//! <https://developers.cloudflare.com/cloudflare-one/team-and-resources/users/scim/>

use std::collections::HashSet;

use time::OffsetDateTime;

use super::super::{Account, Person};
use super::body::Members;
use super::directory::{member_ids, moved};
use super::resource_type::Noun;
use super::shelf::Resource;

/// What a write changed, as far as people feel it.
pub(in super::super) enum Change {
    /// A user: whom it stands for, in lower case, and whether they may still use the service.
    User {
        /// Emails before and after.
        emails: HashSet<String>,
        /// Deleted, or not active. A write that leaves a user inactive deprovisions again, since they may have logged in
        /// in between.
        gone: bool,
    },
    /// A group: which users it concerns.
    Group {
        /// Ids of those who became members, or are members no more.
        moved: HashSet<String>,
        /// Ids of all members, if the group has another name now.
        renamed: HashSet<String>,
    },
}

impl Change {
    /// The difference between a resource before and after.
    pub(super) fn between(noun: Noun, before: Option<&Resource>, after: Option<&Resource>) -> Self {
        match noun {
            Noun::User => {
                let users = || before.into_iter().chain(after);
                let emails =
                    users().flat_map(|user| user.primary_email().into_iter().chain([user.handle().to_lowercase()]));
                Self::User { emails: emails.collect(), gone: after.is_none_or(|user| !user.is_active()) }
            }
            Noun::Group => {
                let nobody = Members::new();
                let was = before.map_or(&nobody, Resource::attributes);
                let is = after.map_or(&nobody, Resource::attributes);
                let renamed = before.zip(after).is_some_and(|(before, after)| before.handle() != after.handle());
                Self::Group {
                    moved: moved(was, is).map(str::to_owned).collect(),
                    renamed: if renamed { member_ids(is).map(str::to_owned).collect() } else { HashSet::new() },
                }
            }
        }
    }
}

impl Account {
    /// Lets people feel a change that an identity provider's client made.
    pub(super) fn feel(&mut self, identity_provider: &str, change: &Change, now: OffsetDateTime) {
        let Some(provider) = self.identity_providers.iter().find(|provider| provider.id() == identity_provider) else {
            return;
        };
        let (scim, directory) = (provider.scim(), &provider.directory);
        let behaviour = scim.identity_update_behavior.as_str();
        for person in self.people.iter_mut().filter(|person| person.has_used(identity_provider)) {
            match change {
                Change::User { emails, .. } if !emails.contains(&person.email.to_lowercase()) => {}
                Change::User { gone: true, .. } => {
                    deprovision(person, scim.user_deprovision, scim.seat_deprovision, now)
                }
                Change::User { .. } if behaviour == "automatic" => {
                    let name = directory.user_of(&person.email).and_then(|user| user.text("displayName"));
                    person.update_identity(name, directory.pushed_groups(&person.email).as_deref(), now);
                }
                Change::User { .. } => {}
                Change::Group { moved, renamed } => {
                    let Some(user) = directory.user_of(&person.email) else { continue };
                    if behaviour == "automatic" && (moved.contains(user.id()) || renamed.contains(user.id())) {
                        person.update_identity(None, Some(&directory.group_names(user.id())), now);
                    } else if behaviour == "reauth" && moved.contains(user.id()) {
                        person.revoke_sessions(now);
                    }
                }
            }
        }
    }
}

fn deprovision(person: &mut Person, sessions: bool, seat: bool, now: OffsetDateTime) {
    if sessions {
        person.revoke_sessions(now);
    }
    if seat {
        person.free_seat(now);
    }
}
