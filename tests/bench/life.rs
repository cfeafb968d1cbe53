//! What a practitioner waits for: `terraform plan`, `apply` and `destroy` of n resources, in turns with the same of
//! `terraform_data`, which is built into Terraform and asks nobody.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::workspace::{Installation, Workspace};
use crate::peak::Watch;
use crate::samples::{Samples, timed};
use crate::service::{Request, Service};
use crate::{page, provider};

/// What is made of n.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// n `zt_okta_idp`.
    IdentityProviders,
    /// n `zt_okta_idp`, and a `zt_scim_config` on each.
    WithScim,
    /// n `okta_oidc_app` with a group assigned to each.
    Apps,
    /// As many of each of the four resources as make n.
    Mix,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::IdentityProviders => "identity providers",
            Self::WithScim => "identity providers with SCIM",
            Self::Apps => "OIDC apps with a group",
            Self::Mix => "all four resources",
        }
    }
}

/// What Terraform is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// A plan that creates everything.
    Plan,
    /// Applies it.
    Apply,
    /// A plan that finds nothing to do.
    NoOp,
    /// The same, with the secrets looked at as well (`secret_checks = "always"`).
    Secrets,
    /// A plan after somebody renamed every identity provider; the floor has another input instead.
    Drift,
    /// Destroys everything.
    Destroy,
}

impl Step {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan (create)",
            Self::Apply => "apply",
            Self::NoOp => "no-op plan",
            Self::Secrets => "no-op plan, secret_checks = always",
            Self::Drift => "drift plan",
            Self::Destroy => "destroy",
        }
    }
}

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Party {
    /// `terraform_data`.
    Floor,
    /// A provider that has the schema of `zt_okta_idp` and does nothing.
    Idle,
    /// This provider, with services whose answers take at least so many milliseconds.
    Ours(u32),
}

/// Steps of n resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subject {
    pub(crate) kind: Kind,
    pub(crate) n: usize,
}

/// What was found.
#[derive(Default)]
pub(crate) struct Terraform {
    /// Milliseconds.
    pub(crate) times: BTreeMap<(Subject, Step, Party), Samples>,
    /// The requests of the time with the most of them, at any latency.
    pub(crate) requests: BTreeMap<(Subject, Step), Vec<Request>>,
    /// The most memory that the provider took in a no-op plan, in MiB.
    pub(crate) memory: BTreeMap<Subject, Samples>,
}

/// How much is done of one subject.
struct Course {
    subject: Subject,
    parties: &'static [Party],
    steps: &'static [Step],
    /// How often it is made and destroyed.
    lives: usize,
    /// How often a plan that finds nothing is repeated in the first life.
    repeats: usize,
    /// Whether the times count, or the requests alone.
    timed: bool,
}

const BESIDE_TERRAFORM: &[Party] = &[Party::Floor, Party::Ours(0), Party::Ours(30)];
const ALL: &[Party] = &[Party::Floor, Party::Idle, Party::Ours(0), Party::Ours(30)];
const WHOLE_LIFE: &[Step] = &[Step::Plan, Step::Apply, Step::NoOp, Step::Drift, Step::Destroy];
const WITH_SECRETS: &[Step] = &[Step::Apply, Step::NoOp, Step::Secrets, Step::Destroy];

/// Everybody's times of a whole life.
fn timed_course(kind: Kind, n: usize, parties: &'static [Party], lives: usize, repeats: usize) -> Course {
    Course { subject: Subject { kind, n }, parties, steps: WHOLE_LIFE, lives, repeats, timed: true }
}

/// Our requests, which are the same each time.
fn counted_course(kind: Kind, n: usize, steps: &'static [Step]) -> Course {
    Course { subject: Subject { kind, n }, parties: &[Party::Ours(0)], steps, lives: 1, repeats: 1, timed: false }
}

