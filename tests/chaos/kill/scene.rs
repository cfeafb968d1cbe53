//! `examples/complete` on a mock of its own, which goes back to where an apply begins as often as it is wanted.

use std::fs;
use std::path::Path;

use zt::mock::cloudflare::Account;
use zt::mock::okta::Org;

use crate::harness::diagnostic::Diagnostic;
use crate::harness::process::Output;
use crate::harness::story::Story;
use crate::table::Counts;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/complete");
const MAIN: &str = "main.tf";
const IMPORTS: &str = "imports.tf";
const STATE: &str = "terraform.tfstate";
const BACKUP: &str = "terraform.tfstate.backup";

/// Which apply is disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// The first one.
    Create,
    /// One that changes every resource.
    Update,
    /// The one that destroys.
    Destroy,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Create, Self::Update, Self::Destroy];

    /// Its command.
    pub fn command(self) -> &'static str {
        if self == Self::Destroy { "destroy" } else { "apply" }
    }
}

/// What there is on both sides, and in the state.
#[derive(Clone)]
struct Snapshot {
    okta: Org,
    cloudflare: Account,
    state: Option<String>,
}

/// How a create goes on that finds an object which Terraform does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It stops, and a person adds what the error says.
    Told,
    /// `adopt_existing = true` is in the configuration from the beginning.
    Adopted,
}

/// One mock and one workspace.
pub struct Scene {
    pub story: Story,
    untouched: Snapshot,
    complete: Snapshot,
    main: String,
}

impl Scene {
    /// Applies the example once, undisturbed.
    pub fn new() -> Self {
        let story = Story::new();
        story.copy(Path::new(EXAMPLE));
        // What Okta pushes in the background is no part of an apply.
        story.mock().pause_provisioning();
        let main = story.read(MAIN);
        let untouched = snapshot(&story);
        story.apply_only();
        let complete = snapshot(&story);
        Self { story, untouched, complete, main }
    }

    /// Goes back to where `operation` begins.
    pub fn begin(&self, operation: Operation, found: Found) {
        let from = if operation == Operation::Create { &self.untouched } else { &self.complete };
        self.story.mock().world().faults.clear();
        *self.story.mock().okta() = from.okta.clone();
        *self.story.mock().cloudflare() = from.cloudflare.clone();
        self.story.mock().journal().clear();
        let folder = self.story.workspace().config();
        for left in [IMPORTS, STATE, BACKUP, ".terraform.tfstate.lock.info"] {
            drop(fs::remove_file(folder.join(left)));
        }
        if let Some(state) = &from.state {
            self.story.write(STATE, state);
        }
        let mut main = self.main.clone();
        if found == Found::Adopted {
            main = adopting(&main, "");
        }
        if operation == Operation::Update {
            main = changed(&main);
        }
        self.story.write(MAIN, &main);
    }

    /// The command of the operation, run to its end.
    pub fn run(&self, operation: Operation) -> Output {
        self.story.workspace().terraform(&[operation.command(), "-auto-approve", "-json"])
    }

    /// Terraform empties its state file before it writes it, and a second Ctrl-C ends it at once, there as well. Then its
    /// user takes the copy that it has made before. Whether that was done.
    pub fn mend_state(&self) -> bool {
        let read = |name: &str| fs::read_to_string(self.story.workspace().config().join(name)).ok();
        let is_whole = |text: &String| serde_json::from_str::<serde_json::Value>(text).is_ok();
        // There is none before the first one is written.
        let Some(broken) = read(STATE).filter(|state| !is_whole(state)) else { return false };
        let backup = read(BACKUP).filter(is_whole);
        match &backup {
            Some(backup) => self.story.write(STATE, backup),
            None => println!("the state was cut off, and there is no whole copy of it: {broken:?}"),
        }
        backup.is_some()
    }

    /// How many objects there are.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::new();
        for (side, nouns) in self.story.mock().world().summary() {
            counts.extend(nouns.into_iter().map(|(noun, count)| (format!("{side}.{noun}"), count)));
        }
        counts
    }

    /// Does what an error says about an object that is there already: adds the import block that it prints, with the
    /// address that Terraform prints; for a secret that nobody can know, `adopt_existing`. False if it says nothing.
    pub fn follow(&self, error: &Diagnostic) -> bool {
        let Some(address) = &error.address else { return false };
        let (resource, _) = address.split_once('.').unwrap_or_default();
        if error.summary.starts_with("SCIM is on already") {
            self.story.write(MAIN, &adopting(&self.story.read(MAIN), resource));
            return true;
        }
        let Some((_, block)) = error.detail.split_once("import {") else { return false };
        let Some((block, _)) = block.split_once('}') else { return false };
        let block = block.replace(&format!("{resource}.NAME"), address);
        let folder = self.story.workspace().config();
        let imports = fs::read_to_string(folder.join(IMPORTS)).unwrap_or_default();
        self.story.write(IMPORTS, &format!("{imports}import {{{block}}}\n"));
        block.contains(address.as_str())
    }
}

fn snapshot(story: &Story) -> Snapshot {
    let state = story.state_file();
    Snapshot {
        okta: story.mock().okta().clone(),
        cloudflare: story.mock().cloudflare().clone(),
        state: (!state.is_empty()).then_some(state),
    }
}

/// The configuration with `adopt_existing = true` in every resource of this type, or of every type.
fn adopting(main: &str, resource: &str) -> String {
    let mut text = String::new();
    for line in main.lines() {
        text.push_str(line);
        text.push('\n');
        if line.starts_with(&format!("resource \"{resource}")) {
            text.push_str("  adopt_existing = true\n");
        }
    }
    text
}

/// The configuration with a change in every resource.
fn changed(main: &str) -> String {
    let mut text = main.to_owned();
    for (before, after) in [
        ("label         = \"Cloudflare Access\"\n", "label         = \"Cloudflare Access, renamed\"\n"),
        ("filter_type = \"STARTS_WITH\"", "filter_type = \"EQUALS\""),
        ("name         = \"Okta\"", "name         = \"Okta, renamed\""),
        ("identity_update_behavior = \"automatic\"", "identity_update_behavior = \"reauth\""),
        ("label         = \"Cloudflare Access SCIM\"", "label         = \"Cloudflare Access SCIM, renamed\""),
        ("update_user_attributes = true", "update_user_attributes = false"),
        ("[var.access_group_id]", "[var.access_group_id, var.push_group_id]"),
        ("target_group_name = var.push_group_name", "target_group_name = \"Builders\""),
    ] {
        assert!(text.contains(before), "examples/complete has no {before:?} any more");
        text = text.replace(before, after);
    }
    text
}
