//! Create, change, destroy while the services fail at random: under every seed it ends clean. There are several of each
//! resource, which Terraform reads and writes at the same time, so that they share lists, answers and rate limits.

mod real;
mod terraform;
mod weather;

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use serde_json::json;
use zt::cloudflare::okta_idp::OktaIdp;
use zt::cloudflare::scim_config::ScimConfig;
use zt::framework::model::Model;
use zt::mock::{Mock, Options};
use zt::okta::client_secret::ClientSecret;
use zt::okta::oidc_app::OidcApp;
use zt::okta::scim_app::ScimApp;

use self::terraform::{Block, Errors, Setting, Terraform};
use crate::table::{Counts, Outcome, Table};

/// The applies of one operation that are let down, at most.
const STORMY: usize = 2;
/// How many there are of each resource. All apps are on one group.
const WIDTH: usize = 4;
/// After so many applies something that still does not converge never will.
const MOST_APPLIES: usize = 8;

const ROW: &str = "services fail at random: create, change, destroy";
const WITH_TERRAFORM: &str = "services fail at random, Terraform itself";

/// Runs so many seeds, beginning with `first`; `with_terraform` more with Terraform itself.
pub fn run(table: &mut Table, only: Option<&str>, first: u64, (count, with_terraform): (u64, u64)) {
    if only.is_none_or(|only| ROW.contains(only)) {
        table.add(ROW, in_process(first, count, 6));
    }
    if only.is_none_or(|only| WITH_TERRAFORM.contains(only)) {
        table.add(WITH_TERRAFORM, real::run(first, with_terraform, 2));
    }
}

fn in_process(first: u64, count: u64, workers: usize) -> Vec<Outcome> {
    println!("{count} seeds, from {first} on");
    let (next, done) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        return;
                    }
                    let outcome = seeded(seed);
                    if !outcome.survived() {
                        println!("NOT SURVIVED: {}: {}", outcome.case, outcome.complaint);
                    }
                    done.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
                }
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// One run, on a mock of its own.
fn seeded(seed: u64) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut outcome = Outcome { case: format!("seed {seed}"), ..Outcome::default() };
        let mut run = Run::new(seed);
        for operation in [Operation::Create, Operation::Change, Operation::Destroy] {
            run.play(operation, &mut outcome).await;
            if !outcome.survived() {
                break;
            }
        }
        outcome
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Create,
    Change,
    Destroy,
}

struct Run {
    mock: Mock,
    terraform: Terraform,
    setting: Setting,
    rng: Rng,
    untouched: Counts,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mock = Mock::launch(Options::default()).unwrap_or_else(|error| panic!("{error}"));
        mock.pause_provisioning();
        let mut rng = Rng::with_seed(seed);
        let group = |name: &str| mock.okta().group_id(name).expect("a group of the mock");
        let setting = Setting {
            org_url: mock.org_url().to_owned(),
            callback: format!("{}/cdn-cgi/access/callback", mock.auth_url()),
            groups: [group("Engineering"), group("Zero Trust Users")],
            changed: false,
            adopts: rng.bool(),
        };
        let environment = mock.env().into_iter().collect();
        let terraform = Terraform::new(&blocks(), WIDTH, environment);
        let untouched = counts(&mock);
        Self { mock, terraform, setting, rng, untouched }
    }

    /// Lets the services fail for a while, and then applies until nothing is left to do.
    async fn play(&mut self, operation: Operation, outcome: &mut Outcome) {
        self.setting.changed |= operation == Operation::Change;
        let stormy = self.rng.usize(1..=STORMY);
        let mut told = String::new();
        for attempt in 0..MOST_APPLIES {
            let faults = &self.mock.world().faults;
            faults.clear();
            if attempt < stormy {
                let storm = weather::storm(&mut self.rng, WIDTH);
                told.push_str(&format!("\n  {operation:?}, apply {}: {}", attempt + 1, weather::describe(&storm)));
                storm.into_iter().for_each(|fault| faults.add(fault));
            }
            let errors = match operation {
                Operation::Destroy => self.terraform.destroy().await,
                _ => self.terraform.apply(&self.setting).await,
            };
            faults.clear();
            // Nobody applies again within the second.
            self.mock.world().clock.advance(Duration::from_secs(60));
            outcome.recovery = outcome.recovery.max(attempt);
            let is_over = errors.is_empty();
            told.push_str(&say(&errors));
            if errors.iter().any(|error| error.summary.contains("panicked")) {
                outcome.complain(&format!("a panic: {told}"));
                return;
            }
            if is_over {
                break;
            }
            self.follow(&errors, &mut told).await;
            if attempt + 1 == MOST_APPLIES {
                outcome.complain(&format!("it does not converge: {told}"));
                return;
            }
        }
        self.judge(operation, outcome, &told).await;
    }

    /// Does what the errors say about objects that are there already.
    async fn follow(&mut self, errors: &Errors, told: &mut String) {
        for error in errors {
            if error.summary.starts_with("SCIM is on already") {
                self.setting.adopts = true;
                continue;
            }
            let Some((_, block)) = error.detail.split_once("import {") else { continue };
            let of = |key: &str| {
                let line = block.lines().map(str::trim).find_map(|line| line.strip_prefix(key));
                line.map(|value| value.trim().trim_matches('"').to_owned())
            };
            if let (Some(to), Some(id)) = (of("to = "), of("id = ")) {
                let resource = to.split('.').next().unwrap_or_default();
                told.push_str(&format!("\n  import {resource} {id}"));
                let errors = self.terraform.import(error.chain, resource, &id).await;
                told.push_str(&say(&errors));
            }
        }
    }

    async fn judge(&mut self, operation: Operation, outcome: &mut Outcome, told: &str) {
        let expected = match operation {
            Operation::Destroy => self.untouched.clone(),
            _ => complete(self.setting.changed),
        };
        let actual = counts(&self.mock);
        let mut counted = Outcome::default();
        counted.count(&expected, &actual);
        if !counted.survived() {
            outcome.lost += counted.lost;
            outcome.duplicated += counted.duplicated;
            outcome.complain(&format!("after {operation:?}: {}{told}", counted.complaint));
        }
        if operation == Operation::Destroy {
            if !self.terraform.is_empty() {
                outcome.complain(&format!("something is left in the state{told}"));
            }
            return;
        }
        match self.terraform.plan(&self.setting).await {
            Ok(changes) if changes.is_empty() => {}
            Ok(changes) => outcome.complain(&format!("after {operation:?} the plan changes {changes:?}{told}")),
            Err(errors) => outcome.complain(&format!("after {operation:?} the plan fails: {}{told}", say(&errors))),
        }
    }
}

