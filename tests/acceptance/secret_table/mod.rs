//! What a plan says of every secret between the two services, after whatever may have happened to it, for every way of
//! holding it; and that an apply makes it whole.
//!
//! One driver goes through the rows of [`TABLE`]. Those of one secret and one way are one story, in this order, and one
//! test. `cargo test --test acceptance secret_table -- --nocapture` prints the table.

mod subject;

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::needs;

use self::subject::Subject;
use Event::{Changed, ChangedUntold, Gone, Nothing, OurWrite, Unreachable};
use Secret::{
    BaseUrlInOkta, EditedInCloudflare, GroupsToken, Regenerated, RotatedElsewhere, RotatedInOkta, TokenInOkta,
};
use Way::{Managed, Omitted, Plain, WriteOnly};

/// A secret, or what goes with one, and where it is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Secret {
    /// The client secret, in Okta; the app is in the configuration.
    RotatedInOkta,
    /// The client secret, in Okta; the app is somebody else's, and the configuration repeats what they say.
    RotatedElsewhere,
    /// The client secret, in Cloudflare's dashboard.
    EditedInCloudflare,
    /// Okta's API token, with which Cloudflare looks up groups.
    GroupsToken,
    /// The secret of the SCIM endpoint.
    Regenerated,
    /// The token in Okta's connection to the SCIM endpoint, which Okta never shows.
    TokenInOkta,
    /// The base URL in Okta's connection to the SCIM endpoint.
    BaseUrlInOkta,
}

/// How the configuration holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Plain,
    WriteOnly,
    Managed,
    /// In no state, because the resource that has it leaves it out.
    Omitted,
}

/// What happened since the last apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Nothing,
    /// Terraform itself wrote the object that has the secret, for another reason.
    OurWrite,
    /// The service that would tell does not answer.
    Unreachable,
    Changed,
    /// As before, and nobody may read whose doing it is.
    ChangedUntold,
    Gone,
}

/// What is expected after an event.
#[derive(Clone, Copy, Debug)]
struct Row {
    secret: Secret,
    ways: &'static [Way],
    event: Event,
    /// Of `terraform plan -detailed-exitcode`: 0 nothing to do, 1 an error, 2 changes.
    exit: i32,
    /// The status attribute as the plan's refresh finds it; empty for null, and where there is no refresh.
    status: &'static str,
    /// Words of the plan.
    plan: &'static str,
    /// Words of each warning, or of the error.
    told: &'static [&'static str],
    /// What is changed in the configuration before the apply that repairs it; empty for nothing.
    remedy: &'static str,
    /// The status after the apply.
    repaired: &'static str,
}

const ALL: &[Way] = &[Plain, WriteOnly, Managed];
const EVERY: &[Way] = &[Plain, WriteOnly, Managed, Omitted];
const AT_HAND: &[Way] = &[Plain, WriteOnly];

const NONE: &str = "No changes.";
const CHANGES: &str = "0 to add, 1 to change, 0 to destroy";
const PUSHES: &str = "client_secret_status = \"changed_outside\" -> (known after apply)";

const NOT_FOUND_OUT: &str = "could not be found out";
const APP_ROTATED: &str = "The client secret of the Okta app \"Access\" was changed outside of Terraform";
const REJECTED: &str = "Okta does not accept the client secret";
const CHANGED: &str = "The login method was changed outside of Terraform";
const REVOKED: &str = "Okta no longer accepts the API token";
const REGENERATED: &str = "The SCIM secret was changed outside of Terraform";
const APP_GONE: &str = "Okta no longer shows the app";
const REFUSED: &str = "Cloudflare no longer accepts the SCIM token";
const APP_UNREAD: &str = "Cannot read the Okta app \"Access\"";
const SECRET_UNREAD: &str = "Cannot read the client secret";
const NO_ANSWER: &str = "cannot reach the service";

