//! A SCIM service that Okta's SCIM client can be pointed at: it remembers what it was sent, keeps users and groups, and
//! answers otherwise where a test says so. It has nothing in common with the mock's own.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use url::form_urlencoded;

/// A request as it came.
#[derive(Clone)]
pub(crate) struct Seen {
    /// `METHOD /path?query`, decoded.
    pub(crate) line: String,
    /// The query as it was sent.
    pub(crate) raw_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// An answer that a test wants instead of the right one.
#[derive(Clone)]
pub(crate) struct Answer {
    /// Beginning of the request's line.
    on: String,
    status: u16,
    body: String,
    headers: Vec<(String, String)>,
    /// Whether it waits for [`ScimService::release`].
    held: bool,
    /// Whether it is given every time.
    forever: bool,
}

impl Answer {
    /// To the next request whose line begins so.
    pub(crate) fn on(line: &str, status: u16, body: &str) -> Self {
        let (on, body) = (line.to_owned(), body.to_owned());
        Self { on, status, body, headers: Vec::new(), held: false, forever: false }
    }

    /// With a SCIM error in the body.
    pub(crate) fn refusing(line: &str, status: u16, detail: &str) -> Self {
        let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": detail,
            "status": status.to_string()});
        Self::on(line, status, &body.to_string())
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Not before it is released.
    pub(crate) fn held(mut self) -> Self {
        self.held = true;
        self
    }

    pub(crate) fn forever(mut self) -> Self {
        self.forever = true;
        self
    }
}

#[derive(Default)]
struct Inside {
    /// The one `Authorization` that is let in; none lets everybody in.
    password: Option<String>,
    users: BTreeMap<String, Value>,
    groups: BTreeMap<String, Value>,
    made: usize,
    seen: Vec<Seen>,
    script: VecDeque<Answer>,
    released: CancellationToken,
}

/// The service's state, and who waits for a change of it.
#[derive(Default)]
struct Shared {
    inside: Mutex<Inside>,
    came: Condvar,
}

