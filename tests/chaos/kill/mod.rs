//! Applies that are killed or interrupted before and after each of their API calls, one run per point; then the next
//! apply. In the end there is one of everything, and nothing to do.

mod points;
pub mod scene;

use std::collections::VecDeque;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};
use std::thread;

use self::points::Point;
use self::scene::{Found, Operation, Scene};
use crate::harness::diagnostic::{Diagnostic, listing};
use crate::harness::running::{PATIENCE, Running};
use crate::table::{Counts, Outcome, Table};

/// After so many applies something that still does not converge never will.
const MOST_APPLIES: usize = 6;

/// How an apply is hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    /// SIGKILL for the provider.
    Provider,
    /// SIGKILL for Terraform; the provider that is left has to end itself.
    Terraform,
    /// Ctrl-C.
    CtrlC,
    /// Ctrl-C, and again.
    CtrlCTwice,
}

const ROWS: [(&str, Blow, Found); 5] = [
    ("provider killed", Blow::Provider, Found::Told),
    ("provider killed, adopt_existing = true", Blow::Provider, Found::Adopted),
    ("Terraform killed", Blow::Terraform, Found::Told),
    ("Ctrl-C", Blow::CtrlC, Found::Told),
    ("Ctrl-C twice", Blow::CtrlCTwice, Found::Told),
];

/// One run.
#[derive(Clone)]
struct Case {
    row: usize,
    operation: Operation,
    point: Point,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in a {:?} {}", ROWS[self.row].0, self.operation, self.point)
    }
}

/// What an undisturbed run makes of each operation.
struct Expected(Vec<(Operation, Counts)>);

impl Expected {
    fn of(&self, operation: Operation) -> &Counts {
        let found = self.0.iter().find(|(other, _)| *other == operation);
        &found.unwrap_or_else(|| panic!("{operation:?} was not run")).1
    }
}

/// How many applies run at a time, each on a mock of its own.
const WORKERS: usize = 4;

/// Runs every `stride`th case, beginning with number `first`.
pub fn run(table: &mut Table, only: Option<&str>, first: usize, stride: usize) {
    if only.is_some_and(|only| ROWS.iter().all(|(name, ..)| !name.contains(only))) {
        return;
    }
    let scene = Scene::new();
    let (mut cases, mut expected) = (Vec::new(), Expected(Vec::new()));
    for operation in Operation::ALL {
        let mut points = Vec::new();
        for found in [Found::Told, Found::Adopted] {
            scene.begin(operation, found);
            let output = scene.run(operation);
            assert!(output.success(), "undisturbed: {output}");
            let made = points::of(&scene.story.mock().journal().all());
            points.push((found, made));
        }
        expected.0.push((operation, scene.counts()));
        for (row, (name, _, found)) in ROWS.iter().enumerate() {
            // Only a create finds what nobody knows.
            let is_moot = *found == Found::Adopted && operation != Operation::Create;
            if is_moot || only.is_some_and(|only| !name.contains(only)) {
                continue;
            }
            let points = points.iter().filter(|(of, _)| of == found).flat_map(|(_, points)| points);
            cases.extend(points.map(|point| Case { row, operation, point: point.clone() }));
        }
    }
    let chosen: VecDeque<Case> = cases.into_iter().skip(first % stride).step_by(stride).collect();
    println!("{} applies are hit", chosen.len());
    let (queue, done) = (Mutex::new(chosen), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            let (queue, done, expected) = (&queue, &done, &expected);
            scope.spawn(move || {
                let mut scene = Scene::new();
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(case) = next else { return };
                    let mut outcome = Outcome { case: case.to_string(), ..Outcome::default() };
                    let played = panic::catch_unwind(AssertUnwindSafe(|| play(&scene, &case, expected, &mut outcome)));
                    if let Err(reason) = played {
                        outcome.complain(&said(&*reason));
                        scene = Scene::new();
                    }
                    if !outcome.survived() {
                        println!("NOT SURVIVED: {}: {}", outcome.case, outcome.complaint);
                    }
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((case.row, outcome));
                }
            });
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (row, (name, _, _)) in ROWS.iter().enumerate() {
        if only.is_none_or(|only| name.contains(only)) {
            let of_row = done.iter().filter(|(of, _)| *of == row).map(|(_, outcome)| outcome.clone());
            table.add(name, of_row.collect());
        }
    }
}

