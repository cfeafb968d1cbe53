//! The secrets of the table: how each is set up, what somebody does to it, and what repairs it.

use std::time::Duration;

use serde_json::{Value, json};
use zt::mock::Fault;

use super::{Event, Row, Secret, Way};
use crate::harness::story::Story;

const FIRST: &str = "a-client-secret-of-this-test-0123456789";
const THEIRS: &str = "somebody-elses-secret-0123456789-abcdef";
/// Nothing there is ever called: the org's API does not try what it is given.
const ELSEWHERE: &str = "https://elsewhere.example/scim/v2";

/// The group that is pushed.
const GROUP: &str = "Engineering";
const SYSTEM_LOG: &str = "/api/v1/logs";
const AUDIT_LOG: &str = "/client/v4/accounts/*/logs/audit";

const BLOCK: &str = "provider \"zt\" {\n  max_retries = 0\n}\n";
/// Only for a Terraform that knows write-only attributes.
const VARIABLE: &str = "variable \"secret\" {\n  ephemeral = true\n  default = null\n}\n";

/// A story about one secret that is held in one way.
pub(super) struct Subject {
    secret: Secret,
    way: Way,
    pub(super) story: Story,
    /// What the configuration counts up to hand a secret over again.
    version: u32,
    /// What it counts up to write the login method for another reason.
    writes: u32,
    /// The app that Terraform does not manage: the OIDC app of the login method.
    app: String,
    /// The object at Cloudflare that Terraform does not manage: the login method of the SCIM endpoint.
    idp: String,
    /// Base URL and token of the SCIM endpoint.
    endpoint: (String, String),
}

impl Subject {
    /// Everything is applied and works.
    pub(super) fn new(secret: Secret, way: Way) -> Self {
        let story = Story::new();
        let nothing = (String::new(), String::new());
        let mut subject = Self {
            secret,
            way,
            story,
            version: 1,
            writes: 1,
            app: String::new(),
            idp: String::new(),
            endpoint: nothing,
        };
        match secret {
            Secret::RotatedInOkta => {}
            Secret::RotatedElsewhere | Secret::EditedInCloudflare | Secret::GroupsToken => {
                subject.app = subject.make_app()
            }
            Secret::Regenerated | Secret::TokenInOkta | Secret::BaseUrlInOkta => subject.make_identity_provider(),
        }
        subject.configure();
        subject.story.apply_only();
        if secret == Secret::TokenInOkta {
            subject.story.mock().pause_provisioning();
            assert_eq!(subject.push(), 0, "what is pushed goes through");
        }
        subject
    }

    /// The address of the resource that tells how the secret is, and its attribute that does.
    pub(super) fn told_by(&self) -> (&'static str, &'static str) {
        match self.secret {
            Secret::Regenerated => ("zt_scim_config.this", "secret_status"),
            Secret::TokenInOkta | Secret::BaseUrlInOkta => ("okta_scim_app.this", "connection_status"),
            _ => ("zt_okta_idp.this", "client_secret_status"),
        }
    }

    fn make_app(&self) -> String {
        let body = json!({"name": "oidc_client", "label": format!("Access {}", self.version), "signOnMode": "OPENID_CONNECT",
            "credentials": {"oauthClient": {"client_secret": FIRST, "token_endpoint_auth_method": "client_secret_basic"}},
            "settings": {"oauthClient": {"application_type": "web", "grant_types": ["authorization_code"],
                "redirect_uris": ["https://acme.example/callback"], "response_types": ["code"]}}});
        self.story.in_okta("POST", "/api/v1/apps", Some(&body))["id"].as_str().unwrap().to_owned()
    }

    fn make_identity_provider(&mut self) {
        let path = format!("/accounts/{}/access/identity_providers", self.story.mock().account_id());
        let body = json!({"name": "Okta", "type": "okta", "scim_config": {"enabled": self.secret != Secret::Regenerated},
            "config": {"client_id": "0oa0", "client_secret": "not-used", "okta_account": self.story.mock().org_url()}});
        let made = self.story.in_cloudflare("POST", &path, Some(&body));
        let text = |pointer: &str| made.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        self.idp = text("/id");
        self.endpoint = (text("/scim_config/scim_base_url"), text("/scim_config/secret"));
    }

    /// The newest secret of the OIDC app: its id and its text.
    fn newest(&self) -> (String, String) {
        let all = self.story.in_okta("GET", &format!("/api/v1/apps/{}/credentials/secrets", self.app), None);
        let text = |name: &str| all.as_array().unwrap().last().unwrap()[name].as_str().unwrap().to_owned();
        (text("id"), text("client_secret"))
    }

