//! `data "zt_organization"` and `provider::zt::callback_url`.

use zt::mock::Options;

use crate::harness::story::Story;
use crate::needs;

const CONFIGURATION: &str = "data \"zt_organization\" \"this\" {}\n";
const COMPUTED: &str =
    "output \"computed\" {\n  value = provider::zt::callback_url(data.zt_organization.this.auth_domain)\n}\n";

#[test]
fn it_knows_the_domain_and_the_callback_url() {
    let story = Story::new();
    story.write("main.tf", CONFIGURATION);
    story.apply();
    let read = story.resource("data.zt_organization.this");
    let callback = format!("{}/cdn-cgi/access/callback", story.mock().auth_url());
    assert_eq!(read["callback_url"], callback);
    assert_eq!(format!("http://{}", read["auth_domain"].as_str().unwrap()), story.mock().auth_url());
    assert_eq!(read["name"], "acme");
}

#[test]
fn the_function_computes_what_the_data_source_reads() {
    needs!(FUNCTIONS);
    for tls in [false, true] {
        let story = Story::with(Options { tls, ..Options::default() });
        story.write("main.tf", &format!("{CONFIGURATION}{COMPUTED}"));
        story.apply();
        assert_eq!(story.output("computed"), story.resource("data.zt_organization.this")["callback_url"], "TLS: {tls}");
    }
}

#[test]
fn the_callback_url_is_where_the_team_listens_under_tls_too() {
    let story = Story::with(Options { tls: true, ..Options::default() });
    story.write("main.tf", CONFIGURATION);
    story.apply();
    let callback = format!("{}/cdn-cgi/access/callback", story.mock().auth_url());
    assert!(callback.starts_with("https://127.0.0.1:"));
    assert_eq!(story.resource("data.zt_organization.this")["callback_url"], callback);
}

#[test]
fn an_account_without_zero_trust_is_told_what_to_do() {
    let story = Story::new();
    story.write("main.tf", CONFIGURATION);
    story.mock().cloudflare().remove_organization();
    let error = story.plan_fails().error();
    assert!(error.text().contains("Enable Zero Trust"), "{error}");
}

#[test]
fn without_any_account_the_error_points_at_the_attribute() {
    let mut story = Story::new();
    story.workspace_mut().remove_env("CLOUDFLARE_ACCOUNT_ID");
    story.write("main.tf", CONFIGURATION);
    let error = story.plan_fails().error();
    assert!(error.text().contains("CLOUDFLARE_ACCOUNT_ID"), "{error}");
}

#[test]
fn a_bad_account_points_at_its_attribute() {
    let story = Story::new();
    story.write("main.tf", "data \"zt_organization\" \"this\" {\n  account_id = \"\"\n}\n");
    assert!(story.validate_fails().points_at("account_id"));
    assert!(story.mock().journal().is_empty());
}

#[test]
fn a_token_for_another_account_is_named_with_its_permission() {
    let story = Story::new();
    story.write(
        "main.tf",
        "data \"zt_organization\" \"this\" {\n  account_id = \"00000000000000000000000000000000\"\n}\n",
    );
    let error = story.plan_fails().error();
    assert!(error.text().contains("10000"), "{error}");
    assert!(error.text().contains("Groups Write"), "{error}");
}

#[test]
fn the_function_refuses_what_is_no_team() {
    needs!(FUNCTIONS);
    let story = Story::new();
    story.write("main.tf", "output \"url\" {\n  value = provider::zt::callback_url(\"two words\")\n}\n");
    assert!(story.plan_fails().error().text().contains("is not a team"));
}
