//! What a practitioner does, one method per step: write a configuration, plan, apply, import, destroy.
//!
//! Each step runs the real `terraform`, which starts the built provider and negotiates with it, against a mock of its
//! own. A step that goes otherwise than its name says fails the test and shows what Terraform said.

use std::fs;
use std::ops::Deref;
use std::path::Path;

use serde_json::Value;
use zt::mock::{Mock, Options};

use super::browser::Browser;
use super::console;
use super::diagnostic::{Diagnostic, listing};
use super::feature::{self, IMPORT_BLOCKS_FOR_OTHER_PREFIXES};
use super::plan::Plan;
use super::process::{self, Output};
use super::state;
use super::workspace::{self, Installation, Workspace};

/// The built provider.
pub const PLUGIN: &str = env!("CARGO_BIN_EXE_terraform-provider-zt");

/// What configurations begin with, unless they say it themselves.
pub const REQUIRED_PROVIDERS: &str =
    "terraform {\n  required_providers {\n    zt = {\n      source = \"zt-okta/zt\"\n    }\n  }\n}\n";

/// A workspace and the mock that it talks to.
///
/// ```ignore
/// let story = Story::new();
/// story.write("main.tf", r#"resource "okta_oidc_app" "access" { … }"#);
/// story.apply();
/// assert_eq!(story.resource("okta_oidc_app.access")["label"], "Access");
/// story.destroy();
/// ```
pub struct Story {
    workspace: Workspace,
    mock: Mock,
}

/// The end of an `apply` or `destroy` that was not refused.
pub struct Applied {
    /// Its warnings.
    pub warnings: Vec<Diagnostic>,
}

/// The end of a step that was refused.
pub struct Refused {
    /// Errors and warnings, in Terraform's order.
    pub diagnostics: Vec<Diagnostic>,
    /// Everything that Terraform wrote.
    pub output: Output,
}

impl Story {
    /// An empty configuration that knows the provider, and an empty mock with default options.
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    /// The same with a mock set up otherwise.
    pub fn with(options: Options) -> Self {
        Self::begin(options, Installation::Override)
    }

    /// A story in which `terraform init` installs the provider from a mirror.
    pub fn through_a_mirror() -> Self {
        Self::begin(Options::default(), Installation::Mirror)
    }

    fn begin(options: Options, installation: Installation) -> Self {
        let mock = Mock::launch(options).unwrap_or_else(|error| panic!("{error}"));
        let mut workspace = Workspace::new(Path::new(PLUGIN), installation);
        mock.env().iter().for_each(|(name, value)| workspace.set_env(name, value));
        let story = Self { workspace, mock };
        story.write("terraform.tf", REQUIRED_PROVIDERS);
        story
    }

    /// The other side of the network, to look at and to change behind Terraform's back.
    pub fn mock(&self) -> &Mock {
        &self.mock
    }

    /// Where it happens.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The same, to change the environment of the steps that follow.
    pub fn workspace_mut(&mut self) -> &mut Workspace {
        &mut self.workspace
    }

    /// Sets an input variable for the steps that follow: a text, or a JSON value for another type.
    pub fn set_variable(&mut self, name: &str, value: &str) {
        self.workspace.set_env(&format!("TF_VAR_{name}"), value);
    }

    /// One API call to Okta with full rights, as somebody in its console would make it.
    #[track_caller]
    pub fn in_okta(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        console::okta(&self.mock, method, path, body)
    }

    /// One API call to Cloudflare with full rights, as somebody in its dashboard would make it; answers its `result`.
    #[track_caller]
    pub fn in_cloudflare(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        console::cloudflare(&self.mock, method, path, body)
    }

    /// Somebody at a browser of their own, once they have entered their password: what the team domain shows them.
    #[track_caller]
    pub fn log_in(&self, login: &str) -> Browser {
        let password = self.mock.okta().password(login).unwrap_or_else(|| panic!("{login} has no password")).to_owned();
        let mut browser = Browser::new(&self.mock);
        browser.open(&format!("{}/cdn-cgi/access/login", self.mock.auth_url())).log_in(login, &password);
        browser
    }

    // Configuration