    /// Writes the configuration that hands over what is right now.
    fn configure(&mut self) {
        let version = self.version;
        let main = match self.secret {
            Secret::RotatedInOkta => self.wired(),
            Secret::RotatedElsewhere | Secret::EditedInCloudflare => {
                let (id, text) = self.newest();
                self.story.set_variable("secret", &text);
                let login_method = self.login_method(&match self.way {
                    Way::Plain => format!("client_secret = {text:?}"),
                    Way::WriteOnly => {
                        format!("client_secret_wo = var.secret\n  client_secret_wo_version = \"{version}\"")
                    }
                    _ => {
                        format!("managed_client_secret = {{\n    app_id = {:?}\n    secret_id = {id:?}\n  }}", self.app)
                    }
                });
                match self.secret {
                    Secret::EditedInCloudflare => login_method + &self.other_half(),
                    _ => login_method,
                }
            }
            Secret::GroupsToken => {
                let token = self.story.mock().okta_read_only_token();
                self.story.set_variable("secret", &token);
                let token = match self.way {
                    Way::Plain => format!("api_token = {token:?}"),
                    _ => format!("api_token_wo = var.secret\n  api_token_wo_version = \"{version}\""),
                };
                self.login_method(&format!("client_secret = {FIRST:?}\n  {token}"))
            }
            Secret::Regenerated => {
                let held = match self.way {
                    Way::Omitted => "omit_secret = true".to_owned(),
                    _ => format!("rotation_trigger = \"{version}\""),
                };
                format!(
                    "resource \"zt_scim_config\" \"this\" {{\n  identity_provider_id = {:?}\n  {held}\n}}\n",
                    self.idp
                )
            }
            Secret::TokenInOkta | Secret::BaseUrlInOkta => {
                let (base_url, token) = &self.endpoint;
                self.story.set_variable("secret", token);
                let token = match self.way {
                    Way::Plain => format!("scim_token = {token:?}"),
                    Way::WriteOnly => format!("scim_token_wo = var.secret\n  scim_token_wo_version = \"{version}\""),
                    _ => format!(
                        "managed_token = {{\n    identity_provider_id = {:?}\n    rotation_trigger = \"{version}\"\n  }}",
                        self.idp
                    ),
                };
                let engineering = self.story.mock().okta().group_id(GROUP).unwrap();
                format!(
                    "resource \"okta_scim_app\" \"this\" {{\n  provider = zt\n  label = \"SCIM\"\n  scim_base_url = \
                     {base_url:?}\n  {token}\n  provisioning = {{\n    create_users = true\n    \
                     update_user_attributes = true\n    deactivate_users = true\n  }}\n  assigned_group_ids = \
                     [{engineering:?}]\n  push_groups = [{{ source_group_id = {engineering:?} }}]\n}}\n"
                )
            }
        };
        let variable = if self.way == Way::WriteOnly { VARIABLE } else { "" };
        self.story.write("main.tf", &format!("{BLOCK}{variable}{main}"));
    }

    fn login_method(&self, secrets: &str) -> String {
        let (org, client_id) = (self.story.mock().org_url(), format!("{:?}", self.app));
        let client_id = if self.app.is_empty() { "okta_oidc_app.this.client_id" } else { &client_id };
        format!(
            "resource \"zt_okta_idp\" \"this\" {{\n  name = \"Okta {}\"\n  okta_account = {org:?}\n  client_id = \
             {client_id}\n  {secrets}\n}}\n",
            self.writes
        )
    }

    /// The login method and the app, which hands its secret over by itself.
    fn wired(&self) -> String {
        let version = "client_secret_wo_version = okta_oidc_app.this.client_secret_id";
        let login_method = self.login_method(&match self.way {
            Way::Plain => "client_secret = okta_oidc_app.this.client_secret".to_owned(),
            Way::WriteOnly => format!("client_secret_wo = okta_oidc_app.this.client_secret\n  {version}"),
            Way::Managed => "managed_client_secret = {\n    app_id = okta_oidc_app.this.id\n    secret_id = \
                             okta_oidc_app.this.client_secret_id\n  }"
                .to_owned(),
            Way::Omitted => format!("client_secret_wo = ephemeral.okta_client_secret.this.client_secret\n  {version}"),
        });
        let app = format!(
            "resource \"okta_oidc_app\" \"this\" {{\n  provider = zt\n  label = \"Access\"\n  redirect_uris = \
             [\"https://acme.example/callback\"]\n  omit_secret = {}\n}}\n",
            self.way == Way::Omitted
        );
        let read = "ephemeral \"okta_client_secret\" \"this\" {\n  provider = zt\n  app_id = okta_oidc_app.this.id\n  \
                    secret_id = okta_oidc_app.this.client_secret_id\n}\n";
        login_method + &app + if self.way == Way::Omitted { read } else { "" }
    }

