//! The people who have logged in to the team, their sessions and their seats.
//!
//! A person exists from the first login on: SCIM creates none, and has no effect on whoever has not logged in yet
//! (<https://developers.cloudflare.com/cloudflare-one/team-and-resources/users/scim/>). Who they are is their email,
//! without regard to case.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::Account;
use crate::mock::{clock, ids};

/// How long a session lasts where the organization's `session_duration` cannot be read: its default.
const DEFAULT_SESSION: Duration = Duration::hours(24);

/// Somebody who has logged in at least once.
#[derive(Clone, Debug)]
pub struct Person {
    /// Cloudflare's id, a UUID: `user_uuid` of identities and tokens.
    pub id: String,
    /// Their email as the last login spelt it.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Id of the identity provider that they last logged in with.
    pub identity_provider: String,
    /// Ids of all identity providers that they ever logged in with, the first one first.
    pub identity_providers: Vec<String>,
    /// The groups that the identity provider named at the last login. Access evaluates these and not SCIM's.
    pub groups: Vec<String>,
    /// Further claims of the last login, a JSON object.
    pub claims: Value,
    /// Their sessions, oldest first. Revoked ones are gone; expired ones stay until the next login.
    pub sessions: Vec<Session>,
    /// They use up one of the account's seats. Logging in takes one, deprovisioning can free it.
    pub access_seat: bool,
    /// Id of their seat.
    pub seat_uid: String,
    /// First login.
    pub created_at: OffsetDateTime,
    /// Last change of anything here.
    pub updated_at: OffsetDateTime,
    /// Last login.
    pub last_successful_login: OffsetDateTime,
    /// The identity in the user registry, as `last_seen_identity` shows it. Its groups are those that SCIM pushed where
    /// it pushed any, otherwise those of the login.
    pub identity: Value,
}

/// One login that is still good, unless it has expired.
#[derive(Clone)]
pub struct Session {
    /// What its holder shows. A secret.
    pub token: String,
    /// Id of the identity provider that vouched.
    pub identity_provider: String,
    /// When it began.
    pub started: OffsetDateTime,
    /// When it ends.
    pub expires: OffsetDateTime,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Session");
        shown.field("identity_provider", &self.identity_provider);
        shown.field("started", &self.started).field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// What an identity provider says about somebody who proved who they are.
#[derive(Clone, Debug)]
pub struct Login {
    /// Their email, which is who they are.
    pub email: String,
    /// Their name; may be empty.
    pub name: String,
    /// Id of the identity provider.
    pub identity_provider: String,
    /// Names of their groups.
    pub groups: Vec<String>,
    /// Further claims, a JSON object.
    pub claims: Value,
    /// Where they called from.
    pub ip: String,
}

impl Person {
    /// They have logged in with this identity provider, so its SCIM service may act on them.
    pub fn has_used(&self, identity_provider: &str) -> bool {
        self.identity_providers.iter().any(|used| used == identity_provider)
    }

    /// The sessions that have not expired.
    pub fn live_sessions(&self, now: OffsetDateTime) -> impl Iterator<Item = &Session> {
        self.sessions.iter().filter(move |session| session.expires > now)
    }

    /// Ends all sessions; says how many there were. With user_deprovision, removal from the SCIM app does this, and with
    /// the update behaviour `reauth` a change of group membership does.
    pub fn revoke_sessions(&mut self, now: OffsetDateTime) -> usize {
        let ended = self.sessions.len();
        if ended > 0 {
            self.sessions.clear();
            self.updated_at = now;
        }
        ended
    }

    /// Gives the seat back, as seat_deprovision does. The next login takes one again.
    pub fn free_seat(&mut self, now: OffsetDateTime) {
        if self.access_seat {
            self.access_seat = false;
            self.updated_at = now;
        }
    }

    /// Updates the identity in the user registry: what Gateway and device profiles use at once, and Access from the
    /// next login on.
    pub fn update_identity(&mut self, name: Option<&str>, groups: Option<&[String]>, now: OffsetDateTime) {
        if let Some(name) = name {
            name.clone_into(&mut self.name);
            self.identity["name"] = json!(name);
        }
        if let Some(groups) = groups {
            self.identity["groups"] = json!(groups);
        }
        self.updated_at = now;
    }
}

impl Account {
    /// The people who have logged in, in the order of their first login.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// One of them, by email.
    pub fn person(&self, email: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.email.eq_ignore_ascii_case(email))
    }