/// Every secret, with every way to hold it, has every event that can befall it.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    // secret, ways, what happened: exit code, status, plan, warning or error; remedy, status after the repair
    row(RotatedInOkta, EVERY, Nothing, 0, "in_sync", NONE, &[], "", "in_sync"),
    row(RotatedInOkta, ALL, Unreachable, 0, "in_sync", NONE, &[APP_UNREAD, NOT_FOUND_OUT], "", "in_sync"),
    // Terraform opens an ephemeral resource in every plan.
    row(RotatedInOkta, &[Omitted], Unreachable, 1, "", "Planning failed", &[APP_UNREAD, SECRET_UNREAD], "", "in_sync"),
    row(RotatedInOkta, EVERY, Changed, 2, "rejected_by_okta", CHANGES, &[APP_ROTATED, REJECTED], "", "in_sync"),
    row(RotatedInOkta, &[Plain], Gone, 2, "rejected_by_okta", "1 to add, 1 to change", &[REJECTED], "", "in_sync"),
    row(RotatedInOkta, &[WriteOnly, Managed, Omitted], Gone, 2, "unverified", "1 to add, 1 to change", &[APP_GONE], "", "in_sync"),

    row(RotatedElsewhere, ALL, Nothing, 0, "in_sync", NONE, &[], "", "in_sync"),
    row(RotatedElsewhere, ALL, Unreachable, 0, "in_sync", NONE, &[NOT_FOUND_OUT], "", "in_sync"),
    row(RotatedElsewhere, ALL, Changed, 0, "rejected_by_okta", NONE, &[REJECTED], "the secret that Okta has", "in_sync"),
    row(RotatedElsewhere, &[Plain], Gone, 0, "rejected_by_okta", NONE, &[REJECTED], "another app", "in_sync"),
    row(RotatedElsewhere, &[WriteOnly, Managed], Gone, 0, "unverified", NONE, &[APP_GONE], "another app", "in_sync"),

    row(EditedInCloudflare, ALL, Nothing, 0, "in_sync", NONE, &[], "", "in_sync"),
    row(EditedInCloudflare, ALL, OurWrite, 0, "in_sync", NONE, &[], "", "in_sync"),
    row(EditedInCloudflare, ALL, Unreachable, 0, "in_sync", NONE, &[NOT_FOUND_OUT], "", "in_sync"),
    row(EditedInCloudflare, ALL, ChangedUntold, 0, "unverified", NONE, &[], "", "in_sync"),
    row(EditedInCloudflare, ALL, Changed, 2, "changed_outside", PUSHES, &[CHANGED], "", "in_sync"),
    row(EditedInCloudflare, ALL, Gone, 2, "", "to add", &[], "", "in_sync"),

    row(GroupsToken, AT_HAND, Nothing, 0, "in_sync", NONE, &[], "", "in_sync"),
    row(GroupsToken, AT_HAND, Unreachable, 0, "in_sync", NONE, &[NOT_FOUND_OUT], "", "in_sync"),
    row(GroupsToken, AT_HAND, Changed, 2, "changed_outside", PUSHES, &[CHANGED], "", "in_sync"),
    row(GroupsToken, AT_HAND, Gone, 0, "in_sync", NONE, &[REVOKED], "another token", "in_sync"),

    row(Regenerated, &[Plain], Nothing, 0, "in_sync", NONE, &[], "", "in_sync"),
    row(Regenerated, &[Plain], Unreachable, 0, "in_sync", NONE, &[NOT_FOUND_OUT], "", "in_sync"),
    row(Regenerated, &[Plain], Changed, 0, "changed_outside", NONE, &[REGENERATED], "another rotation_trigger", "in_sync"),
    row(Regenerated, &[Omitted], Nothing, 0, "unverified", NONE, &[], "", "unverified"),
    row(Regenerated, &[Omitted], Unreachable, 0, "unverified", NONE, &[], "", "unverified"),
    row(Regenerated, &[Omitted], Changed, 0, "unverified", NONE, &[], "", "unverified"),
    row(Regenerated, &[Plain], Gone, 2, "", CHANGES, &[], "", "in_sync"),
    row(Regenerated, &[Omitted], Gone, 2, "", CHANGES, &[], "", "unverified"),

    row(TokenInOkta, ALL, Nothing, 0, "ENABLED", NONE, &[], "", "ENABLED"),
    row(TokenInOkta, ALL, Unreachable, 0, "ENABLED", NONE, &[NOT_FOUND_OUT], "", "ENABLED"),
    row(TokenInOkta, ALL, Changed, 0, "ENABLED", NONE, &[REFUSED], "another token", "ENABLED"),
    row(TokenInOkta, ALL, Gone, 0, "ENABLED", NONE, &[REFUSED], "another token", "ENABLED"),
    row(TokenInOkta, ALL, ChangedUntold, 0, "ENABLED", NONE, &[], "", "ENABLED"),

    row(BaseUrlInOkta, ALL, Nothing, 0, "ENABLED", NONE, &[], "", "ENABLED"),
    row(BaseUrlInOkta, ALL, Unreachable, 0, "ENABLED", NONE, &[NO_ANSWER], "", "ENABLED"),
    row(BaseUrlInOkta, ALL, Changed, 2, "ENABLED", CHANGES, &[], "", "ENABLED"),
    row(BaseUrlInOkta, AT_HAND, Gone, 2, "DISABLED", CHANGES, &[], "", "ENABLED"),
    row(BaseUrlInOkta, &[Managed], Gone, 2, "DISABLED", CHANGES, &[], "another rotation_trigger", "ENABLED"),
];

