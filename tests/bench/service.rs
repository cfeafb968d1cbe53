//! `zt-mock` in a process of its own: what it takes is its own time and memory, as with the real services.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::mock;

/// A running mock; dropping it ends it.
pub(crate) struct Service {
    child: Child,
    ready: Value,
    api: Url,
}

/// What the journal says of a request, as far as it is counted.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Request {
    pub(crate) side: String,
    pub(crate) method: String,
    pub(crate) route: Option<String>,
    pub(crate) query: String,
    pub(crate) status: Option<u16>,
}

impl Service {
    /// A mock whose answers take at least `latency` milliseconds.
    pub(crate) fn start(latency: u32) -> Self {
        let mut command = Command::new(mock());
        command.arg("serve").arg(format!("--latency={latency}"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let api = ready["cloudflare"]["api_url"].as_str().unwrap().parse().unwrap();
        Self { child, ready, api }
    }

    /// The environment that points Terraform at it.
    pub(crate) fn env(&self) -> BTreeMap<String, String> {
        serde_json::from_value(self.ready["env"].clone()).unwrap()
    }

    /// Host and port of Cloudflare's API.
    pub(crate) fn address(&self) -> String {
        format!("{}:{}", self.api.host_str().unwrap(), self.api.port().unwrap())
    }

    /// The path of the account's identity providers.
    pub(crate) fn identity_providers(&self) -> String {
        let account = self.ready["cloudflare"]["account_id"].as_str().unwrap();
        format!("{}/accounts/{account}/access/identity_providers", self.api.path())
    }

    pub(crate) fn token(&self) -> &str {
        self.ready["cloudflare"]["api_token"].as_str().unwrap()
    }

    /// One call with full rights; the body of the answer.
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Vec<u8> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(self.address()).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.address(),
            self.token(),
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {head}");
        assert!(!head.to_lowercase().contains("transfer-encoding"), "{head}");
        answer.split_off(end)
    }

    /// Somebody renames every identity provider in the dashboard.
    pub(crate) fn rename_all(&self, name: &str) {
        for id in self.ids() {
            let path = format!("/_mock/cloudflare/identity_providers/{id}");
            self.call("PATCH", &path, Some(&json!({"name": format!("{name} {id}")})));
        }
    }

    /// The ids of the identity providers.
    pub(crate) fn ids(&self) -> Vec<String> {
        let list = self.call("GET", &format!("{}?per_page=1000", self.identity_providers()), None);
        let list: Value = serde_json::from_slice(&list).unwrap();
        let all = list["result"].as_array().unwrap().iter();
        all.map(|found| found["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Makes identity providers outside of Terraform.
    pub(crate) fn create(&self, count: usize) {
        for number in 0..count {
            let config = json!({"client_id": format!("0oa{number}"), "client_secret": "secret",
                "okta_account": "https://acme.okta.com"});
            let body = json!({"name": format!("Okta {number}"), "type": "okta", "config": config});
            self.call("POST", &self.identity_providers(), Some(&body));
        }
    }

    /// Forgets the requests so far.
    pub(crate) fn forget(&self) {
        self.call("DELETE", "/_mock/journal", None);
    }

    /// The requests since the last [`forget`](Self::forget).
    pub(crate) fn requests(&self) -> Vec<Request> {
        serde_json::from_slice(&self.call("GET", "/_mock/journal", None)).unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
