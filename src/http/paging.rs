//! From one page of a list to the next: `Link` headers (RFC 8288).

use reqwest::header::{HeaderMap, LINK};
use url::Url;

/// The target of the first `rel="next"` link. Several links may share a header line or have one each.
pub fn next(headers: &HeaderMap) -> Option<Url> {
    headers
        .get_all(LINK)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(links)
        .find(|(_, parameters)| is_next(parameters))
        .and_then(|(target, _)| Url::parse(target).ok())
}

/// Splits a header value into (target, parameters). Targets may hold commas and semicolons.
fn links(mut rest: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    while let Some((_, from_target)) = rest.split_once('<') {
        let Some((target, after)) = from_target.split_once('>') else { break };
        let mut quoted = false;
        let end = after
            .find(|c| {
                quoted ^= c == '"';
                c == ',' && !quoted
            })
            .unwrap_or(after.len());
        found.push((target, &after[..end]));
        rest = &after[end..];
    }
    found
}

fn is_next(parameters: &str) -> bool {
    parameters.split(';').filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
        name.trim().eq_ignore_ascii_case("rel")
            && value.trim().trim_matches('"').split_whitespace().any(|rel| rel.eq_ignore_ascii_case("next"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (LINK, HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn next_is_found_on_its_own_line_and_in_a_list() {
        let next_url = Some(Url::parse("https://o.example/api?after=a,b;c&limit=2").unwrap());
        let own = r#"<https://o.example/api?limit=2>; rel="self""#;
        assert_eq!(next(&headers(&[own, r#"<https://o.example/api?after=a,b;c&limit=2>; rel="next""#])), next_url);
        assert_eq!(
            next(&headers(&[
                r#"<https://o.example/api>; title="a,b"; rel="self", <https://o.example/api?after=a,b;c&limit=2>;rel=next"#
            ])),
            next_url
        );
    }

    #[test]
    fn the_last_page_has_no_next() {
        assert_eq!(next(&headers(&[r#"<https://o.example/api>; rel="self""#])), None);
        assert_eq!(next(&headers(&["<https://o.example/api; rel=next", "nonsense", "<>; rel=\"next\""])), None);
        assert_eq!(next(&HeaderMap::new()), None);
    }
}