macro_rules! stories {
    ($($name:ident: $secret:ident, $way:ident;)*) => {
        /// What the tests below walk.
        const WALKED: &[(Secret, Way)] = &[$(($secret, $way)),*];

        $(#[test]
        fn $name() {
            walk($secret, $way);
        })*
    };
}

stories! {
    a_secret_rotated_in_okta_that_is_held_openly: RotatedInOkta, Plain;
    a_secret_rotated_in_okta_that_is_write_only: RotatedInOkta, WriteOnly;
    a_secret_rotated_in_okta_that_is_managed: RotatedInOkta, Managed;
    a_secret_rotated_in_okta_that_is_omitted: RotatedInOkta, Omitted;
    a_secret_rotated_elsewhere_that_is_held_openly: RotatedElsewhere, Plain;
    a_secret_rotated_elsewhere_that_is_write_only: RotatedElsewhere, WriteOnly;
    a_secret_rotated_elsewhere_that_is_managed: RotatedElsewhere, Managed;
    a_secret_edited_in_cloudflare_that_is_held_openly: EditedInCloudflare, Plain;
    a_secret_edited_in_cloudflare_that_is_write_only: EditedInCloudflare, WriteOnly;
    a_secret_edited_in_cloudflare_that_is_managed: EditedInCloudflare, Managed;
    a_groups_token_that_is_held_openly: GroupsToken, Plain;
    a_groups_token_that_is_write_only: GroupsToken, WriteOnly;
    a_scim_secret_that_is_held_openly: Regenerated, Plain;
    a_scim_secret_that_is_omitted: Regenerated, Omitted;
    a_scim_token_that_is_held_openly: TokenInOkta, Plain;
    a_scim_token_that_is_write_only: TokenInOkta, WriteOnly;
    a_scim_token_that_is_managed: TokenInOkta, Managed;
    a_scim_base_url_whose_token_is_held_openly: BaseUrlInOkta, Plain;
    a_scim_base_url_whose_token_is_write_only: BaseUrlInOkta, WriteOnly;
    a_scim_base_url_whose_token_is_managed: BaseUrlInOkta, Managed;
}

#[test]
fn the_table_is_whole_and_walked() {
    let in_table: BTreeSet<(Secret, Way)> =
        TABLE.iter().flat_map(|row| row.ways.iter().map(|way| (row.secret, *way))).collect();
    assert_eq!(in_table, WALKED.iter().copied().collect());
    for (secret, way) in in_table {
        for event in [Nothing, Unreachable, Changed, Gone] {
            let count = rows(secret, way).filter(|row| row.event == event).count();
            assert_eq!(count, 1, "{secret:?}, {way:?}, {event:?}");
        }
    }
}

/// The arguments are a line of the table.
#[allow(clippy::too_many_arguments)]
const fn row(
    secret: Secret,
    ways: &'static [Way],
    event: Event,
    exit: i32,
    status: &'static str,
    plan: &'static str,
    told: &'static [&'static str],
    remedy: &'static str,
    repaired: &'static str,
) -> Row {
    Row { secret, ways, event, exit, status, plan, told, remedy, repaired }
}

fn rows(secret: Secret, way: Way) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(move |row| row.secret == secret && row.ways.contains(&way))
}

/// What a plan came to.
struct Planned {
    exit: i32,
    status: String,
    /// All that Terraform said, without frames and line breaks.
    text: String,
}