fn courses(quick: bool) -> Vec<Course> {
    use Kind::{Apps, IdentityProviders, Mix, WithScim};
    if quick {
        return vec![
            timed_course(IdentityProviders, 1, ALL, 1, 1),
            timed_course(IdentityProviders, 20, ALL, 1, 2),
            counted_course(WithScim, 20, WITH_SECRETS),
            counted_course(Apps, 20, WITH_SECRETS),
            timed_course(Mix, 8, BESIDE_TERRAFORM, 1, 1),
        ];
    }
    // Destroying a thousand takes Terraform most of the time.
    let but_destroyed = &WITH_SECRETS[..3];
    vec![
        timed_course(IdentityProviders, 1, ALL, 31, 1),
        timed_course(IdentityProviders, 10, ALL, 5, 1),
        timed_course(IdentityProviders, 100, ALL, 5, 1),
        timed_course(IdentityProviders, 1000, ALL, 5, 5),
        timed_course(Mix, 4, BESIDE_TERRAFORM, 5, 1),
        timed_course(Mix, 100, BESIDE_TERRAFORM, 5, 1),
        counted_course(WithScim, 1, WITH_SECRETS),
        counted_course(WithScim, 10, WITH_SECRETS),
        counted_course(WithScim, 100, WITH_SECRETS),
        counted_course(WithScim, 1000, but_destroyed),
        counted_course(Apps, 1, WITH_SECRETS),
        counted_course(Apps, 10, WITH_SECRETS),
        counted_course(Apps, 100, WITH_SECRETS),
        counted_course(Apps, 1000, but_destroyed),
        counted_course(Mix, 1000, but_destroyed),
    ]
}

/// In how many plans the memory is watched.
const WATCHED: usize = 5;

/// Runs every course.
pub(crate) fn measure(quick: bool) -> Terraform {
    let mut found = Terraform::default();
    for course in courses(quick) {
        let (result, took) = timed(|| run(&course, &mut found));
        let Subject { kind, n } = course.subject;
        println!("{n} {}: {:.0} s", kind.name(), took / 1000.0);
        result
    }
    found
}

fn run(course: &Course, found: &mut Terraform) {
    let mut scenes: Vec<Scene> = course.parties.iter().map(|party| Scene::new(course.subject, *party)).collect();
    for life in 0..course.lives {
        for step in course.steps {
            let plans = matches!(step, Step::NoOp | Step::Secrets);
            let repeats = if plans && life == 0 { course.repeats } else { 1 };
            for _ in 0..repeats {
                for scene in &mut scenes {
                    let took = scene.step(*step, found);
                    if let Some(took) = took.filter(|_| course.timed) {
                        found.times.entry((course.subject, *step, scene.party)).or_default().add(took);
                    }
                }
            }
            // Watching takes time of its own, so those are other plans.
            if *step == Step::NoOp
                && life == 0
                && let Some(scene) = scenes.iter().find(|scene| scene.party == Party::Ours(0))
            {
                for _ in 0..WATCHED {
                    let watch = Watch::over(provider());
                    scene.terraform(&["plan", "-no-color", "-detailed-exitcode"], 0);
                    found.memory.entry(course.subject).or_default().add(watch.most());
                }
            }
        }
    }
}

/// A workspace, and the services that it talks to.
struct Scene {
    subject: Subject,
    party: Party,
    workspace: Workspace,
    service: Option<Service>,
}

impl Scene {
    fn new(subject: Subject, party: Party) -> Self {
        let idle = std::env::current_exe().unwrap();
        let provider = if party == Party::Idle { &idle } else { Path::new(provider()) };
        let mut workspace = Workspace::new(provider, Installation::Override);
        let service = match party {
            Party::Floor | Party::Idle => None,
            Party::Ours(latency) => Some(Service::start(latency)),
        };
        // Who has no service has no variables of one.
        workspace.set_env("TF_VAR_okta_org_url", "https://acme.okta.com");
        workspace.set_env("TF_VAR_access_group_id", "00g1");
        if let Some(service) = &service {
            service.env().iter().for_each(|(name, value)| workspace.set_env(name, value));
        }
        let n = if subject.kind == Kind::Mix { subject.n / 4 } else { subject.n };
        workspace.set_env("TF_VAR_n", &n.to_string());
        std::fs::write(workspace.config().join("main.tf"), configuration(subject.kind, party)).unwrap();
        Self { subject, party, workspace, service }
    }

