//! What the sides of one mock share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::clock::Clock;
use super::faults::Faults;
use super::journal::Journal;
use super::newborn::Newborns;
use super::options::Options;
use super::rate_limit::Limits;
use super::{cloudflare, okta};

/// One mock's state. Every handler gets it as its state; tests reach it through [`Mock`](super::Mock).
pub struct World {
    /// How the mock was set up.
    pub options: Options,
    /// The time it is in the mock.
    pub clock: Clock,
    /// Every request that was answered.
    pub journal: Journal,
    /// What was asked to go wrong.
    pub faults: Faults,
    /// What was made a moment ago.
    pub newborns: Newborns,
    /// How much of each side's request budget is used.
    pub limits: Limits,
    /// The Okta org. Lock it through [`World::okta`].
    pub okta: Mutex<okta::Org>,
    /// The Cloudflare account. Lock it through [`World::cloudflare`].
    pub cloudflare: Mutex<cloudflare::Account>,
    /// Where the sides listen, known once they do.
    pub addresses: OnceLock<Addresses>,
    /// Client for calls from one side to the other; it trusts the mock's own CA and follows no redirect.
    pub http: reqwest::Client,
    first_okta: okta::Org,
    first_cloudflare: cloudflare::Account,
}

/// Base URLs of the sides, without a slash at the end.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// The Okta org: stands for `https://ORG.okta.com`.
    pub org_url: String,
    /// Cloudflare's API, `/client/v4` included: stands for `https://api.cloudflare.com/client/v4`.
    pub api_url: String,
    /// The team domain: stands for `https://TEAM.cloudflareaccess.com`.
    pub auth_url: String,
}

impl Addresses {
    /// Host (and port) of the team domain, as the organization's `auth_domain` gives it.
    pub fn auth_domain(&self) -> &str {
        self.auth_url.split_once("://").map_or(self.auth_url.as_str(), |(_, host)| host)
    }
}

impl World {
    /// A fresh org and account. `http` is the client for calls from one side to the other.
    pub fn new(options: Options, http: reqwest::Client) -> Arc<Self> {
        let first_okta = okta::Org::new(&options);
        let first_cloudflare = cloudflare::Account::new(&options);
        Arc::new(Self {
            clock: Clock::default(),
            journal: Journal::default(),
            faults: Faults::default(),
            newborns: Newborns::default(),
            limits: Limits::new(options.rate_limit, options.rate_limit_speed),
            okta: Mutex::new(first_okta.clone()),
            cloudflare: Mutex::new(first_cloudflare.clone()),
            addresses: OnceLock::new(),
            http,
            first_okta,
            first_cloudflare,
            options,
        })
    }

    /// The Okta org, locked. Never hold it across an `await`.
    pub fn okta(&self) -> MutexGuard<'_, okta::Org> {
        self.okta.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The Cloudflare account, locked. Never hold it across an `await`.
    pub fn cloudflare(&self) -> MutexGuard<'_, cloudflare::Account> {
        self.cloudflare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the sides listen.
    ///
    /// # Panics
    ///
    /// Before the mock listens, which no request can see.
    pub fn addresses(&self) -> &Addresses {
        self.addresses.get().unwrap_or_else(|| panic!("the mock does not listen yet"))
    }

    /// How many objects of each noun exist, by side. Equal summaries before and after mean that nothing was left
    /// behind.
    pub fn summary(&self) -> BTreeMap<&'static str, BTreeMap<&'static str, usize>> {
        BTreeMap::from([("okta", self.okta().counts()), ("cloudflare", self.cloudflare().counts())])
    }

    /// Everything as it was when the mock started; ids, tokens and addresses stay.
    pub fn reset(&self) {
        *self.okta() = self.first_okta.clone();
        *self.cloudflare() = self.first_cloudflare.clone();
        self.clock.reset();
        self.journal.clear();
        self.faults.clear();
        self.newborns.clear();
        self.limits.clear();
    }
}
