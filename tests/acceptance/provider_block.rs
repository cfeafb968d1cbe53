//! The provider block: what it takes, what comes from the environment, and what is said when something is missing.

use crate::harness::story::Story;

const CLOUDFLARE: &str = "data \"zt_organization\" \"this\" {}\n";
const OKTA: &str = "resource \"okta_oidc_app\" \"app\" {\n  provider = zt\n  label = \"App\"\n  redirect_uris = [\"https://acme.example/callback\"]\n}\n";

fn with(block: &str, rest: &str) -> Story {
    let story = Story::new();
    story.write("main.tf", &format!("provider \"zt\" {{\n{block}\n}}\n{rest}"));
    story
}

#[test]
fn everything_in_the_block_works_without_the_environment() {
    let story = Story::new();
    let (account, token, api) =
        (story.mock().account_id(), story.mock().cloudflare_token(), story.mock().api_url().to_owned());
    let (org, okta) = (story.mock().org_url().to_owned(), story.mock().okta_token());
    story.write(
        "main.tf",
        &format!(
            "provider \"zt\" {{\n  cloudflare = {{\n    api_token = {token:?}\n    account_id = {account:?}\n    base_url = {api:?}\n  }}\n  \
             okta = {{\n    org_url = {org:?}\n    api_token = {okta:?}\n  }}\n  max_retries = 2\n  min_wait_seconds = 0\n  \
             max_wait_seconds = 5\n  max_requests_per_second = 99.5\n  request_timeout = 30\n  secret_checks = \"never\"\n}}\n{CLOUDFLARE}{OKTA}"
        ),
    );
    let mut story = story;
    for name in [
        "CLOUDFLARE_API_TOKEN",
        "CLOUDFLARE_ACCOUNT_ID",
        "CLOUDFLARE_BASE_URL",
        "OKTA_ORG_URL",
        "OKTA_ORG_NAME",
        "OKTA_BASE_URL",
        "OKTA_HTTP_PROXY",
        "OKTA_API_TOKEN",
    ] {
        story.workspace_mut().remove_env(name);
    }
    story.apply();
    assert_eq!(story.resource("data.zt_organization.this")["account_id"], account);
    story.destroy();
}

#[test]
fn key_and_email_work_as_well() {
    let mut story = with("", CLOUDFLARE);
    let (key, email) = {
        let account = story.mock().cloudflare();
        (account.api_key().to_owned(), account.email().to_owned())
    };
    story.workspace_mut().remove_env("CLOUDFLARE_API_TOKEN");
    story.workspace_mut().set_env("CLOUDFLARE_API_KEY", &key);
    story.workspace_mut().set_env("CLOUDFLARE_EMAIL", &email);
    story.apply();
}

#[test]
fn the_names_of_the_official_okta_provider_work_as_well() {
    let mut story = with("", OKTA);
    // OKTA_HTTP_PROXY stays: it is what points the official provider at a mock.
    story.workspace_mut().remove_env("OKTA_ORG_URL");
    story.apply();
    story.destroy();
}

#[test]
fn credentials_are_missed_only_by_what_needs_them() {
    let mut story = with("", CLOUDFLARE);
    story.workspace_mut().remove_env("OKTA_API_TOKEN");
    story.apply();

    story.workspace_mut().remove_env("CLOUDFLARE_API_TOKEN");
    let error = story.plan_fails().error();
    assert!(error.text().contains("api_token") && error.text().contains("CLOUDFLARE_API_TOKEN"), "{error}");

    let mut story = with("", OKTA);
    story.workspace_mut().remove_env("CLOUDFLARE_API_TOKEN");
    story.workspace_mut().remove_env("OKTA_API_TOKEN");
    let error = story.apply_fails().error();
    assert!(error.text().contains("api_token") && error.text().contains("OKTA_API_TOKEN"), "{error}");
}

#[test]
fn credentials_in_the_block_are_not_mixed_with_those_of_the_environment() {
    let story = with("  cloudflare = { api_token = \"wrong-token-0123456789-0123456789-0123456\" }", CLOUDFLARE);
    let error = story.plan_fails().error();
    assert!(error.text().contains("9109"), "{error}");
    assert!(error.text().contains("CLOUDFLARE_API_TOKEN"), "{error}");
}

