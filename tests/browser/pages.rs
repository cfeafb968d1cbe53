//! What people do on the mock's pages.

use std::path::Path;

use zt::mock::{Options, ProvisioningApi};

use crate::chromium::{Page, Test};
use crate::harness::story::Story;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/complete");
const ADA: &str = "ada@acme.example";

/// The tests by name.
pub(crate) const ALL: &[(&str, Test)] = &[
    ("a person logs in through the sign-in page", |page| Box::pin(log_in(page))),
    ("the test button of the dashboard logs in", |page| Box::pin(test_button(page))),
    ("the provisioning form of the console sets SCIM up", |page| Box::pin(provisioning_form(page))),
];

/// The complete example, applied. Terraform blocks, and nothing else goes on here.
fn applied(options: Options) -> Story {
    let story = Story::with(options);
    story.copy(Path::new(EXAMPLE));
    story.apply();
    story
}

async fn sign_in(page: &Page, story: &Story) {
    let password = story.mock().okta().password(ADA).unwrap().to_owned();
    page.fill("username", ADA).await;
    page.fill("password", &password).await;
    page.screenshot("sign-in").await;
    page.click("Sign in").await;
}

async fn log_in(page: Page) -> Page {
    let story = applied(Options::default());
    page.open(&format!("{}/cdn-cgi/access/login", story.mock().auth_url())).await;
    page.expect_heading("Sign in to Cloudflare Access").await;
    sign_in(&page, &story).await;
    page.expect_heading("Logged in").await;
    assert_eq!(page.read("[data-field=email]").await, ADA);
    assert_eq!(page.read("[data-field=group]").await, "Engineering");
    assert_eq!(page.loaded().await, [""; 0]);
    page
}

async fn test_button(page: Page) -> Page {
    let story = applied(Options::default());
    story.mock().drain_provisioning();
    let dashboard = format!("{}/_mock/cloudflare/dashboard", story.mock().auth_url());
    page.open(&dashboard).await;
    page.expect_heading("Dashboard").await;
    assert_eq!(page.loaded().await, [""; 0]);
    for resource in [ADA, "Engineering"] {
        assert!(page.text().await.contains(resource), "{resource} did not arrive over SCIM");
    }
    page.screenshot("dashboard").await;
    page.click("Test").await;
    sign_in(&page, &story).await;
    page.expect_heading("Your connection works!").await;
    // A test leaves nothing behind; a login does. Okta knows the person by now and asks for no password.
    page.open(&format!("{}/cdn-cgi/access/login", story.mock().auth_url())).await;
    page.expect_heading("Logged in").await;
    page.open(&dashboard).await;
    page.expect_heading("Dashboard").await;
    assert!(page.text().await.contains("allowed"), "the login is not among the recent ones");
    page
}

async fn provisioning_form(page: Page) -> Page {
    let story = applied(Options { provisioning_api: ProvisioningApi::Unknown, ..Options::default() });
    let console = format!("{}/_mock/okta/console", story.mock().org_url());
    let scim = story.resource("zt_scim_config.okta");
    let text = |name: &str| scim[name].as_str().unwrap().to_owned();
    let app = story.resource("okta_scim_app.access");
    let instructions = app["setup_instructions"].as_str().unwrap();
    let address = instructions.split_whitespace().find(|word| word.starts_with("http")).unwrap();
    page.open(address.trim_end_matches(',')).await;
    page.expect_heading("Console").await;
    assert_eq!(page.loaded().await, [""; 0]);

    page.fill("base_url", &text("scim_base_url")).await;
    page.fill("token", "wrong").await;
    page.click("Test API credentials and save").await;
    let refused = page.read("[role=alert]").await;
    assert!(refused.contains("Unauthorized"), "{refused}");
    page.screenshot("refused").await;

    page.fill("base_url", &text("scim_base_url")).await;
    page.fill("token", &text("secret")).await;
    page.click("Test API credentials and save").await;
    assert_eq!(page.read("[data-field=connection]").await, "ENABLED");
    assert!(!page.text().await.contains(&text("secret")), "the token is on the page");

    story.apply();
    story.mock().drain_provisioning();
    page.open(&console).await;
    page.expect_heading("Console").await;
    for sign in ["SYNCHRONIZED", "ACTIVE", "application.provision.group_push.pushed"] {
        assert!(page.text().await.contains(sign), "{sign} is not on the page");
    }
    page
}
