//! One story with secrets in it, and every place in which they could turn up.

use std::fs;
use std::path::Path;

use crate::harness::browser::Browser;
use crate::harness::planted::{Planted, Search};
use crate::harness::process::Output;
use crate::harness::story::Story;

use super::plan_file;

/// A place to search, as it was at some moment.
struct Place {
    name: String,
    text: Vec<u8>,
    /// A state, or a plan of one: it holds what the configuration keeps in the state.
    is_state: bool,
}

/// A story, what was planted in it, and what was collected to be searched: secrets that services mint are known only
/// later.
pub(super) struct Scene {
    name: &'static str,
    pub(super) story: Story,
    secrets: Vec<Planted>,
    /// Secrets that this configuration keeps in the state.
    kept: Vec<Planted>,
    places: Vec<Place>,
}

impl Scene {
    /// Terraform and the provider say all they can from now on.
    pub(super) fn new(name: &'static str, mut story: Story) -> Self {
        story.workspace_mut().set_env("TF_LOG", "TRACE");
        Self { name, story, secrets: Vec::new(), kept: Vec::new(), places: Vec::new() }
    }

    /// A secret that may be nowhere.
    pub(super) fn plant(&mut self, secret: &Planted) {
        self.secrets.push(secret.clone());
    }

    /// A secret that a service minted, or that somebody has.
    pub(super) fn plant_found(&mut self, name: &str, text: &str) {
        self.secrets.push(Planted::new(name, text));
    }

    /// A secret that the state holds, as the configuration wants it, and no other place.
    pub(super) fn keep(&mut self, secret: &Planted) {
        self.kept.push(secret.clone());
    }

    /// Adds a place.
    pub(super) fn place(&mut self, what: &str, text: impl Into<Vec<u8>>) {
        self.add(what, text.into(), false);
    }

    fn add(&mut self, what: &str, text: Vec<u8>, is_state: bool) {
        assert!(!text.is_empty(), "{}: there is nothing in {what}", self.name);
        self.places.push(Place { name: format!("{}: {what}", self.name), text, is_state });
    }

    /// Runs a command, whose output and log are places.
    #[track_caller]
    pub(super) fn run(&mut self, what: &str, arguments: &[&str]) -> Output {
        let output = self.story.workspace().terraform(arguments);
        self.said(what, &output);
        output
    }

    /// The output and the log of a command that has run.
    #[track_caller]
    pub(super) fn said(&mut self, what: &str, output: &Output) {
        let told = |line: &&str| line.contains("provider.terraform-provider-zt") && line.contains("http exchange");
        let calls = output.stderr.lines().filter(told).count();
        assert!(calls > 0 || output.stderr.contains("terraform-provider-zt"), "the provider logged nothing: {output}");
        self.place(&format!("{what}, output"), output.stdout.clone());
        self.place(&format!("{what}, log"), output.stderr.clone());
    }

    /// An apply that is not refused.
    #[track_caller]
    pub(super) fn apply(&mut self, what: &str) {
        self.run(what, &["apply", "-auto-approve", "-no-color"]).expect_success();
        self.state(what);
    }

    /// An apply that a service refuses with words that quote secrets. The refusal reaches the person.
    #[track_caller]
    pub(super) fn apply_refused(&mut self, what: &str) {
        for format in ["-no-color", "-json"] {
            let output = self.run(&format!("{what}, {format}"), &["apply", "-auto-approve", format]);
            assert!(!output.success(), "expected a refusal: {output}");
            // Terraform breaks lines where it likes.
            let text = output.text().split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains("no such thing as (hidden)"), "{output}");
        }
    }

    /// State and backup as they are now.
    pub(super) fn state(&mut self, what: &str) {
        for name in ["terraform.tfstate", "terraform.tfstate.backup"] {
            if let Ok(text) = fs::read(self.story.workspace().config().join(name)) {
                self.add(&format!("{name} after {what}"), text, true);
            }
        }
    }

    /// A plan, in all the ways there are to look at it.
    #[track_caller]
    pub(super) fn plan(&mut self, what: &str) {
        let file = self.story.workspace().beside("look.plan");
        let path = file.to_string_lossy().into_owned();
        let output = self.run(what, &["plan", "-no-color", &format!("-out={path}")]);
        assert!(output.success(), "{output}");
        let archive = fs::read(&file).unwrap();
        let inside = plan_file::files(&archive);
        assert!(inside.iter().any(|(name, _)| name == "tfplan"), "what is a plan in it?");
        self.add(&format!("{what}, plan file"), archive, true);
        for (name, text) in inside {
            // The backend's settings of a configuration without any are an empty file.
            if !text.is_empty() {
                self.add(&format!("{what}, {name} in the plan file"), text, true);
            }
        }
        let shown = self.run(&format!("{what}, show"), &["show", "-no-color", &path]).expect_success();
        assert!(!shown.stdout.is_empty());
        let json = self.story.workspace().terraform(&["show", "-json", &path]).expect_success();
        self.add(&format!("{what}, plan JSON"), json.stdout.into(), true);
        self.place(&format!("{what}, log of show -json"), json.stderr);
    }

    /// The state as `terraform show` prints it, and refreshes of it.
    #[track_caller]
    pub(super) fn refresh(&mut self, what: &str) {
        self.run(&format!("{what}, refresh"), &["apply", "-refresh-only", "-auto-approve", "-no-color"])
            .expect_success();
        let shown = self.story.workspace().terraform(&["show", "-no-color"]).expect_success();
        self.place(&format!("{what}, show"), shown.stdout);
        self.state(&format!("{what}, refresh"));
    }

    /// What Terraform leaves behind when something crashes.
    pub(super) fn crash_reports(&mut self) -> usize {
        let is_report = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().contains("crash"));
        let entries = fs::read_dir(self.story.workspace().config()).unwrap().flatten().map(|entry| entry.path());
        let reports: Vec<_> = entries.filter(|path| is_report(path)).collect();
        for report in &reports {
            self.place(&report.file_name().unwrap().to_string_lossy(), fs::read(report).unwrap());
        }
        reports.len()
    }

    /// What the mock shows: its journal, and its pages for people.
    pub(super) fn mock(&mut self) {
        self.story.mock().world().faults.clear();
        let org = self.story.mock().org_url().to_owned();
        for path in ["journal", "", "state", "okta/console", "okta/provisioning", "cloudflare/dashboard"] {
            let mut browser = Browser::new(self.story.mock());
            browser.open(&format!("{org}/_mock/{path}"));
            self.place(&format!("the mock's /_mock/{path}"), browser.source());
        }
    }

    /// Looks for every secret in every place.
    pub(super) fn search(self) -> Search {
        let mut search = Search::default();
        for Place { name, text, is_state } in &self.places {
            let kept = self.kept.iter().filter(|_| !is_state);
            search.place(name, text, self.secrets.iter().chain(kept));
        }
        search
    }

    /// Looks for what the state keeps where it is kept: a search that finds nothing there finds nothing anywhere.
    pub(super) fn search_states(&self) -> Search {
        let mut search = Search::default();
        for Place { name, text, .. } in self.places.iter().filter(|place| place.is_state) {
            search.place(name, text, &self.kept);
        }
        search
    }
}