/// How many objects the configuration makes.
fn complete(changed: bool) -> Counts {
    let groups = if changed { 2 } else { 1 };
    let counts = [
        ("okta.apps", 2),
        ("okta.client_secrets", 2),
        ("okta.connections", 1),
        ("okta.group_assignments", 1 + groups),
        ("okta.push_mappings", 1),
        ("cloudflare.identity_providers", 1),
    ];
    counts.into_iter().map(|(noun, count)| (noun.to_owned(), WIDTH * count)).collect()
}

/// Those of them that count. The target groups of pushed groups stay where a name is given up, and people come with
/// groups.
fn counts(mock: &Mock) -> Counts {
    let mut counts = Counts::new();
    for (side, nouns) in mock.world().summary() {
        counts.extend(nouns.into_iter().map(|(noun, count)| (format!("{side}.{noun}"), count)));
    }
    let derived = ["okta.app_groups", "okta.user_assignments"];
    counts.retain(|noun, count| *count > 0 && !derived.contains(&noun.as_str()));
    counts
}

fn say(errors: &Errors) -> String {
    errors
        .iter()
        .map(|error| format!("\n    {} {}: {}", error.chain, error.summary, error.detail.replace('\n', " ")))
        .collect()
}

fn ty<M: Model>() -> zt::framework::types::Type {
    M::schema(0).ty()
}

fn named(what: &str, setting: &Setting, number: usize) -> String {
    format!("{what} {number}{}", if setting.changed { ", renamed" } else { "" })
}

/// All five resources, each with something that the change changes.
fn blocks() -> Vec<Block> {
    vec![
        Block {
            resource: "okta_oidc_app",
            ty: ty::<OidcApp>(),
            config: |setting, number| {
                json!({
                    "label": named("Access", setting, number),
                    "redirect_uris": [setting.callback],
                    "omit_secret": true,
                    "groups_claim": {"name": "groups", "type": "FILTER", "filter_type": "STARTS_WITH",
                        "value": if setting.changed { "eng" } else { "Eng" }},
                    "assigned_group_ids": if setting.changed { &setting.groups[..] } else { &setting.groups[..1] },
                    "adopt_existing": setting.adopts.then_some(true),
                })
            },
        },
        Block {
            resource: "okta_client_secret",
            ty: ty::<ClientSecret>(),
            config: |setting, _| {
                json!({
                    "app_id": "${okta_oidc_app.id}",
                    "omit_secret": true,
                    "keepers": {"year": "2026"},
                    "adopt_existing": setting.adopts.then_some(true),
                })
            },
        },
        Block {
            resource: "zt_okta_idp",
            ty: ty::<OktaIdp>(),
            config: |setting, number| {
                json!({
                    "name": named("Okta", setting, number),
                    "okta_account": setting.org_url,
                    "client_id": "${okta_oidc_app.client_id}",
                    "pkce_enabled": setting.changed,
                    "managed_client_secret": {"app_id": "${okta_oidc_app.id}", "secret_id": "${okta_client_secret.id}"},
                    "adopt_existing": setting.adopts.then_some(true),
                })
            },
        },
        Block {
            resource: "zt_scim_config",
            ty: ty::<ScimConfig>(),
            config: |setting, _| {
                json!({
                    "identity_provider_id": "${zt_okta_idp.id}",
                    "user_deprovision": true,
                    "identity_update_behavior": if setting.changed { "reauth" } else { "automatic" },
                    "adopt_existing": setting.adopts.then_some(true),
                })
            },
        },
        Block {
            resource: "okta_scim_app",
            ty: ty::<ScimApp>(),
            config: |setting, number| {
                json!({
                    "label": named("Access SCIM", setting, number),
                    "scim_base_url": "${zt_scim_config.scim_base_url}",
                    "scim_token": "${zt_scim_config.secret}",
                    "provisioning": {"create_users": true, "update_user_attributes": !setting.changed,
                        "deactivate_users": true},
                    "assigned_group_ids": setting.groups[..1],
                    "push_groups": [{"source_group_id": setting.groups[0],
                        "target_group_name": if setting.changed { "Builders" } else { "Engineering" }}],
                    "adopt_existing": setting.adopts.then_some(true),
                })
            },
        },
    ]
}