    /// SCIM on the same login method, which writes the same object at Cloudflare.
    fn other_half(&self) -> String {
        format!(
            "resource \"zt_scim_config\" \"other_half\" {{\n  identity_provider_id = zt_okta_idp.this.id\n  \
             user_deprovision = {}\n  omit_secret = true\n}}\n",
            self.writes.is_multiple_of(2)
        )
    }

    /// The OIDC app, whoever made it.
    fn app(&self) -> String {
        match self.secret {
            Secret::RotatedInOkta => self.story.resource("okta_oidc_app.this")["id"].as_str().unwrap().to_owned(),
            _ => self.app.clone(),
        }
    }

    /// The id of the resource in the state.
    fn id(&self) -> String {
        self.story.resource(self.told_by().0)["id"].as_str().unwrap().to_owned()
    }

    fn in_dashboard(&self, config: Value) {
        let path = format!("/_mock/cloudflare/identity_providers/{}", self.id());
        self.story.in_okta("PATCH", &path, Some(&json!({"config": config})));
    }

    /// Somebody joins the pushed group, or leaves it: how many pushes fail.
    fn push(&self) -> usize {
        let mock = self.story.mock();
        // What is logged within a minute of the installation may be of the token before.
        mock.world().clock.advance(Duration::from_secs(120));
        let group = mock.okta().group_id(GROUP).unwrap();
        let user = mock.okta().user_id("ada@acme.example").unwrap();
        let method = if mock.okta().members(&group).contains(&user) { "DELETE" } else { "PUT" };
        self.story.in_okta(method, &format!("/api/v1/groups/{group}/users/{user}"), None);
        mock.drain_provisioning().failing
    }

    /// Somebody enters another token or endpoint in Okta.
    fn reconnect(&self, base_url: &str, token: &str) {
        let now = self.story.mock().world().clock.now();
        assert!(self.story.mock().okta().edit_connection(&self.id(), base_url, token, now));
    }

    /// Somebody chooses "Regenerate Secret" in Cloudflare's dashboard.
    fn regenerate(&self) -> String {
        let path = format!("/_mock/cloudflare/identity_providers/{}/regenerate_scim_secret", self.idp);
        self.story.in_okta("POST", &path, Some(&json!({})))["secret"].as_str().unwrap().to_owned()
    }

    /// The secret that the SCIM endpoint takes.
    fn scim_secret(&self) -> String {
        let account = self.story.mock().cloudflare();
        account.identity_provider(&self.idp).unwrap().scim_secret().unwrap().to_owned()
    }