    /// Milliseconds of a step, if this party does it at all.
    fn step(&mut self, step: Step, found: &mut Terraform) -> Option<f64> {
        if step == Step::Secrets && self.service.is_none() {
            return None;
        }
        self.before(step);
        let (arguments, code): (&[&str], _) = match step {
            Step::Plan | Step::Drift => (&["plan", "-no-color", "-detailed-exitcode"], 2),
            Step::NoOp | Step::Secrets => (&["plan", "-no-color", "-detailed-exitcode"], 0),
            Step::Apply => (&["apply", "-no-color", "-auto-approve"], 0),
            Step::Destroy => (&["destroy", "-no-color", "-auto-approve"], 0),
        };
        let ((), took) = timed(|| self.terraform(arguments, code));
        self.after(step);
        if let Some(service) = &self.service {
            let requests = found.requests.entry((self.subject, step)).or_default();
            let now = service.requests();
            if now.len() >= requests.len() {
                *requests = now;
            }
        }
        Some(took)
    }

    fn before(&mut self, step: Step) {
        match (step, &self.service) {
            (Step::Drift, Some(service)) => service.rename_all("Renamed"),
            (Step::Drift, None) => self.workspace.set_env("TF_VAR_salt", " renamed"),
            (Step::Secrets, _) => self.workspace.set_env("TF_VAR_secret_checks", "always"),
            _ => {}
        }
        if let Some(service) = &self.service {
            service.forget();
        }
    }

    fn after(&mut self, step: Step) {
        match step {
            Step::Drift => self.workspace.remove_env("TF_VAR_salt"),
            Step::Secrets => self.workspace.remove_env("TF_VAR_secret_checks"),
            _ => {}
        }
    }

    fn terraform(&self, arguments: &[&str], code: i32) {
        let output = self.workspace.terraform(arguments);
        assert_eq!(output.code, Some(code), "{output}");
    }
}

/// The configuration, which says how many with a variable.
fn configuration(kind: Kind, party: Party) -> String {
    match (party, kind) {
        (Party::Floor, Kind::Mix) => return format!("{FLOOR}{FLOOR_OF_THE_MIX}"),
        (Party::Floor, _) => return FLOOR.to_owned(),
        _ => {}
    }
    let parts = match kind {
        Kind::IdentityProviders => [IDENTITY_PROVIDERS].as_slice(),
        Kind::WithScim => &[IDENTITY_PROVIDERS, SCIM_CONFIGS],
        Kind::Apps => &[APPS],
        Kind::Mix => &[APPS, APPS_AS_LOGIN_METHODS, SCIM_CONFIGS, SCIM_APPS],
    };
    format!("{PROVIDER_BLOCK}{}", parts.concat())
}

const FLOOR: &str = r#"
variable "n" { type = number }

variable "salt" { default = "" }

resource "terraform_data" "many" {
  count = var.n

  input = {
    name          = "Okta ${count.index}${var.salt}"
    okta_account  = "https://acme.okta.com"
    client_id     = "0oabench${count.index}"
    client_secret = "a secret that nobody can guess, since it is long"
  }
}
"#;

/// Terraform's own time grows with the square of n where resources refer to each other, as those of the mix do.
const FLOOR_OF_THE_MIX: &str = r#"
resource "terraform_data" "login_methods" {
  count = var.n

  input = {
    client_id     = terraform_data.many[count.index].id
    client_secret = terraform_data.many[count.index].id
  }
}

resource "terraform_data" "scim_configs" {
  count = var.n

  input = terraform_data.login_methods[count.index].id
}

