//! Comments and issues: the scripts in `scripts/github` and `scripts/gitlab`, and a service that keeps what they send as
//! the two APIs do.

use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use super::repository::{ENVIRONMENT, Repository, Role, finish};
use super::service::{Request, Service};
use crate::harness::process::Output;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forge {
    GitHub,
    GitLab,
}

/// What it keeps: comments on request 7, and issues.
#[derive(Default)]
struct Kept {
    comments: Vec<Value>,
    issues: Vec<Value>,
}

struct Scene {
    forge: Forge,
    kept: Arc<Mutex<Kept>>,
    service: Service,
}

impl Scene {
    fn new(forge: Forge) -> Self {
        let kept = Arc::<Mutex<Kept>>::default();
        let shared = kept.clone();
        let service = Service::start(move |request| answer(forge, &mut shared.lock().unwrap(), request));
        Self { forge, kept, service }
    }

    /// A script of this forge, with the environment of its pipelines.
    fn script(&self, repository: &Repository, name: &str) -> Command {
        let folder = if self.forge == Forge::GitHub { "github" } else { "gitlab" };
        let mut command = repository.script(&format!("{folder}/{name}"), Role::ReadOnly);
        command.arg(ENVIRONMENT);
        command.envs([
            ("GITHUB_API_URL", self.service.url.as_str()),
            ("GITHUB_REPOSITORY", "acme/zero-trust"),
            ("GITHUB_TOKEN", "token-of-the-job"),
            ("PULL_REQUEST", "7"),
        ]);
        command.envs([
            ("CI_API_V4_URL", self.service.url.as_str()),
            ("CI_PROJECT_ID", "42"),
            ("GITLAB_TOKEN", "token-of-the-job"),
            ("CI_MERGE_REQUEST_IID", "7"),
        ]);
        command
    }

    #[track_caller]
    fn run(&self, repository: &Repository, name: &str) -> Output {
        finish(self.script(repository, name))
    }

    fn comments(&self) -> Vec<Value> {
        self.kept.lock().unwrap().comments.clone()
    }

    fn issues(&self) -> Vec<Value> {
        self.kept.lock().unwrap().issues.clone()
    }
}

/// GitHub: <https://docs.github.com/rest/issues>. GitLab: <https://docs.gitlab.com/api/notes/>,
/// <https://docs.gitlab.com/api/issues/>.
fn answer(forge: Forge, kept: &mut Kept, request: Request) -> Option<Value> {
    let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (base, comments, update, authorization) = match forge {
        Forge::GitHub => ("/repos/acme/zero-trust/", "issues/7/comments", "PATCH", header("authorization")),
        Forge::GitLab => ("/projects/42/", "merge_requests/7/notes", "PUT", header("private-token")),
    };
    assert_eq!(authorization.trim_start_matches("Bearer "), "token-of-the-job");
    let path = request.path.strip_prefix(base)?.to_owned();
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    // GitHub edits a comment without naming its issue.
    let comment = match forge {
        Forge::GitHub => path.strip_prefix("issues/comments/"),
        Forge::GitLab => path.strip_prefix(comments).and_then(|rest| rest.strip_prefix('/')),
    };
    match (request.method.as_str(), path) {
        ("GET", path) if path == comments => Some(kept.comments.clone().into()),
        ("POST", path) if path == comments => Some(add(&mut kept.comments, request.body)),
        (method, _) if method == update && comment.is_some() => edit(&mut kept.comments, comment?, request.body),
        ("GET", "issues") => {
            assert!(query.ends_with(&format!("&labels=drift-{ENVIRONMENT}")), "{query}");
            let open = kept.issues.iter().filter(|issue| issue["state"] != "closed" && issue["state_event"] != "close");
            Some(open.cloned().collect())
        }
        ("POST", "issues") => Some(add(&mut kept.issues, request.body)),
        (method, path) if method == update => edit(&mut kept.issues, path.strip_prefix("issues/")?, request.body),
        _ => None,
    }
}

