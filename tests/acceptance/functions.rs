//! The provider functions. `callback_url` is tested beside `zt_organization`.

use zt::mock::Options;

use crate::harness::story::Story;
use crate::needs;

#[test]
fn the_issuer_is_the_one_that_okta_names() {
    needs!(FUNCTIONS);
    for tls in [false, true] {
        let story = Story::with(Options { tls, ..Options::default() });
        let org = story.mock().org_url().to_owned();
        story.write(
            "main.tf",
            &format!(
                "output \"org\" {{\n  value = provider::zt::okta_issuer({org:?}, null)\n}}\n\
                 output \"custom\" {{\n  value = provider::zt::okta_issuer(\"{org}/\", \"default\")\n}}\n"
            ),
        );
        story.apply();
        assert_eq!(story.output("org"), org);
        assert_eq!(story.output("custom"), format!("{org}/oauth2/default"));
    }
}

#[test]
fn an_admin_url_is_no_issuer() {
    needs!(FUNCTIONS);
    let story = Story::new();
    let call = "provider::zt::okta_issuer(\"https://acme-admin.okta.com\", null)";
    story.write("main.tf", &format!("output \"issuer\" {{\n  value = {call}\n}}\n"));
    assert!(story.plan_fails().error().text().contains("https://acme.okta.com"));
}

#[test]
fn a_fingerprint_is_the_hash_of_okta_and_stays_marked() {
    needs!(FUNCTIONS);
    let mut story = Story::new();
    story.set_variable("secret", "a-secret-of-forty-characters-and-a-few-0");
    let app = "resource \"okta_oidc_app\" \"app\" {\n  provider = zt\n  label = \"App\"\n  \
               redirect_uris = [\"https://acme.example/callback\"]\n}\n";
    let outputs = "variable \"secret\" {\n  type = string\n  sensitive = true\n}\n\
                   output \"same\" {\n  value = nonsensitive(provider::zt::secret_fingerprint(okta_oidc_app.app.client_secret)) \
                   == okta_oidc_app.app.client_secret_hash\n}\n\
                   output \"own\" {\n  sensitive = true\n  value = provider::zt::secret_fingerprint(var.secret)\n}\n";
    story.write("main.tf", &format!("{app}{outputs}"));
    story.apply();
    assert_eq!(story.output("same"), true);
    assert_eq!(story.output("own").as_str().unwrap().len(), 22);
    story.write("main.tf", &format!("{app}{}", outputs.replace("  sensitive = true\n  value", "  value")));
    assert!(story.plan_fails().error().text().contains("sensitive"));
}