resource "terraform_data" "scim_apps" {
  count = var.n

  input = {
    scim_base_url = terraform_data.scim_configs[count.index].id
    scim_token    = terraform_data.scim_configs[count.index].id
  }
}
"#;

const PROVIDER_BLOCK: &str = r#"
terraform {
  required_providers {
    zt = { source = "zt-okta/zt" }
  }
}

variable "n" { type = number }

variable "okta_org_url" {}

variable "access_group_id" {}

variable "secret_checks" { default = "never" }

variable "salt" { default = "" }

provider "zt" {
  secret_checks = var.secret_checks
}
"#;

const IDENTITY_PROVIDERS: &str = r#"
resource "zt_okta_idp" "many" {
  count = var.n

  name          = "Okta ${count.index}${var.salt}"
  okta_account  = var.okta_org_url
  client_id     = "0oabench${count.index}"
  client_secret = "a secret that nobody can guess, since it is long"
}
"#;

const APPS_AS_LOGIN_METHODS: &str = r#"
resource "zt_okta_idp" "many" {
  count = var.n

  name          = "Okta ${count.index}"
  okta_account  = var.okta_org_url
  client_id     = okta_oidc_app.many[count.index].client_id
  client_secret = okta_oidc_app.many[count.index].client_secret
}
"#;

const SCIM_CONFIGS: &str = r#"
resource "zt_scim_config" "many" {
  count = var.n

  identity_provider_id = zt_okta_idp.many[count.index].id
  user_deprovision     = true
}
"#;

const APPS: &str = r#"
resource "okta_oidc_app" "many" {
  provider = zt
  count    = var.n

  label              = "Access ${count.index}"
  redirect_uris      = ["https://acme.cloudflareaccess.com/cdn-cgi/access/callback"]
  assigned_group_ids = [var.access_group_id]
}
"#;

const SCIM_APPS: &str = r#"
resource "okta_scim_app" "many" {
  provider = zt
  count    = var.n

  label              = "Access SCIM ${count.index}"
  scim_base_url      = zt_scim_config.many[count.index].scim_base_url
  scim_token         = zt_scim_config.many[count.index].secret
  assigned_group_ids = [var.access_group_id]

  provisioning = {
    create_users = true
  }
}
"#;

impl Terraform {
    /// The times of a step.
    pub(crate) fn time(&self, kind: Kind, n: usize, step: Step, party: Party) -> Option<&Samples> {
        self.times.get(&(Subject { kind, n }, step, party))
    }

    /// How many requests a side got in a step.
    pub(crate) fn count(&self, subject: Subject, step: Step, side: &str) -> Option<usize> {
        let requests = self.requests.get(&(subject, step))?;
        Some(requests.iter().filter(|request| request.side == side).count())
    }

    pub(crate) fn times_json(&self) -> Value {
        let rows = self.times.iter().map(|((subject, step, party), samples)| {
            let (who, latency) = match party {
                Party::Floor => ("terraform_data", None),
                Party::Idle => ("a provider that does nothing", None),
                Party::Ours(latency) => ("zt", Some(latency)),
            };
            json!({"kind": subject.kind.name(), "n": subject.n, "step": step.name(), "who": who,
                "latency_ms": latency, "milliseconds": samples.json()})
        });
        rows.collect()
    }

    pub(crate) fn requests_json(&self) -> Value {
        let rows = self.requests.iter().map(|((subject, step), requests)| {
            let mut routes: BTreeMap<String, usize> = BTreeMap::new();
            for request in requests {
                *routes.entry(page::route(request)).or_default() += 1;
            }
            json!({"kind": subject.kind.name(), "n": subject.n, "step": step.name(), "requests": requests.len(),
                "routes": routes})
        });
        rows.collect()
    }

    pub(crate) fn memory_json(&self) -> Value {
        let rows = self.memory.iter();
        rows.map(|(subject, most)| json!({"kind": subject.kind.name(), "n": subject.n, "mib": most.json()})).collect()
    }
}