/// Hits one apply, and then applies until nothing is left to do.
fn play(scene: &Scene, case: &Case, expected: &Expected, outcome: &mut Outcome) {
    let (_, blow, found) = ROWS[case.row];
    scene.begin(case.operation, found);
    hit(scene, blow, case);
    scene.story.mock().world().faults.clear();
    recover(scene, case.operation, found, outcome);
    judge(scene, case.operation, expected.of(case.operation), outcome);
}

/// Applies until nothing is left to do, and does in between what errors say.
pub fn recover(scene: &Scene, operation: Operation, found: Found, outcome: &mut Outcome) {
    while outcome.recovery < MOST_APPLIES {
        outcome.recovery += 1;
        let output = scene.run(operation);
        if output.success() {
            return;
        }
        let said = Diagnostic::lines(&output.stdout);
        let errors: Vec<Diagnostic> = said.into_iter().filter(Diagnostic::is_error).collect();
        outcome.said.push(format!("after apply {}: {}", outcome.recovery, listing(&errors)));
        let followed = errors.iter().filter(|error| scene.follow(error)).count();
        if outcome.recovery == MOST_APPLIES {
            outcome.complain(&format!("it does not converge: {}{output}", listing(&errors)));
        }
        if found == Found::Adopted && followed > 0 {
            outcome.complain(&format!("adoption asks a person: {}", listing(&errors)));
        }
    }
}

/// Compares what there is with what there should be.
pub fn judge(scene: &Scene, operation: Operation, expected: &Counts, outcome: &mut Outcome) {
    if operation != Operation::Destroy {
        let plan = scene.story.workspace().terraform(&["plan", "-detailed-exitcode", "-no-color"]);
        if !plan.success() {
            outcome.complain(&format!("the plan is not empty: {plan}"));
        }
        let provisioned = scene.story.mock().drain_provisioning();
        if (provisioned.pending, provisioned.refused) != (0, 0) {
            outcome.complain(&format!("Okta cannot push: {provisioned:?}"));
        }
    }
    let (mut actual, mut expected) = (scene.counts(), expected.clone());
    // What Okta has pushed was not there before.
    for counts in [&mut actual, &mut expected] {
        counts.retain(|noun, _| !noun.contains("scim_"));
    }
    outcome.count(&expected, &actual);
}

fn hit(scene: &Scene, blow: Blow, case: &Case) {
    scene.story.mock().fail(case.point.fault(blow == Blow::CtrlC));
    let running = Running::start(&scene.story, &[case.operation.command()]);
    assert!(scene.story.mock().world().faults.wait_for_strike(PATIENCE), "the request did not come");
    match blow {
        Blow::Provider => {
            assert!(running.kill_provider() > 0, "no provider is running");
            let ended = running.ended();
            assert_eq!(ended.code, Some(1), "{}", ended.output);
        }
        Blow::Terraform => {
            running.kill_terraform();
            running.ended();
        }
        Blow::CtrlC => {
            interrupt(&running);
            scene.story.mock().world().faults.clear();
            running.ended();
        }
        Blow::CtrlCTwice => {
            interrupt(&running);
            running.interrupt_again();
            running.ended();
            if scene.mend_state() {
                println!("Terraform broke off while it wrote its state, whose copy is restored: {case}");
            }
        }
    }
}

/// Ctrl-C, which reaches the provider once there is a plan.
fn interrupt(running: &Running) {
    if running.has_said("\"change_summary\"") {
        running.interrupt();
    } else {
        running.interrupt_terraform();
    }
}

/// What a panic said.
pub fn said(reason: &(dyn std::any::Any + Send)) -> String {
    let text = reason.downcast_ref::<String>().cloned();
    text.or_else(|| reason.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
