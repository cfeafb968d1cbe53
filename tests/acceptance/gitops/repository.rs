//! A checkout of `examples/gitops` for the mock's org and account, and its scripts as a pipeline runs them.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::policy;
use super::service::Service;
use crate::harness::process::{self, Output};
use crate::harness::story::Story;
use crate::harness::terraform::on_path;

pub(super) const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/gitops");
pub(super) const ENVIRONMENT: &str = "staging";
const LIMIT: Duration = Duration::from_secs(180);

/// Whose credentials a job has.
#[derive(Clone, Copy)]
pub(super) enum Role {
    /// A pull request's: they read, and see no client secret.
    ReadOnly,
    /// Those of an apply.
    Full,
    /// A night's: Okta's may list client secrets, Cloudflare's only read.
    Auditor,
}

pub(super) struct Repository {
    story: Story,
    /// What stands for OPA: the policy is evaluated in the test.
    opa: Service,
}

impl Repository {
    /// The example, with the mock's addresses in the variables of both environments.
    pub(super) fn new() -> Self {
        for program in ["jq", "curl", "unzip"] {
            assert!(on_path(program).is_some(), "install {program}: the scripts of examples/gitops need it");
        }
        let mut story = Story::through_a_mirror();
        // Each root module has a data folder of its own, as in a pipeline.
        story.workspace_mut().remove_env("TF_DATA_DIR");
        story.remove("terraform.tf");
        copy(Path::new(SOURCE), &story.workspace().config());
        let root = story.workspace().config();
        let policies = root.join("policy");
        let opa = Service::start(move |request| {
            let denied = policy::denied(&policies, &request.body);
            Some(json!({"result": [{"expressions": [{"value": denied, "text": "data.terraform.access.deny"}]}]}))
        });
        let repository = Self { story, opa };
        repository.install_programs();
        for environment in ["staging", "production"] {
            let variables = format!(
                "okta_org_url          = {:?}\ncloudflare_account_id = {:?}\npeople_group          = \"Zero Trust Users\"\n\
                 pushed_groups         = [\"Engineering\"]\n",
                repository.story.mock().org_url(),
                repository.story.mock().account_id()
            );
            fs::write(root.join("environments").join(environment).join("terraform.tfvars"), variables).unwrap();
        }
        repository
    }

    /// The same after a first apply.
    pub(super) fn applied() -> Self {
        let repository = Self::new();
        repository.run("apply.sh", Role::Full).expect_success();
        repository
    }

    fn install_programs(&self) {
        let bin = self.bin();
        fs::create_dir(&bin).unwrap();
        symlink(self.story.workspace().program(), bin.join("terraform")).unwrap();
        symlink(env!("CARGO_BIN_EXE_zt-mock"), bin.join("zt-mock")).unwrap();
        // Refuses what `opa eval` would not be asked for.
        let opa = format!(
            "#!/bin/sh\nset -eu\ncase $* in\n\"eval --format json --data policy --input \"*\" data.terraform.access.deny\") \
             ;;\n*) exit 9 ;;\nesac\nexec curl --silent --fail --data-binary \"@$7\" {}\n",
            self.opa.url
        );
        fs::write(bin.join("opa"), opa).unwrap();
        fs::set_permissions(bin.join("opa"), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn bin(&self) -> PathBuf {
        self.story.workspace().beside("bin")
    }

    pub(super) fn story(&self) -> &Story {
        &self.story
    }

    /// A file of the checkout.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.story.workspace().config().join(name)
    }

    #[track_caller]
    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// What a script left for the environment of the tests.
    #[track_caller]
    pub(super) fn out(&self, name: &str) -> String {
        self.read(&format!("out/{ENVIRONMENT}/{name}"))
    }

    /// The plan of the last script.
    #[track_caller]
    pub(super) fn plan_json(&self) -> Value {
        serde_json::from_str(&self.out("plan.json")).unwrap()
    }

    /// Edits a file of the checkout, as a pull request does.
    #[track_caller]
    pub(super) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from:?}");
        fs::write(self.path(name), text.replacen(from, to, 1)).unwrap();
    }

    /// One of `scripts/`, ready to be started.
    pub(super) fn script(&self, name: &str, role: Role) -> Command {
        self.program(&self.path(&format!("scripts/{name}")), role)
    }

    /// Any program, in the root of the checkout and with the environment of a job.
    pub(super) fn program(&self, program: &Path, role: Role) -> Command {
        let mock = self.story.mock();
        let mut command = self.story.workspace().command_of(program);
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", self.bin().display()));
        let (okta, cloudflare) = match role {
            Role::ReadOnly => (mock.okta_read_only_token(), mock.cloudflare_read_only_token()),
            Role::Full => (mock.okta_token(), mock.cloudflare_token()),
            Role::Auditor => (mock.okta_token(), mock.cloudflare_read_only_token()),
        };
        command.env("OKTA_API_TOKEN", okta).env("CLOUDFLARE_API_TOKEN", cloudflare);
        command
    }

    /// Runs one of `scripts/` for the environment of the tests.
    #[track_caller]
    pub(super) fn run(&self, name: &str, role: Role) -> Output {
        let mut command = self.script(name, role);
        command.arg(ENVIRONMENT);
        finish(command)
    }

    /// The attributes of a resource in the state.
    #[track_caller]
    pub(super) fn resource(&self, address: &str) -> Value {
        let state: Value = serde_json::from_str(&self.state()).unwrap();
        let (module, rest) = address
            .rsplit_once('.')
            .and_then(|(head, name)| {
                let (module, kind) = head.rsplit_once('.')?;
                Some((module, (kind, name)))
            })
            .unwrap();
        let found =
            state["resources"].as_array().unwrap().iter().find(|resource| {
                resource["module"] == module && resource["type"] == rest.0 && resource["name"] == rest.1
            });
        found.unwrap_or_else(|| panic!("{address} is not in the state"))["instances"][0]["attributes"].clone()
    }

    /// The state file.
    #[track_caller]
    pub(super) fn state(&self) -> String {
        self.read(&format!("environments/{ENVIRONMENT}/terraform.tfstate"))
    }
}

/// Runs a script to its end.
#[track_caller]
pub(super) fn finish(command: Command) -> Output {
    process::run(command, LIMIT)
}

/// Copies what a checkout would have; a run in the source folder itself may have left more.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        match entry.file_type().unwrap().is_dir() {
            true if name == ".terraform" || name == "out" => {}
            true => {
                fs::create_dir(&target).unwrap();
                copy(&entry.path(), &target);
            }
            false if name.to_string_lossy().contains(".tfstate") || name == ".terraform.lock.hcl" => {}
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}