    /// One of them, by email, to change.
    pub fn person_mut(&mut self, email: &str) -> Option<&mut Person> {
        self.people.iter_mut().find(|person| person.email.eq_ignore_ascii_case(email))
    }

    /// Takes note of a login and begins a session, whose token it returns. The first login creates the person; every
    /// login takes a seat for whoever has none.
    pub fn logged_in(&mut self, login: Login, now: OffsetDateTime) -> String {
        let token = ids::secret(64);
        let session = Session {
            token: token.clone(),
            identity_provider: login.identity_provider.clone(),
            started: now,
            expires: now + self.session_duration(),
        };
        let known = self.people.iter().position(|person| person.email.eq_ignore_ascii_case(&login.email));
        let index = known.unwrap_or_else(|| {
            self.people.push(Person::new(&login, now));
            self.people.len() - 1
        });
        let identity = self.identity(&login, &self.people[index].id, now);
        let person = &mut self.people[index];
        person.sessions.retain(|session| session.expires > now);
        person.sessions.push(session);
        if !person.has_used(&login.identity_provider) {
            person.identity_providers.push(login.identity_provider.clone());
        }
        if !person.access_seat {
            person.access_seat = true;
            person.seat_uid = ids::uuid();
        }
        person.email = login.email;
        person.name = login.name;
        person.identity_provider = login.identity_provider;
        person.groups = login.groups;
        person.claims = login.claims;
        person.updated_at = now;
        person.last_successful_login = now;
        person.identity = identity;
        token
    }

    /// The session that this token belongs to, and whose it is; none if it was revoked or has expired.
    pub fn session(&self, token: &str, now: OffsetDateTime) -> Option<(&Person, &Session)> {
        self.people
            .iter()
            .find_map(|person| Some((person, person.live_sessions(now).find(|session| session.token == token)?)))
    }

    /// Ends one session; the others of its holder go on.
    pub(crate) fn end_session(&mut self, token: &str) {
        for person in &mut self.people {
            person.sessions.retain(|session| session.token != token);
        }
    }

    /// Ends all sessions of a person; says how many there were.
    pub fn revoke_sessions(&mut self, email: &str, now: OffsetDateTime) -> usize {
        self.person_mut(email).map_or(0, |person| person.revoke_sessions(now))
    }

    /// The identity that a login leaves in the user registry.
    fn identity(&self, login: &Login, user: &str, now: OffsetDateTime) -> Value {
        let provider = self.identity_provider(&login.identity_provider);
        // Groups that SCIM pushed overwrite those of the login. That they do so when SCIM puts somebody into none of
        // its groups is not verified against a live tenant.
        let directory = provider.filter(|provider| provider.scim_enabled()).map(|provider| provider.directory());
        let pushed = directory.and_then(|directory| directory.pushed_groups(&login.email));
        json!({
            "account_id": self.id,
            "auth_status": "NONE",
            "common_name": "",
            "device_id": "",
            "device_sessions": {},
            "devicePosture": {},
            "email": login.email,
            "geo": {"country": "US"},
            "groups": pushed.as_ref().unwrap_or(&login.groups),
            "iat": now.unix_timestamp(),
            "idp": {"id": login.identity_provider, "type": provider.map_or("", |provider| provider.kind())},
            "ip": login.ip,
            "is_gateway": false,
            "is_warp": false,
            "mtls_auth": {
                "auth_status": "NONE",
                "cert_issuer_dn": "",
                "cert_issuer_ski": "",
                "cert_presented": false,
                "cert_serial": "",
            },
            "name": login.name,
            "service_token_id": "",
            "service_token_status": false,
            "user_uuid": user,
            "version": 2,
        })
    }

    /// The organization's `session_duration`.
    fn session_duration(&self) -> Duration {
        let set = self.organization.as_ref().and_then(|organization| organization.get("session_duration")?.as_str());
        set.and_then(duration).unwrap_or(DEFAULT_SESSION)
    }
}

impl Person {
    fn new(login: &Login, now: OffsetDateTime) -> Self {
        Self {
            id: ids::uuid(),
            email: login.email.clone(),
            name: login.name.clone(),
            identity_provider: login.identity_provider.clone(),
            identity_providers: Vec::new(),
            groups: Vec::new(),
            claims: Value::Null,
            sessions: Vec::new(),
            access_seat: false,
            seat_uid: String::new(),
            created_at: now,
            updated_at: now,
            last_successful_login: now,
            identity: Value::Null,
        }
    }