fn add(shelf: &mut Vec<Value>, mut document: Value) -> Value {
    let id = 100 + shelf.len();
    for name in ["id", "number", "iid"] {
        document[name] = id.into();
    }
    shelf.push(document.clone());
    document
}

fn edit(shelf: &mut [Value], id: &str, changes: Value) -> Option<Value> {
    let document = shelf.iter_mut().find(|document| document["id"].as_u64() == id.parse().ok())?;
    let changes: Map<String, Value> = serde_json::from_value(changes).unwrap();
    document.as_object_mut()?.extend(changes);
    Some(document.clone())
}

#[test]
fn a_request_has_one_comment_per_environment_brought_up_to_date() {
    let repository = Repository::new();
    repository.run("plan.sh", Role::ReadOnly).expect_success();
    for forge in [Forge::GitHub, Forge::GitLab] {
        let scene = Scene::new(forge);
        add(&mut scene.kept.lock().unwrap().comments, json!({"body": "Looks good to me."}));
        scene.run(&repository, "comment.sh").expect_success();
        scene.run(&repository, "comment.sh").expect_success();
        let comments = scene.comments();
        assert_eq!(comments.len(), 2, "{forge:?}");
        assert_eq!(comments[1]["body"], repository.out("comment.md"), "{forge:?}");
    }
}

#[test]
fn an_issue_is_opened_brought_up_to_date_and_closed() {
    let repository = Repository::applied();
    let scenes = [Forge::GitHub, Forge::GitLab].map(Scene::new);
    let both = |check: &dyn Fn(&Scene)| scenes.iter().for_each(check);
    let app = repository.resource("module.access.okta_oidc_app.access")["id"].as_str().unwrap().to_owned();
    let label = |label: &str| assert!(repository.story().mock().okta().edit_app(&app, "/label", json!(label)));

    repository.run("drift.sh", Role::ReadOnly).expect_success();
    both(&|scene| {
        scene.run(&repository, "issue.sh").expect_success();
        assert!(scene.issues().is_empty(), "{:?}: nothing to say", scene.forge);
    });

    for changed in ["Somebody's", "Somebody else's"] {
        label(changed);
        assert_eq!(repository.run("drift.sh", Role::ReadOnly).code, Some(2));
        both(&|scene| {
            scene.run(&repository, "issue.sh").expect_success();
            let issues = scene.issues();
            assert_eq!(issues.len(), 1, "{:?}", scene.forge);
            assert_eq!(issues[0]["title"], "Drift in staging");
            let text = if scene.forge == Forge::GitHub { "body" } else { "description" };
            assert_eq!(issues[0][text], repository.out("report.md"));
        });
    }

    label("Okta: Cloudflare Access");
    repository.run("drift.sh", Role::ReadOnly).expect_success();
    both(&|scene| {
        scene.run(&repository, "issue.sh").expect_success();
        let issue = &scene.issues()[0];
        assert!(issue["state"] == "closed" || issue["state_event"] == "close", "{issue}");
    });
}

#[test]
fn a_night_without_an_answer_leaves_the_issue_alone() {
    let repository = Repository::new();
    let mut night = repository.script("drift.sh", Role::ReadOnly);
    repository.story().mock().okta().revoke_read_only_api_token();
    night.arg(ENVIRONMENT);
    assert_eq!(finish(night).code, Some(1));
    for forge in [Forge::GitHub, Forge::GitLab] {
        let scene = Scene::new(forge);
        let output = scene.run(&repository, "issue.sh");
        assert!(!output.success() && output.stderr.contains("the issue stays as it is"), "{output}");
        assert!(scene.issues().is_empty());
    }
}

#[test]
fn a_refusal_of_the_forge_fails_the_job() {
    let repository = Repository::new();
    repository.run("plan.sh", Role::ReadOnly).expect_success();
    let nobody = Service::start(|_| None);
    let mut comment = Scene::new(Forge::GitHub).script(&repository, "comment.sh");
    comment.env("GITHUB_API_URL", &nobody.url);
    let output = finish(comment);
    assert!(!output.success() && output.stderr.contains("404"), "{output}");
    assert!(!output.text().contains("token-of-the-job"), "{output}");
}