    /// Somebody does this.
    pub(super) fn happens(&mut self, event: Event) {
        if event == Event::OurWrite {
            self.writes += 1;
            self.configure();
            self.story.apply_only();
        }
        let mock = self.story.mock();
        match (self.secret, event) {
            (_, Event::Nothing | Event::OurWrite) => {}
            (Secret::RotatedInOkta | Secret::RotatedElsewhere, Event::Changed) => {
                self.story.in_okta("POST", &format!("/_mock/okta/apps/{}/rotate-secret", self.app()), None);
            }
            (Secret::RotatedInOkta | Secret::RotatedElsewhere, Event::Gone) => {
                assert!(mock.okta().delete_app(&self.app(), mock.world().clock.now()));
            }
            (Secret::EditedInCloudflare, Event::Changed) => self.in_dashboard(json!({"client_secret": THEIRS})),
            (Secret::TokenInOkta, Event::ChangedUntold) => {
                self.reconnect(&self.endpoint.0, THEIRS);
                assert_ne!(self.push(), 0);
                let refusal = crate::okta_calls::forbidden();
                mock.fail(Fault::on("GET", SYSTEM_LOG).answering(403, refusal));
            }
            (_, Event::ChangedUntold) => {
                self.in_dashboard(json!({"client_secret": THEIRS}));
                let refusal = json!({"success": false, "errors": [{"code": 10000, "message": "Authentication error"}],
                    "messages": [], "result": null});
                mock.fail(Fault::on("GET", AUDIT_LOG).answering(403, refusal));
            }
            (Secret::EditedInCloudflare, Event::Gone) => {
                assert!(mock.cloudflare().remove_identity_provider(&self.id()));
            }
            (Secret::GroupsToken, Event::Changed) => self.in_dashboard(json!({"api_token": THEIRS})),
            (Secret::GroupsToken, Event::Gone) => mock.okta().revoke_read_only_api_token(),
            (Secret::Regenerated, Event::Changed) => drop(self.regenerate()),
            (Secret::Regenerated, Event::Gone) => {
                let path = format!("/accounts/{}/access/identity_providers/{}", mock.account_id(), self.idp);
                let mut body = self.story.in_cloudflare("GET", &path, None);
                body["scim_config"] = json!({"enabled": false});
                self.story.in_cloudflare("PUT", &path, Some(&body));
            }
            (Secret::TokenInOkta, Event::Changed) => {
                self.reconnect(&self.endpoint.0, THEIRS);
                assert_ne!(self.push(), 0);
            }
            (Secret::TokenInOkta, Event::Gone) => {
                self.regenerate();
                assert_ne!(self.push(), 0);
            }
            (Secret::BaseUrlInOkta, Event::Changed) => self.reconnect(ELSEWHERE, THEIRS),
            (Secret::BaseUrlInOkta, Event::Gone) => {
                self.story.in_okta("DELETE", &format!("/_mock/okta/apps/{}/provisioning", self.id()), None);
            }
            (secret, Event::Unreachable) => {
                let closed: &[(&str, &str)] = match secret {
                    Secret::RotatedInOkta | Secret::RotatedElsewhere | Secret::GroupsToken => {
                        &[("GET", "/api/v1/**"), ("POST", "/oauth2/**")]
                    }
                    // The log that tells whose doing a change is; without the object itself nothing can be planned.
                    Secret::EditedInCloudflare => {
                        self.in_dashboard(json!({"client_secret": THEIRS}));
                        &[("GET", AUDIT_LOG)]
                    }
                    Secret::Regenerated => &[("GET", "/populations/*/scim/v2/Users")],
                    Secret::TokenInOkta => &[("GET", SYSTEM_LOG)],
                    Secret::BaseUrlInOkta => &[("GET", "/api/v1/apps/*/connections/default")],
                };
                closed.iter().for_each(|(method, path)| mock.fail(Fault::on(method, path).closing()));
            }
        }
    }

    /// The services answer again.
    pub(super) fn is_over(&self) {
        self.story.mock().world().faults.clear();
    }

    /// What a person does about it, beside `terraform apply`: the right secret is configured where the one in the
    /// configuration no longer works, and another version or trigger hands it over.
    pub(super) fn correct(&mut self, row: &Row) {
        if row.remedy.is_empty() {
            return;
        }
        self.version += 1;
        if (self.secret, row.event) == (Secret::RotatedElsewhere, Event::Gone) {
            self.app = self.make_app();
        }
        if self.secret == Secret::TokenInOkta {
            // The configuration has to say something else, or nothing is installed.
            let right = if self.way == Way::Plain { self.regenerate() } else { self.scim_secret() };
            self.endpoint.1 = right;
        }
        self.configure();
    }

    /// Whether both sides have the same secret again, which is what all of it is about.
    pub(super) fn works(&self) -> bool {
        let mock = self.story.mock();
        let stored = |member: &str| {
            let account = mock.cloudflare();
            let config = account.identity_provider(&self.id()).and_then(|found| found.config(member).cloned());
            config.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
        };
        match self.secret {
            Secret::RotatedInOkta | Secret::RotatedElsewhere | Secret::EditedInCloudflare => {
                let (handed_over, app) = (stored("client_secret"), self.app());
                mock.okta().accepts_client_secret(&app, &handed_over)
            }
            Secret::GroupsToken => stored("api_token") == mock.okta_read_only_token(),
            Secret::Regenerated => {
                let in_force = mock.cloudflare().identity_provider(&self.idp).unwrap().scim_secret().map(str::to_owned);
                let known = self.story.resource("zt_scim_config.this")["secret"].as_str().map(str::to_owned);
                in_force.is_some() && (known == in_force || self.way == Way::Omitted)
            }
            Secret::TokenInOkta | Secret::BaseUrlInOkta => {
                let (app, secret) = (self.id(), self.scim_secret());
                let connection = mock.okta().connection(&app, &secret);
                let is_connected = connection == Some((self.endpoint.0.clone(), true, true));
                is_connected && (self.secret == Secret::BaseUrlInOkta || self.push() == 0)
            }
        }
    }
}