    /// Writes, or overwrites, one file of the configuration.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.workspace.config().join(name), text).unwrap();
    }

    /// A file of the configuration, one that Terraform wrote included.
    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.workspace.config().join(name)).unwrap()
    }

    /// Removes one file of the configuration.
    pub fn remove(&self, name: &str) {
        fs::remove_file(self.workspace.config().join(name)).unwrap();
    }

    /// Forgets the state; what it was about stays where it is.
    pub fn forget(&self) {
        fs::remove_file(self.workspace.config().join("terraform.tfstate")).unwrap();
    }

    /// Adds the Terraform files of a folder; if they say themselves where the provider comes from, they have the word.
    pub fn copy(&self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())).flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "tf") {
                let text = fs::read_to_string(entry.path()).unwrap();
                self.write(&entry.file_name().to_string_lossy(), &text);
                if text.contains("required_providers") {
                    self.remove("terraform.tf");
                }
            }
        }
    }

    // Steps

    /// `terraform init`; only a story through a mirror needs it.
    #[track_caller]
    pub fn init(&self) -> Output {
        self.workspace.terraform(&["init", "-no-color"]).expect_success()
    }

    /// The diagnostics of `terraform validate`; empty for a valid configuration without warnings.
    #[track_caller]
    pub fn validate(&self) -> Vec<Diagnostic> {
        let output = self.workspace.terraform(&["validate", "-json"]);
        let answer: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"));
        Diagnostic::list(&answer["diagnostics"])
    }

    /// Expects a valid configuration without warnings.
    #[track_caller]
    pub fn expect_valid(&self) {
        let diagnostics = self.validate();
        assert!(diagnostics.is_empty(), "{}", listing(&diagnostics));
    }

    /// The one error of `terraform validate`.
    #[track_caller]
    pub fn validate_fails(&self) -> Diagnostic {
        the_one_error(self.validate())
    }

    /// Applies, and then expects that there is nothing to do, with and without refresh.
    #[track_caller]
    pub fn apply(&self) -> Applied {
        let applied = self.apply_only();
        self.expect_empty_plan();
        applied
    }

    /// Applies; what the next plan says is the test's business.
    #[track_caller]
    pub fn apply_only(&self) -> Applied {
        self.change(&["apply", "-auto-approve", "-json"])
    }

    /// `terraform apply -replace`, although nothing changed; what the next plan says is the test's business.
    #[track_caller]
    pub fn replace(&self, address: &str) -> Applied {
        self.change(&["apply", "-auto-approve", "-json", &format!("-replace={address}")])
    }

    /// The same, refused.
    #[track_caller]
    pub fn replace_fails(&self, address: &str) -> Refused {
        self.refused(&["apply", "-auto-approve", "-json", &format!("-replace={address}")])
    }

    /// An apply that Terraform or the provider refuses.
    #[track_caller]
    pub fn apply_fails(&self) -> Refused {
        self.refused(&["apply", "-auto-approve", "-json"])
    }

    /// Destroys everything in the state.
    #[track_caller]
    pub fn destroy(&self) -> Applied {
        let applied = self.change(&["destroy", "-auto-approve", "-json"]);
        assert_eq!(self.addresses(), Vec::<String>::new(), "still in the state after `terraform destroy`");
        applied
    }

    /// A destroy that is refused.
    #[track_caller]
    pub fn destroy_fails(&self) -> Refused {
        self.refused(&["destroy", "-auto-approve", "-json"])
    }

    /// `terraform plan`.
    #[track_caller]
    pub fn plan(&self) -> Plan {
        self.plan_with(&[])
    }

    /// `terraform plan -refresh-only`: what changed outside of Terraform, and nothing else.
    #[track_caller]
    pub fn plan_refresh_only(&self) -> Plan {
        self.plan_with(&["-refresh-only"])
    }

    /// `terraform plan` with further options.
    #[track_caller]
    pub fn plan_with(&self, options: &[&str]) -> Plan {
        let saved = self.workspace.beside_anew(".plan");
        let file = saved.to_string_lossy();
        let out = format!("-out={file}");
        let output = self.workspace.terraform(&[&["plan", "-json", "-detailed-exitcode", &out], options].concat());
        let diagnostics = Diagnostic::lines(&output.stdout);
        let exit_code = match output.code {
            Some(code @ (0 | 2)) => code,
            _ => panic!("{}{output}", listing(&diagnostics)),
        };
        let json = self.workspace.terraform(&["show", "-json", &file]).expect_success().stdout;
        let show = self.workspace.command(&["show", "-no-color", &file]);
        let text = move || process::run(show, workspace::LIMIT).expect_success().stdout;
        Plan::new(saved, exit_code, serde_json::from_str(&json).unwrap(), diagnostics, text)
    }

    /// A plan that is refused.
    #[track_caller]
    pub fn plan_fails(&self) -> Refused {
        self.refused(&["plan", "-json"])
    }

    /// Plans with refresh, and without, and must find nothing to do. A refresh that finds what the state has makes the
    /// second plan the same as the first, so it is spared.
    #[track_caller]
    pub fn expect_empty_plan(&self) {
        let plan = |options: &[&str]| {
            let output = self.workspace.terraform(&[&["plan", "-detailed-exitcode", "-json"], options].concat());
            assert!(output.success(), "expected an empty plan ({options:?}): {output}");
            output.stdout
        };
        if plan(&[]).contains("\"type\":\"resource_drift\"") {
            plan(&["-refresh=false"]);
        }
    }

    /// `terraform import` into the state.
    #[track_caller]
    pub fn import(&self, address: &str, id: &str) -> Output {
        self.workspace.terraform(&["import", "-no-color", address, id]).expect_success()
    }

    /// Adds the `import` block for an object of an `okta_*` type and applies, or where this Terraform has none for such
    /// types, runs `terraform import` before.
    #[track_caller]
    pub fn apply_import(&self, address: &str, id: &str) -> Applied {
        if feature::available(IMPORT_BLOCKS_FOR_OTHER_PREFIXES) {
            self.write("import.tf", &format!("import {{\n  to = {address}\n  id = {id:?}\n}}\n"));
        } else {
            self.import(address, id);
        }
        self.apply()
    }

    /// An import that is refused; the text is what Terraform said.
    #[track_caller]
    pub fn import_fails(&self, address: &str, id: &str) -> String {
        let output = self.workspace.terraform(&["import", "-no-color", address, id]);
        assert!(!output.success(), "expected a refusal: {output}");
        output.text()
    }

    /// Imports what the state already has into a second state, and expects the same attributes there. Those that
    /// `ignore` names are what the service does not tell.
    #[track_caller]
    pub fn import_verify(&self, address: &str, id: &str, ignore: &[&str]) {
        let second = self.workspace.beside("imported.tfstate");
        drop(fs::remove_file(&second));
        let file = second.to_string_lossy();
        let state = format!("-state={file}");
        self.workspace.terraform(&["import", "-no-color", &state, address, id]).expect_success();
        let imported = state::find(&fs::read_to_string(&second).unwrap(), address).attributes;
        let held = self.resource(address);
        for (name, expected) in held.as_object().unwrap() {
            if !ignore.contains(&name.as_str()) {
                assert_eq!(&imported[name], expected, "{address}: {name} differs after the import (left: imported)");
            }
        }
    }

    // What there is

    /// The state as `terraform show -json` gives it, secrets included.
    #[track_caller]
    pub fn state(&self) -> Value {
        let shown = self.workspace.terraform(&["show", "-json"]).expect_success().stdout;
        serde_json::from_str(&shown).unwrap()
    }

    /// The state file as it is on disk; empty if there is none.
    pub fn state_file(&self) -> String {
        fs::read_to_string(self.workspace.config().join("terraform.tfstate")).unwrap_or_default()
    }

    /// The addresses in the state, data sources included, sorted.
    pub fn addresses(&self) -> Vec<String> {
        state::instances(&self.state_file()).into_iter().map(|instance| instance.address).collect()
    }

    /// The attributes of a resource in the state.
    #[track_caller]
    pub fn resource(&self, address: &str) -> Value {
        state::find(&self.state_file(), address).attributes
    }

    /// True if the state has the resource as tainted.
    #[track_caller]
    pub fn is_tainted(&self, address: &str) -> bool {
        state::find(&self.state_file(), address).tainted
    }

    /// The value of an output, sensitive or not.
    #[track_caller]
    pub fn output(&self, name: &str) -> Value {
        let output = self.workspace.terraform(&["output", "-json", name]).expect_success();
        serde_json::from_str(&output.stdout).unwrap()
    }

    #[track_caller]
    fn change(&self, arguments: &[&str]) -> Applied {
        let output = self.workspace.terraform(arguments);
        let diagnostics = Diagnostic::lines(&output.stdout);
        assert!(output.success(), "{}{output}", listing(&diagnostics));
        Applied { warnings: diagnostics }
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str]) -> Refused {
        let output = self.workspace.terraform(arguments);
        assert!(!output.success(), "expected a refusal: {output}");
        Refused { diagnostics: Diagnostic::lines(&output.stdout), output }
    }
}

impl Applied {
    /// The one warning.
    #[track_caller]
    pub fn warning(&self) -> &Diagnostic {
        assert_eq!(self.warnings.len(), 1, "expected one warning:\n{}", listing(&self.warnings));
        &self.warnings[0]
    }

    /// Whether one of the warnings says this.
    pub fn warns_of(&self, text: &str) -> bool {
        self.warnings.iter().any(|warning| warning.text().contains(text))
    }
}

impl Refused {
    /// The one error.
    #[track_caller]
    pub fn error(&self) -> Diagnostic {
        the_one_error(self.diagnostics.clone())
    }
}

impl Deref for Refused {
    type Target = [Diagnostic];

    fn deref(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

#[track_caller]
fn the_one_error(diagnostics: Vec<Diagnostic>) -> Diagnostic {
    let (errors, others): (Vec<_>, Vec<_>) = diagnostics.into_iter().partition(Diagnostic::is_error);
    assert_eq!(errors.len(), 1, "expected one error:\n{}{}", listing(&errors), listing(&others));
    errors.into_iter().next().unwrap()
}
