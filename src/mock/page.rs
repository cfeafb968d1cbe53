//! What every HTML page of the mock has around it: title, style, and headers that keep it to itself.
//!
//! Pages are made on the server, work without JavaScript, and load nothing from anywhere. `maud` escapes every value,
//! so that a label such as `<script>` is shown and not run.

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

/// Nothing is loaded but the style in the page. `form-action` is left open, because browsers apply it to redirects
/// after a form as well, and a login ends on another of the mock's addresses.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

const STYLE: &str = "\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 72rem; padding: 1rem 1.5rem 3rem }
header { border-bottom: 2px solid; display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: baseline }
header h1 { font-size: 1.4rem; margin: .5rem 0 }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #8886; padding: .3rem .6rem .3rem 0; text-align: left; vertical-align: top }
td { overflow-wrap: anywhere }
form.narrow { display: grid; gap: .75rem; max-width: 24rem }
label { display: grid; gap: .2rem }
label.switch { display: flex; gap: .5rem }
input:not([type=checkbox]), button, a.button { border: 1px solid #8888; border-radius: .3rem; font: inherit; padding: .4rem .7rem }
a.button { display: inline-block; text-decoration: none }
.good { color: #1a7f37 } .bad { color: #c62828 } .quiet { opacity: .7 }
[role=alert] { border-left: 4px solid #c62828; padding: .2rem 0 .2rem .8rem }
dl { display: grid; gap: .2rem 1rem; grid-template-columns: max-content 1fr } dd { grid-column: 2; margin: 0; overflow-wrap: anywhere }
pre { overflow-x: auto; white-space: pre-wrap }
";

/// A whole page. `service` is what it plays, as the heading shows it; `title` is what this page is.
pub(crate) fn page(status: StatusCode, service: &str, title: &str, body: &Markup) -> Response {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · " (service) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    span.quiet { (service) ", played by zt-mock" }
                }
                main { (body) }
            }
        }
    };
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
    ];
    (status, headers, document).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_shows_markup_in_values_and_does_not_run_it() {
        let label = "<script>alert(1)</script>";
        let response = page(StatusCode::OK, "Okta", label, &html! { p { (label) } });
        assert!(
            response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'none'")
        );
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(text.contains("&lt;script&gt;") && !text.contains("<script"), "{text}");
    }
}
