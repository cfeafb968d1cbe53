//! Proxies from the environment: `HTTPS_PROXY`, `NO_PROXY`.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::harness::story::Story;

/// A proxy that notes what it is asked for, and refuses it.
struct Proxy {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                notes.lock().unwrap().extend(lines.next());
                let _rest = lines.find(String::is_empty);
                let _ = (&stream).write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[test]
fn a_proxy_is_asked_for_the_network_and_not_for_this_machine() {
    let proxy = Proxy::start();
    let mut story = Story::new();
    story.write(
        "main.tf",
        "provider \"zt\" {\n  max_retries = 0\n}\ndata \"okta_group\" \"everyone\" {\n  provider = zt\n  name = \"Everyone\"\n}\n",
    );
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        story.workspace_mut().set_env(name, &proxy.url);
    }
    for name in ["http_proxy", "https_proxy", "all_proxy", "NO_PROXY", "no_proxy"] {
        story.workspace_mut().remove_env(name);
    }
    story.apply_only();
    assert_eq!(proxy.asked(), [""; 0], "a proxy cannot reach our loopback");

    // The other names of an org's address have the word where they are set.
    for name in ["OKTA_ORG_NAME", "OKTA_BASE_URL", "OKTA_HTTP_PROXY"] {
        story.workspace_mut().remove_env(name);
    }
    story.workspace_mut().set_env("OKTA_ORG_URL", "https://acme.okta.invalid");
    let refused = story.plan_fails();
    assert!(refused.error().text().contains("cannot reach the service"), "{}", refused.output);
    assert_eq!(proxy.asked(), ["CONNECT acme.okta.invalid:443 HTTP/1.1"]);

    story.workspace_mut().set_env("NO_PROXY", "okta.invalid");
    story.plan_fails();
    assert_eq!(proxy.asked().len(), 1, "the name was looked up directly");
}
