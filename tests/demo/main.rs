//! The whole story on `examples/complete`, told step by step: `make demo`.
//!
//! Real Terraform, the built provider and a mock of both services. A step that is not as its heading says ends the
//! program with a failure that shows what Terraform said.
#![allow(clippy::print_stdout)]

// Its own tests run with the acceptance tests.
#[allow(unused_imports)]
#[path = "../harness/mod.rs"]
mod harness;

use std::path::Path;
use std::process::Command;

use harness::story::Story;
use harness::terraform;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/complete");
const APP: &str = "okta_oidc_app.access";
const IDP: &str = "zt_okta_idp.okta";
const ADA: &str = "ada@acme.example";

fn main() {
    let version = Command::new(terraform::program()).arg("version").env("CHECKPOINT_DISABLE", "1").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let version = version.lines().find(|line| line.contains(" v")).unwrap_or("Terraform");
    println!("{version}, {}", terraform::program().display());

    let mut step = Steps(0);
    step.heading("An Okta org and a Cloudflare account start on loopback");
    let story = Story::new();
    story.copy(Path::new(EXAMPLE));
    println!("Okta {}\nCloudflare {}", story.mock().org_url(), story.mock().api_url());
    let untouched = counts(&story);

    step.heading("Plan: everything is to be created");
    let plan = story.plan();
    println!("{}", plan.text().trim());
    assert_eq!(plan.exit_code, 2, "exit code of `terraform plan -detailed-exitcode`");
    for address in plan.changed() {
        assert_eq!(plan.action(address), ["create"], "{address}");
    }

    step.heading("Apply");
    story.apply_only();
    for address in story.addresses() {
        println!("{address} is there");
    }

    step.heading("Outputs");
    print!("{}", story.workspace().terraform(&["output", "-no-color"]).expect_success().stdout);

    step.heading("A second plan is empty: exit code 0, with and without refresh");
    story.expect_empty_plan();
    println!("No changes.");

    step.heading("A person logs in: Cloudflare sends her to Okta, and gets her back with email and groups");
    let page = story.log_in(ADA);
    println!("{} with the groups {:?}", page.field("email"), page.fields("group"));
    assert_eq!((page.field("email").as_str(), page.fields("group")), (ADA, vec!["Engineering".to_owned()]));

    step.heading("Okta sends the assigned people and the pushed group to Cloudflare over SCIM");
    let provisioned = story.mock().drain_provisioning();
    assert_eq!((provisioned.pending, provisioned.refused), (0, 0), "{provisioned:?}");
    let arrived = story.mock().cloudflare().counts();
    println!(
        "{} users and {} group in {} requests",
        arrived["scim_users"], arrived["scim_groups"], provisioned.requests
    );
    assert_eq!((arrived["scim_users"], arrived["scim_groups"]), (3, 1));

    step.heading("Somebody renames the Okta app in the console");
    let app = format!("/api/v1/apps/{}", story.resource(APP)["id"].as_str().unwrap_or_default());
    let mut document = story.in_okta("GET", &app, None);
    let label = document["label"].take();
    document["label"] = "Do not use".into();
    story.in_okta("PUT", &app, Some(&document));
    println!("{label} is now {}.", document["label"]);

    step.heading("The next plan shows it: exit code 2");
    let plan = story.plan();
    println!("{}", plan.text().trim());
    assert_eq!(plan.exit_code, 2, "exit code of `terraform plan -detailed-exitcode`");
    assert_eq!(plan.changed(), [APP]);
    assert_eq!((plan.action(APP), plan.changed_attributes(APP)), (vec!["update"], vec!["label".to_owned()]));

    step.heading("Apply repairs it");
    story.apply();
    assert_eq!(story.in_okta("GET", &app, None)["label"], label);
    println!("The app is {label} again, and the plan after it is empty.");

    step.heading("Somebody rotates the client secret in Okta's console, and nobody can log in any more");
    let id = story.resource(APP)["id"].as_str().unwrap_or_default().to_owned();
    story.in_okta("POST", &format!("/_mock/okta/apps/{id}/rotate-secret"), None);
    let page = story.log_in(ADA);
    println!("{}", page.field("error_description"));
    assert_eq!(page.field("error_description"), "The client secret supplied for a confidential client is invalid.");

    step.heading("The next plan shows that too, and whom it concerns");
    let plan = story.plan();
    println!("{}", plan.text().trim());
    for warning in &plan.diagnostics {
        println!("\nWarning: {}\n{}", warning.summary, warning.detail);
    }
    assert_eq!((plan.exit_code, plan.changed()), (2, vec![IDP]));

    step.heading("Apply repairs it: the person logs in again");
    story.apply();
    assert_eq!(story.log_in(ADA).field("email"), ADA);
    println!("{ADA} is logged in, and the plan after the apply is empty.");

    step.heading("Destroy");
    story.destroy();
    story.mock().drain_provisioning();
    println!("The state is empty.");

    step.heading("The mock is as it was before");
    let left = counts(&story);
    println!("{left}");
    assert_eq!(left, untouched, "what is left behind (left) is not what was there before (right)");

    println!("\nEvery step went as said.");
}

struct Steps(u32);

impl Steps {
    fn heading(&mut self, text: &str) {
        self.0 += 1;
        println!("\n── {}. {text}\n", self.0);
    }
}

/// How many objects of each kind the two services hold.
fn counts(story: &Story) -> String {
    format!("Okta {:?}\nCloudflare {:?}", story.mock().okta().counts(), story.mock().cloudflare().counts())
}
