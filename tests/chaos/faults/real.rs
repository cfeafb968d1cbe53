//! Some of the seeds with Terraform itself, on `examples/complete`.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use fastrand::Rng;

use super::weather;
use crate::harness::diagnostic::Diagnostic;
use crate::kill::scene::{Found, Operation, Scene};
use crate::kill::{judge, recover, said};
use crate::table::{Counts, Outcome};

/// What makes repetitions quick.
const QUICK: &str =
    "\n  max_retries      = 3\n  min_wait_seconds = 0\n  max_wait_seconds = 1\n  request_timeout  = 1\n";

/// Runs so many seeds, beginning with `first`: each is a create, a change and a destroy.
pub(super) fn run(first: u64, count: u64, workers: usize) -> Vec<Outcome> {
    let (next, done) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut stage = Stage::new();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        return;
                    }
                    let mut outcome = Outcome { case: format!("seed {seed} with Terraform"), ..Outcome::default() };
                    let played = panic::catch_unwind(AssertUnwindSafe(|| stage.play(seed, &mut outcome)));
                    if let Err(reason) = played {
                        outcome.complain(&said(&*reason));
                        stage = Stage::new();
                    }
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

/// A scene, and what an undisturbed run makes of each operation.
struct Stage {
    scene: Scene,
    expected: Vec<(Operation, Counts)>,
}

impl Stage {
    fn new() -> Self {
        let scene = Scene::new();
        let providers = scene.story.read("providers.tf");
        scene
            .story
            .write("providers.tf", &providers.replacen("provider \"zt\" {", &format!("provider \"zt\" {{{QUICK}"), 1));
        let expected = Operation::ALL.map(|operation| {
            scene.begin(operation, Found::Told);
            let output = scene.run(operation);
            assert!(output.success(), "undisturbed: {output}");
            (operation, scene.counts())
        });
        Self { scene, expected: expected.into() }
    }

    fn play(&self, seed: u64, outcome: &mut Outcome) {
        let mut rng = Rng::with_seed(seed);
        let found = if rng.bool() { Found::Told } else { Found::Adopted };
        for (operation, expected) in &self.expected {
            self.scene.begin(*operation, found);
            let faults = &self.scene.story.mock().world().faults;
            let storm = weather::storm(&mut rng, 1);
            let told = weather::describe(&storm);
            storm.into_iter().for_each(|fault| faults.add(fault));
            let output = self.scene.run(*operation);
            faults.clear();
            let errors = Diagnostic::lines(&output.stdout);
            for error in errors.iter().filter(|error| error.is_error()) {
                self.scene.follow(error);
            }
            let mut one = Outcome::default();
            recover(&self.scene, *operation, Found::Told, &mut one);
            judge(&self.scene, *operation, expected, &mut one);
            outcome.lost += one.lost;
            outcome.duplicated += one.duplicated;
            outcome.recovery = outcome.recovery.max(one.recovery);
            if !one.survived() {
                outcome.complain(&format!("{operation:?} under {told}: {}", one.complaint));
                return;
            }
        }
    }
}
