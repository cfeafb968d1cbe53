//! Route tables: what their lines are made of, and every route that is served.
//!
//! Each side keeps one table, from which its router is built, so that what is listed is what is served. Okta's has
//! columns of its own, see [`okta::routes`].

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use serde::Serialize;

use super::world::World;
use super::{Side, cloudflare, okta};

/// One line of a table: what is asked, and who answers.
pub struct Route {
    /// HTTP method.
    pub method: Method,
    /// Path with `{parameters}`.
    pub path: &'static str,
    handler: MethodRouter<Arc<World>>,
}

impl Route {
    fn new<H, T>(filter: MethodFilter, method: Method, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, Arc<World>>,
        T: 'static,
    {
        Self { method, path, handler: on(filter, handler) }
    }
}

macro_rules! methods {
    ($($name:ident $method:ident,)*) => {$(
        #[doc = concat!("A `", stringify!($method), "` route.")]
        pub fn $name<H, T>(path: &'static str, handler: H) -> Route
        where
            H: Handler<T, Arc<World>>,
            T: 'static,
        {
            Route::new(MethodFilter::$method, Method::$method, path, handler)
        }
    )*};
}

methods! {
    get GET,
    post POST,
    put PUT,
    patch PATCH,
    delete DELETE,
}

/// The router of a table.
pub fn router(table: Vec<Route>) -> Router<Arc<World>> {
    table.into_iter().fold(Router::new(), |router, route| router.route(route.path, route.handler))
}

/// A route as people and other programs see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Served {
    /// Who serves it.
    pub side: Side,
    /// HTTP method.
    pub method: String,
    /// Path on the side's host, with `{parameters}`: what the journal calls the exchange's route.
    pub path: String,
}

/// Every route of both vendors, in the order of their tables. The mock's own are in
/// [`control::routes`](super::control::routes).
pub fn served() -> Vec<Served> {
    let okta = okta::routes().map(|(method, path)| (Side::Okta, method.to_owned(), path.to_owned()));
    let listed = |side, base: &str, table: Vec<Route>| -> Vec<_> {
        table.into_iter().map(|route| (side, route.method.to_string(), format!("{base}{}", route.path))).collect()
    };
    let all = okta.chain(listed(Side::Cloudflare, cloudflare::BASE_PATH, cloudflare::routes())).chain(listed(
        Side::Team,
        "",
        cloudflare::team_routes(),
    ));
    all.map(|(side, method, path)| Served { side, method, path }).collect()
}
