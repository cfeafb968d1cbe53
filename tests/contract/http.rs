//! The plainest client there is: it sends what a test says and gives back what came.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON; fails the test if it is something else.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text))
    }

    /// A header's value; fails the test if it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).unwrap_or_else(|| panic!("no header {name} in {:?}", self.headers));
        value.to_str().unwrap()
    }
}

/// A client that stays on loopback, follows nothing and trusts `ca` (PEM) where given.
pub(crate) fn client(ca: Option<&str>) -> reqwest::Client {
    // Trusting nobody else also spares it reading the system's authorities, for every request anew.
    let trusted = ca.map(|ca| reqwest::Certificate::from_pem(ca.as_bytes()).unwrap());
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.tls_certs_only(trusted).build().unwrap()
}

/// Sends a request with a JSON body (`null` for none) and headers.
pub(crate) async fn send(method: Method, url: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut request = client(None).request(method.clone(), url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_null() {
        request = request.json(body);
    } else if method != Method::GET {
        // Okta wants to know, and the client says nothing of an absent body.
        request = request.header("content-length", "0");
    }
    read(request).await
}

/// Sends a form with headers.
pub(crate) async fn send_form(url: &str, headers: &[(&str, &str)], fields: &[(&str, &str)]) -> Answer {
    let mut request = client(None).post(url).form(fields);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(request).await
}

async fn read(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}
