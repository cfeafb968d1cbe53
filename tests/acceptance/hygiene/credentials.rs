//! Credentials that do not work, of every kind that the provider takes: the vendor quotes them in its refusal.

use zt::mock::Fault;

use crate::harness::planted::{Planted, Search};
use crate::harness::story::Story;

use super::scene::Scene;
use super::{cloudflare_refusal, okta_refusal};

const OKTA: &str = "resource \"okta_oidc_app\" \"app\" {\n  provider = zt\n  label = \"App\"\n  \
                    redirect_uris = [\"https://acme.example/callback\"]\n}\n";
const CLOUDFLARE: &str = "data \"zt_organization\" \"this\" {}\n";

/// A way to give a secret to the provider: a variable of the environment, or an attribute of the provider block.
#[derive(Clone, Copy)]
enum Given {
    Variable(&'static str),
    Attribute(&'static str),
}

/// One kind of credentials, which the provider is given together with `beside`.
struct Kind {
    name: &'static str,
    given: Given,
    beside: &'static [(&'static str, &'static str)],
    rest: &'static str,
}

const KINDS: &[Kind] = &[
    Kind { name: "okta.api_token", given: Given::Attribute("okta"), beside: &[], rest: OKTA },
    Kind { name: "OKTA_API_TOKEN", given: Given::Variable("OKTA_API_TOKEN"), beside: &[], rest: OKTA },
    Kind { name: "okta.access_token", given: Given::Attribute("okta"), beside: &[], rest: OKTA },
    Kind { name: "OKTA_ACCESS_TOKEN", given: Given::Variable("OKTA_ACCESS_TOKEN"), beside: &[], rest: OKTA },
    Kind { name: "cloudflare.api_token", given: Given::Attribute("cloudflare"), beside: &[], rest: CLOUDFLARE },
    Kind {
        name: "CLOUDFLARE_API_TOKEN",
        given: Given::Variable("CLOUDFLARE_API_TOKEN"),
        beside: &[],
        rest: CLOUDFLARE,
    },
    Kind {
        name: "cloudflare.api_key",
        given: Given::Attribute("cloudflare"),
        beside: &[("email", "ada@acme.example")],
        rest: CLOUDFLARE,
    },
    Kind {
        name: "CLOUDFLARE_API_KEY",
        given: Given::Variable("CLOUDFLARE_API_KEY"),
        beside: &[("CLOUDFLARE_EMAIL", "ada@acme.example")],
        rest: CLOUDFLARE,
    },
];

/// A story without credentials, but with those of one kind.
fn story(kind: &Kind, secret: &Planted) -> Story {
    let mut story = Story::new();
    for name in ["OKTA_API_TOKEN", "CLOUDFLARE_API_TOKEN"] {
        story.workspace_mut().remove_env(name);
    }
    let mut block = String::new();
    match kind.given {
        Given::Variable(name) => {
            story.workspace_mut().set_env(name, secret.text());
            kind.beside.iter().for_each(|(name, value)| story.workspace_mut().set_env(name, value));
        }
        Given::Attribute(side) => {
            let (_, attribute) = kind.name.split_once('.').unwrap();
            let beside: String = kind.beside.iter().map(|(name, value)| format!("    {name} = {value:?}\n")).collect();
            block = format!("  {side} = {{\n    {attribute} = var.secret\n{beside}  }}\n");
            story.set_variable("secret", secret.text());
        }
    }
    let variable = "variable \"secret\" {\n  ephemeral = true\n  default = null\n}\n";
    story.write("main.tf", &format!("{variable}provider \"zt\" {{\n  max_retries = 0\n{block}}}\n{}", kind.rest));
    story
}

fn quoted(kind: &Kind) -> Search {
    let secret = Planted::made_up(kind.name);
    let mut scene = Scene::new(kind.name, story(kind, &secret));
    scene.plant(&secret);
    let refusal = |quoting: &str| match kind.rest {
        OKTA => okta_refusal(quoting),
        _ => cloudflare_refusal(quoting),
    };
    let fault = |method: &str| Fault::on(method, "/**").answering(401, refusal(&secret.quoted()));
    ["GET", "POST"].into_iter().for_each(|method| scene.story.mock().fail(fault(method)));
    scene.apply_refused("refused");
    scene.mock();
    scene.search()
}

/// The key of a service app is never sent, and what is sent in its place is signed anew every time. So it is tried
/// whether the provider itself quotes the key: one that works for nobody, and one that is no key at all.
fn keys() -> Search {
    let mut search = Search::default();
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let line = key.lines().nth(1).unwrap().to_owned();
    let broken = Planted::made_up("okta.private_key, no key");
    let in_pem = Planted::made_up("okta.private_key, broken PEM");
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", in_pem.text());
    let of_a_key = [Planted::new("okta.private_key", &key), Planted::new("okta.private_key, a line of it", &line)];
    for (name, text, secrets) in [
        ("a key that Okta does not know", key, &of_a_key[..]),
        ("no key", broken.text().to_owned(), std::slice::from_ref(&broken)),
        ("broken PEM", pem, std::slice::from_ref(&in_pem)),
    ] {
        let mut story = Story::new();
        story.workspace_mut().remove_env("OKTA_API_TOKEN");
        story.set_variable("key", &text);
        let block = "  okta = {\n    client_id = \"0oa00000000000000000\"\n    scopes = [\"okta.apps.manage\"]\n    private_key = var.key\n  }\n";
        let variable = "variable \"key\" {\n  ephemeral = true\n}\n";
        story.write("main.tf", &format!("{variable}provider \"zt\" {{\n{block}}}\n{OKTA}"));
        let mut scene = Scene::new(name, story);
        secrets.iter().for_each(|secret| scene.plant(secret));
        let output = scene.run("refused", &["apply", "-auto-approve", "-no-color"]);
        assert!(!output.success(), "{output}");
        scene.mock();
        search.add(scene.search());
    }
    search
}

pub(super) fn played() -> Search {
    let mut search = keys();
    KINDS.iter().for_each(|kind| search.add(quoted(kind)));
    search
}