/// A running service. It lives on a thread of its own, so that a test may block while it answers.
pub(crate) struct ScimService {
    shared: Arc<Shared>,
    base_url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl ScimService {
    pub(crate) fn start() -> Self {
        let shared = Arc::<Shared>::default();
        let socket = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        socket.set_nonblocking(true).unwrap();
        let base_url = format!("http://{}/scim/v2", socket.local_addr().unwrap());
        let (stop, stopping) = oneshot::channel::<()>();
        let routes = Router::new().fallback(answer).with_state(shared.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let socket = tokio::net::TcpListener::from_std(socket).unwrap();
                tokio::select! {
                    served = async { axum::serve(socket, routes).await } => served.unwrap(),
                    _ = stopping => {}
                }
            });
        });
        Self { shared, base_url, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.shared.inside.lock().unwrap()
    }

    /// From now on only this `Authorization` is let in.
    pub(crate) fn lets_in(&self, authorization: &str) {
        self.lock().password = Some(authorization.to_owned());
    }

    pub(crate) fn script(&self, answer: Answer) {
        self.lock().script.push_back(answer);
    }

    /// Only right answers from now on.
    pub(crate) fn recover(&self) {
        self.lock().script.clear();
    }

    /// Gives the answers that are held.
    pub(crate) fn release(&self) {
        std::mem::take(&mut self.lock().released).cancel();
    }

    /// The requests since the last call.
    pub(crate) fn requests(&self) -> Vec<Seen> {
        std::mem::take(&mut self.lock().seen)
    }

    /// The lines of the requests since the last call.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().into_iter().map(|seen| seen.line).collect()
    }

    /// Waits until so many requests have come since the last call of those above.
    pub(crate) fn wait_for(&self, requests: usize) {
        let long = Duration::from_secs(60);
        let waited = self.shared.came.wait_timeout_while(self.lock(), long, |inside| inside.seen.len() < requests);
        assert!(!waited.unwrap().1.timed_out(), "{requests} requests did not come");
    }

    /// The user of this name.
    pub(crate) fn user(&self, user_name: &str) -> Option<Value> {
        self.lock().users.values().find(|user| user["userName"] == user_name).cloned()
    }

    pub(crate) fn users(&self) -> Vec<Value> {
        self.lock().users.values().cloned().collect()
    }

    /// The group of this name.
    pub(crate) fn group(&self, name: &str) -> Option<Value> {
        self.lock().groups.values().find(|group| group["displayName"] == name).cloned()
    }

    /// User names of the members of a group, sorted.
    pub(crate) fn members(&self, name: &str) -> Vec<String> {
        let group = self.group(name).unwrap_or_else(|| panic!("no group {name}"));
        let inside = self.lock();
        let mut names: Vec<String> =
            ids(&group["members"]).map(|id| inside.users[id]["userName"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    }

    /// Puts a resource there that Okta has not made; its id.
    pub(crate) fn keep(&self, kind: &str, resource: Value) -> String {
        let mut inside = self.lock();
        inside.create(kind, resource)["id"].as_str().unwrap().to_owned()
    }

    /// Forgets a resource.
    pub(crate) fn lose(&self, kind: &str, id: &str) {
        assert!(self.lock().all(kind).remove(id).is_some(), "no {kind} {id}");
    }
}

impl Drop for ScimService {
    fn drop(&mut self) {
        drop(self.stop.take());
        drop(self.thread.take().map(JoinHandle::join));
    }
}

fn ids(members: &Value) -> impl Iterator<Item = &str> {
    members.as_array().into_iter().flatten().filter_map(|member| member["value"].as_str())
}

impl Inside {
    fn all(&mut self, kind: &str) -> &mut BTreeMap<String, Value> {
        if kind == "Users" { &mut self.users } else { &mut self.groups }
    }

    fn create(&mut self, kind: &str, mut resource: Value) -> Value {
        self.made += 1;
        let id = format!("{}{}", kind.to_lowercase().trim_end_matches('s'), self.made);
        resource["id"] = json!(id);
        resource.as_object_mut().unwrap().remove("password");
        self.all(kind).insert(id, resource.clone());
        resource
    }

    fn serve(&mut self, method: &str, path: &str, filter: Option<&str>, body: Value) -> (u16, Value) {
        let mut segments = path.trim_matches('/').split('/').map(str::to_owned);
        let (kind, id) = (segments.next().unwrap_or_default(), segments.next());
        let error = |status: u16| (status, json!({"detail": "no", "status": status.to_string()}));
        match (method, id) {
            ("GET", None) => {
                let wanted = filter.map(|filter| filter.split_once(" eq ").unwrap());
                let found: Vec<Value> = self
                    .all(&kind)
                    .values()
                    .filter(|held| {
                        wanted.is_none_or(|(name, value)| {
                            held[name].as_str().unwrap_or_default().eq_ignore_ascii_case(value.trim_matches('"'))
                        })
                    })
                    .cloned()
                    .collect();
                let list = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
                let count = found.len();
                (
                    200,
                    json!({"schemas": [list], "totalResults": count, "startIndex": 1, "itemsPerPage": count,
                    "Resources": found}),
                )
            }
            ("POST", None) => (201, self.create(&kind, body)),
            (method, Some(id)) => {
                let all = self.all(&kind);
                let Some(held) = all.get_mut(&id) else { return error(404) };
                match method {
                    "GET" => {}
                    "PUT" => *held = body,
                    "PATCH" => body["Operations"].as_array().unwrap().iter().for_each(|step| patch(held, step)),
                    "DELETE" => drop(all.remove(&id)),
                    _ => return error(405),
                }
                match all.get(&id) {
                    Some(held) => (200, held.clone()),
                    None => (204, Value::Null),
                }
            }
            _ => error(405),
        }
    }
}

fn patch(held: &mut Value, step: &Value) {
    let path = step["path"].as_str().unwrap_or_default();
    match (step["op"].as_str().unwrap(), path) {
        ("replace", "") => held.as_object_mut().unwrap().extend(step["value"].as_object().unwrap().clone()),
        ("replace", path) => held[path] = step["value"].clone(),
        ("add", path) => held[path].as_array_mut().unwrap().extend(step["value"].as_array().unwrap().clone()),
        ("remove", path) => {
            let id = path.split('"').nth(1).unwrap();
            held["members"].as_array_mut().unwrap().retain(|member| member["value"] != id);
        }
        other => panic!("{other:?}"),
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = to_bytes(body, 1 << 20).await.unwrap();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    let raw_query = parts.uri.query().unwrap_or_default().to_owned();
    let query: Vec<(String, String)> = form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect();
    let path = parts.uri.path().strip_prefix("/scim/v2").unwrap_or_default().to_owned();
    let decoded: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let shown = if decoded.is_empty() { String::new() } else { format!("?{}", decoded.join("&")) };
    let line = format!("{} {path}{shown}", parts.method);
    let sent = parts.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let (scripted, right, released) = {
        let mut inside = shared.inside.lock().unwrap();
        inside.seen.push(Seen { line: line.clone(), raw_query, headers: parts.headers, body: body.clone() });
        shared.came.notify_all();
        let place = inside.script.iter().position(|answer| line.starts_with(&answer.on));
        let scripted = place.map(|place| match inside.script[place].forever {
            true => inside.script[place].clone(),
            false => inside.script.remove(place).unwrap(),
        });
        let stranger = inside.password.is_some() && inside.password != sent;
        let right = match &scripted {
            Some(_) => None,
            None if stranger => Some((401, json!({"detail": "Invalid token", "status": "401"}))),
            None => {
                let filter = query.iter().find(|(name, _)| name == "filter").map(|(_, value)| value.as_str());
                Some(inside.serve(parts.method.as_str(), &path, filter, body))
            }
        };
        (scripted, right, inside.released.clone())
    };
    let (status, body, headers) = match (scripted, right) {
        (Some(scripted), _) => {
            if scripted.held {
                released.cancelled().await;
            }
            (scripted.status, scripted.body, scripted.headers)
        }
        (None, Some((status, Value::Null))) => (status, String::new(), Vec::new()),
        (None, right) => right.map(|(status, body)| (status, body.to_string(), Vec::new())).unwrap(),
    };
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
    }
    response
}
