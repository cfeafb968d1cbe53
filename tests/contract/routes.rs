//! The list of routes, as people and other programs see it.

use reqwest::Method;
use serde_json::{Value, json};
use zt::mock::{Mock, Options, control, routes};

use crate::http::send;
use crate::tour::Tour;

#[tokio::test]
async fn the_list_names_routes_as_the_journal_does() {
    let mock = Mock::start().await;
    let listed = send(Method::GET, &format!("{}/_mock/routes", mock.auth_url()), &[], &Value::Null).await.json();
    let listed = listed.as_array().unwrap();
    for url in [
        format!("{}/api/v1/apps/0oa1", mock.org_url()),
        format!("{}/accounts/{}/access/identity_providers", mock.api_url(), mock.account_id()),
        format!("{}/populations/x/scim/v2/Users/y", mock.auth_url()),
    ] {
        send(Method::GET, &url, &[], &Value::Null).await;
        let exchange = mock.journal().all().pop().unwrap();
        let named = json!({"side": exchange.side, "method": "GET", "path": exchange.route});
        assert!(listed.contains(&named), "{url} was served by {named}, which is not listed");
    }
}

#[tokio::test]
async fn every_listed_route_is_served() {
    let mock = Mock::with(Options { allow_unserved: true, ..Options::default() }).await;
    let api_host = mock.api_url().trim_end_matches(zt::mock::cloudflare::BASE_PATH);
    for route in routes::served() {
        let host = match route.side {
            zt::mock::Side::Okta => mock.org_url(),
            zt::mock::Side::Cloudflare => api_host,
            zt::mock::Side::Team => mock.auth_url(),
        };
        let method = Method::from_bytes(route.method.as_bytes()).unwrap();
        send(method, &format!("{host}{}", route.path.replace(['{', '}'], "")), &[], &Value::Null).await;
    }
    assert_eq!(mock.journal().unserved(), Vec::<String>::new());
    assert_eq!(mock.journal().len(), routes::served().len());
}

#[test]
fn no_route_is_listed_twice() {
    let own = control::routes().into_iter().map(|route| format!("{} {}", route.method, route.path));
    let vendors = routes::served().into_iter().map(|route| format!("{:?} {} {}", route.side, route.method, route.path));
    let mut all: Vec<String> = own.chain(vendors).collect();
    let listed = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), listed);
}

/// Whether a path is one of a route's, parameters standing for one segment each.
fn fits(route: &str, path: &str) -> bool {
    let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    let segments = || route.iter().zip(&path);
    route.len() == path.len() && segments().all(|(name, segment)| name.starts_with('{') || name == segment)
}

#[tokio::test]
async fn the_tour_visits_every_route() {
    let stops = Tour::complete().await;
    let visited = |route: &routes::Served| {
        stops.iter().any(|stop| {
            stop.side == route.side && stop.method.as_str() == route.method && fits(&route.path, &stop.path)
        })
    };
    let missed: Vec<_> = routes::served().into_iter().filter(|route| !visited(route)).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}