#[test]
fn contradictions_are_errors_on_their_attribute() {
    for (block, attribute) in [
        ("  max_retries = 1000", "max_retries"),
        ("  max_requests_per_second = 0", "max_requests_per_second"),
        ("  max_requests_per_second = -1.5", "max_requests_per_second"),
        ("  secret_checks = \"sometimes\"", "secret_checks"),
        ("  min_wait_seconds = 9\n  max_wait_seconds = 3", "min_wait_seconds"),
    ] {
        let error = with(block, CLOUDFLARE).validate_fails();
        assert!(error.points_at(attribute), "{error}");
    }
    for (block, word) in [
        ("  cloudflare = {\n    api_token = \"a\"\n    api_key = \"b\"\n    email = \"c\"\n  }", "api_key"),
        ("  cloudflare = {\n    base_url = \"http://api.example\"\n  }", "https"),
        ("  okta = {\n    org_url = \"https://acme-admin.okta.com\"\n  }", "https://acme.okta.com"),
        ("  okta = {\n    org_url = \"https://acme.okta.com\"\n    org_name = \"acme\"\n  }", "org_url"),
        ("  okta = {\n    client_id = \"0oa\"\n  }", "private_key"),
    ] {
        let error = with(block, CLOUDFLARE).validate_fails();
        assert!(error.text().contains(word), "{error}");
    }
}

#[test]
fn a_setting_that_is_not_known_yet_is_no_error_while_planning() {
    let token = |story: &Story| story.mock().cloudflare_token();
    let story = Story::new();
    let (account, token, org) = (story.mock().account_id(), token(&story), story.mock().org_url().to_owned());
    let resource = format!(
        "resource \"zt_okta_idp\" \"okta\" {{\n  name = \"Okta\"\n  okta_account = {org:?}\n  client_id = \"0oa1\"\n  client_secret = \"a-client-secret-of-this-test-0123456789\"\n}}\n"
    );
    story.write(
        "main.tf",
        &format!(
            "resource \"terraform_data\" \"settings\" {{\n  input = {{ token = {token:?}, account = {account:?} }}\n}}\nprovider \"zt\" {{\n  cloudflare = {{\n    \
             api_token = terraform_data.settings.output.token\n    account_id = terraform_data.settings.output.account\n  }}\n}}\n{resource}"
        ),
    );
    let plan = story.plan();
    assert_eq!(plan.action("zt_okta_idp.okta"), ["create"]);
    story.apply();
    assert_eq!(story.resource("zt_okta_idp.okta")["account_id"], account);
    story.destroy();
}

#[test]
fn a_setting_that_is_not_known_when_something_has_to_be_read_is_named() {
    let story = Story::new();
    let (token, org) = (story.mock().okta_token(), story.mock().org_url().to_owned());
    let settings = |run: u32| {
        format!(
            "resource \"terraform_data\" \"settings\" {{\n  input = {{ token = {token:?}, run = {run} }}\n}}\nprovider \"zt\" {{\n  okta = {{\n    \
             org_url = {org:?}\n    api_token = terraform_data.settings.output.token\n  }}\n}}\n{OKTA}"
        )
    };
    story.write("main.tf", &settings(1));
    assert_eq!(story.plan().action("okta_oidc_app.app"), ["create"], "there is nothing to read yet");
    story.apply();

    // The setting is to change, and the app has to be read before it has.
    story.write("main.tf", &settings(2));
    let error = story.plan_fails().error();
    assert!(error.text().contains("okta.api_token") && error.text().contains("not known yet"), "{error}");
    story.workspace().terraform(&["apply", "-auto-approve", "-target=terraform_data.settings"]).expect_success();
    story.apply();
}

#[test]
fn hosts_that_the_environment_does_not_allow_are_sent_nothing() {
    let mut story = Story::new();
    story.write("main.tf", "data \"zt_organization\" \"this\" {}\n");
    let port = |url: &str| url.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
    let api = port(story.mock().api_url());
    story.workspace_mut().set_env("ZT_ALLOWED_HOSTS", "acme.okta.com, *.cloudflareaccess.com, 127.0.0.1:1");
    let error = story.plan_fails().error();
    for part in [format!("127.0.0.1:{api}"), "ZT_ALLOWED_HOSTS".to_owned(), "nothing was sent".to_owned()] {
        assert!(error.text().contains(&part), "{error}");
    }
    story.workspace_mut().set_env("ZT_ALLOWED_HOSTS", "https://127.0.0.1");
    assert!(story.plan_fails().error().text().contains("without scheme"));
    assert!(story.mock().journal().is_empty());
    story.workspace_mut().set_env("ZT_ALLOWED_HOSTS", &format!("acme.okta.com,127.0.0.1:{api}"));
    story.plan();
    assert!(!story.mock().journal().is_empty());
}