    /// The person as `GET …/access/users` lists them.
    /// <https://developers.cloudflare.com/api/resources/zero_trust/subresources/access/subresources/users/methods/list/>
    pub fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "uid": self.id,
            "email": self.email,
            "name": self.name,
            "access_seat": self.access_seat,
            "gateway_seat": false,
            "seat_uid": self.seat_uid,
            "active_device_count": 0,
            "created_at": clock::seconds(self.created_at),
            "updated_at": clock::seconds(self.updated_at),
            "last_successful_login": clock::seconds(self.last_successful_login),
        })
    }
}

/// A duration as Cloudflare writes it: numbers with units from `ns` to `h`, such as `24h` or `1h30m`.
fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let number: f64 = number.parse().ok()?;
        total = total.checked_add(Duration::checked_seconds_f64(number * seconds)?)?;
        rest = tail;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::mock::options::Options;

    const NOW: OffsetDateTime = datetime!(2026-03-25 06:09:58 UTC);

    fn ada(email: &str, groups: &[&str]) -> Login {
        Login {
            email: email.into(),
            name: "Ada".into(),
            identity_provider: "okta-1".into(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            claims: json!({}),
            ip: "127.0.0.1".into(),
        }
    }

    #[test]
    fn a_person_is_an_email_whatever_its_case() {
        let mut account = Account::new(&Options::default());
        assert!(account.person("ada@acme.example").is_none());
        account.logged_in(ada("ada@acme.example", &["one"]), NOW);
        account.logged_in(ada("Ada@Acme.example", &["two"]), NOW + Duration::hours(1));
        let [person] = account.people() else { panic!("{:?}", account.people()) };
        assert_eq!(
            (person.email.as_str(), person.groups.as_slice()),
            ("Ada@Acme.example", ["two".to_owned()].as_slice())
        );
        assert_eq!((person.created_at, person.last_successful_login), (NOW, NOW + Duration::hours(1)));
        assert_eq!(person.sessions.len(), 2);
        assert_eq!(person.identity["groups"], json!(["two"]));
        assert!(person.has_used("okta-1") && !person.has_used("okta-2"));
    }

    #[test]
    fn a_session_lasts_as_long_as_the_organization_says_or_until_it_is_revoked() {
        let mut account = Account::new(&Options::default());
        if let Some(organization) = &mut account.organization {
            organization.insert("session_duration".into(), json!("1h30m"));
        }
        let first = account.logged_in(ada("ada@acme.example", &[]), NOW);
        let before_the_end = NOW + Duration::minutes(89);
        assert!(account.session(&first, before_the_end).is_some());
        assert!(account.session(&first, NOW + Duration::minutes(90)).is_none());
        assert!(account.session("", before_the_end).is_none());
        let second = account.logged_in(ada("ada@acme.example", &[]), before_the_end);
        assert_eq!(account.revoke_sessions("ADA@acme.example", before_the_end), 2);
        assert!(
            account.session(&first, before_the_end).is_none() && account.session(&second, before_the_end).is_none()
        );
        assert_eq!(account.revoke_sessions("nobody@acme.example", before_the_end), 0);
    }

    #[test]
    fn logging_in_takes_a_seat_again() {
        let mut account = Account::new(&Options::default());
        account.logged_in(ada("ada@acme.example", &[]), NOW);
        let seat = account.people()[0].seat_uid.clone();
        account.person_mut("ada@acme.example").unwrap().free_seat(NOW);
        assert!(!account.people()[0].access_seat);
        account.logged_in(ada("ada@acme.example", &[]), NOW);
        assert!(account.people()[0].access_seat && account.people()[0].seat_uid != seat);
    }

    #[test]
    fn the_token_of_a_session_is_not_printed() {
        let mut account = Account::new(&Options::default());
        let token = account.logged_in(ada("ada@acme.example", &[]), NOW);
        assert!(!format!("{:?}", account.people()).contains(&token));
    }

    #[test]
    fn durations_are_numbers_with_units() {
        assert_eq!(duration("24h"), Some(Duration::hours(24)));
        assert_eq!(duration("1h30m5s"), Some(Duration::seconds(5405)));
        assert_eq!(duration("1.5h"), Some(Duration::minutes(90)));
        for unreadable in ["24", "h", "1d", "1h-5m", "99999999999999999999h"] {
            assert_eq!(duration(unreadable), None, "{unreadable}");
        }
    }
}