/// Plans without saying what is to be done about it.
fn plan(subject: &Subject) -> Planned {
    let file = subject.story.workspace().beside("table.plan").to_string_lossy().into_owned();
    let out = format!("-out={file}");
    let output = subject.story.workspace().terraform(&["plan", "-no-color", "-detailed-exitcode", &out]);
    let framed = [output.stdout.as_str(), output.stderr.as_str()].concat();
    let text = framed.split(|c: char| c.is_whitespace() || "│╷╵".contains(c)).filter(|word| !word.is_empty());
    let text = text.collect::<Vec<_>>().join(" ");
    let exit = output.code.unwrap_or_else(|| panic!("{output}"));
    let status = if exit == 1 { String::new() } else { status(subject, &file) };
    Planned { exit, status, text }
}

/// The status attribute in the state that a saved plan begins with, which is the refreshed one.
fn status(subject: &Subject, file: &str) -> String {
    let shown = subject.story.workspace().terraform(&["show", "-json", file]).expect_success().stdout;
    let plan: Value = serde_json::from_str(&shown).unwrap();
    let (address, attribute) = subject.told_by();
    let resources = plan["prior_state"]["values"]["root_module"]["resources"].as_array().cloned();
    let found = resources.unwrap_or_default().into_iter().find(|resource| resource["address"] == address);
    let status = found.map(|resource| resource["values"][attribute].clone()).unwrap_or_default();
    status.as_str().unwrap_or_default().to_owned()
}

impl Planned {
    /// Whether it is as the table says, with no other diagnostic.
    fn is(&self, exit: i32, status: &str, plan: &str, told: &[&str]) -> bool {
        let count = |heading: &str| self.text.matches(heading).count();
        // The provider of a test is overridden, of which Terraform warns every time.
        let told_of = count("Warning: ") + count("Error: ") - count("Warning: Provider development overrides");
        let said = self.text.contains(plan) && told.iter().all(|words| self.text.contains(words));
        (self.exit, self.status.as_str()) == (exit, status) && said && told_of == told.len()
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { exit, status, text } = self;
        write!(f, "exit code {exit}, status {status:?}\n{text}")
    }
}

/// Plays one row; a line of the printed table, or what is otherwise than it should be.
fn play(subject: &mut Subject, way: Way, row: &Row) -> Result<String, String> {
    let (event, wrong) = (row.event, |what: &str, found: &Planned| Err(format!("{way:?}, {row:?}\n{what}: {found}")));
    subject.happens(event);
    let found = plan(subject);
    subject.is_over();
    if !found.is(row.exit, row.status, row.plan, row.told) {
        return wrong("the plan", &found);
    }
    let is_repaired = matches!(event, Changed | Gone) && (found.exit == 2 || !row.remedy.is_empty());
    if is_repaired {
        subject.correct(row);
        subject.story.apply_only();
        let after = plan(subject);
        if !after.is(0, row.repaired, NONE, &[]) {
            return wrong("the second plan", &after);
        }
        if !subject.works() {
            return wrong("it does not work, and this is the plan", &after);
        }
    }
    let or = |text: &'static str, nothing: &'static str| if text.is_empty() { nothing } else { text };
    let cells = [format!("{:?}", row.secret), format!("{way:?}"), format!("{event:?}")];
    let [secret, way, event] = cells;
    let (status, told, plan, exit) = (or(row.status, "-"), row.told.join("; "), row.plan, row.exit);
    let remedy = or(row.remedy, if is_repaired { "apply" } else { "-" });
    let repaired = if is_repaired { row.repaired } else { "-" };
    let told = format!("{exit:<4} {status:<16} {plan:<67} {told:<49}");
    Ok(format!("{secret:<18} {way:<9} {event:<13} {told} {remedy:<24} {repaired}"))
}

/// Plays the rows of one secret that is held in one way, which is one story.
#[allow(clippy::print_stdout, reason = "the table is what there is to read")]
fn walk(secret: Secret, way: Way) {
    if way == WriteOnly || (secret, way) == (RotatedInOkta, Omitted) {
        needs!(WRITE_ONLY);
    }
    let mut subject = Subject::new(secret, way);
    println!(
        "secret             held as   happened      exit status           plan{:64}told{:46}repaired by{:14}then",
        "", "", ""
    );
    for row in rows(secret, way) {
        match play(&mut subject, way, row) {
            Ok(line) => println!("{line}"),
            Err(otherwise) => panic!("{otherwise}"),
        }
    }
}
