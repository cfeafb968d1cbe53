//! How many requests a step takes, and that none of them is spared where somebody could have changed something.

mod cloudflare;
mod okta;

use zt::mock::Side;

use crate::harness::story::Story;

/// What a plan that finds nothing asks of one side, as `METHOD route`.
#[track_caller]
fn asked_by_an_empty_plan(story: &Story, side: Side) -> Vec<String> {
    let mark = story.mock().journal().len();
    let plan = story.workspace().terraform(&["plan", "-detailed-exitcode", "-no-color"]);
    assert!(plan.success(), "{plan}");
    let asked = story.mock().journal().since(mark).into_iter().filter(|exchange| exchange.side == side);
    asked.map(|exchange| format!("{} {}", exchange.method, exchange.route.unwrap_or_default())).collect()
}
