//! Applies that are killed or interrupted before and after each of their API calls, one run per point; then the next
//! apply. In the end there is one of everything, and nothing to do.

mod points;
mod scene;

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

/// Runs every `stride`th case, beginning with number `first`, on so many mocks at a time.
pub fn run(table: &mut Table, only: Option<&str>, first: usize, stride: usize, workers: usize) {
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
        for _ in 0..workers {
            let (queue, done, expected) = (&queue, &done, &expected);
            scope.spawn(move || {
                let mut scene = Scene::new();
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(case) = next else { return };
                    let mut outcome = Outcome { case: case.to_string(), ..Outcome::default() };
                    let played = panic::catch_unwind(AssertUnwindSafe(|| play(&scene, &case, expected, &mut outcome)));
                    if let Err(reason) = played {
                        let text = reason.downcast_ref::<String>().cloned();
                        let text = text.or_else(|| reason.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                        outcome.complain(&text.unwrap_or_default());
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

    loop {
        if outcome.recovery == MOST_APPLIES {
            return;
        }
        outcome.recovery += 1;
        let output = scene.run(case.operation);
        if output.success() {
            break;
        }
        let said = Diagnostic::lines(&output.stdout);
        let errors: Vec<Diagnostic> = said.into_iter().filter(Diagnostic::is_error).collect();
        let followed = errors.iter().filter(|error| scene.follow(error)).count();
        if followed == 0 && outcome.recovery + 1 == MOST_APPLIES {
            outcome.complain(&format!("it does not converge: {}{output}", listing(&errors)));
        }
        if found == Found::Adopted && followed > 0 {
            outcome.complain(&format!("adoption asks a person: {}", listing(&errors)));
        }
    }
    if case.operation != Operation::Destroy {
        let plan = scene.story.workspace().terraform(&["plan", "-detailed-exitcode", "-no-color"]);
        if !plan.success() {
            outcome.complain(&format!("the plan is not empty: {plan}"));
        }
        let provisioned = scene.story.mock().drain_provisioning();
        if (provisioned.pending, provisioned.refused) != (0, 0) {
            outcome.complain(&format!("Okta cannot push: {provisioned:?}"));
        }
    }
    let mut actual = scene.counts();
    let mut expected = expected.of(case.operation).clone();
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
            let ended = running.ended_by_force();
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
            running.ended_by_force();
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
