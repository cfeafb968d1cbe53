//! The provisioning connection: where Okta sends people and groups, and the secret it shows there.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tags/applicationconnections>, documented for
//! a few apps only. For the others Okta answers 200 with the status `UNKNOWN` and keeps nothing, which is no success.

use std::time::Duration;

use super::{ScimApp, base_url, failed, features, token};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    model::Attr,
    path::Path,
    secret::Secret,
    value::Value,
};
use crate::okta::api::{
    Client, Error,
    apps::App,
    connections::{Connection, ConnectionStatus, is_unsupported},
};
use crate::path;

/// Who sets the connection up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Okta's API where it knows the app, a person where it does not.
    Auto,
    /// Okta's API, or nobody.
    Api,
    /// A person.
    Console,
}

impl Mode {
    /// The names in configurations.
    pub(super) const NAMES: [&'static str; 3] = ["auto", "api", "console"];

    /// The mode of a configuration or state; `None` while it is unknown.
    pub(super) fn of(model: &ScimApp) -> Option<Self> {
        match &model.provisioning_mode {
            Attr::Unknown => None,
            Attr::Null => Some(Self::Auto),
            Attr::Known(name) => Some(match name.as_str() {
                "api" => Self::Api,
                "console" => Self::Console,
                _ => Self::Auto,
            }),
        }
    }
}

/// What a connection needs must be configured, unless a person makes it.
pub(super) fn validate(config: &ScimApp, problems: &mut Diagnostics) {
    if !matches!(Mode::of(config), Some(Mode::Auto | Mode::Api)) {
        return;
    }
    if !token::is_configured(config) {
        problems.push(
            Diagnostic::error(
                "The SCIM token is missing",
                "Okta needs the SCIM secret of the identity provider to connect. Set managed_token = { identity_provider_id = zt_okta_idp.<name>.id }, \
                 which keeps it out of the state, or scim_token, for instance to the secret of a zt_scim_config, or scim_token_wo with scim_token_wo_version. \
                 If a person is to enter it in Okta's console, set provisioning_mode = \"console\".",
            )
            .at(path!(ScimApp.scim_token)),
        );
    }
    if config.scim_base_url.is_null() {
        problems.push(
            Diagnostic::error(
                "The SCIM base URL is missing",
                "Okta needs the SCIM endpoint of the identity provider to connect. Set scim_base_url, for instance to the scim_base_url of a zt_scim_config. \
                 If a person is to enter it in Okta's console, set provisioning_mode = \"console\".",
            )
            .at(path!(ScimApp.scim_base_url)),
        );
    }
}

/// The base URL to connect to, once everything is known.
pub(super) fn url(planned: &ScimApp) -> Result<&str> {
    let at = path!(ScimApp.scim_base_url);
    let url = planned.scim_base_url.text().ok_or_else(|| missing("The SCIM base URL", at.clone()))?;
    base_url::check(&Value::string(url))
        .map_err(|problem| Diagnostic::error("Invalid value of scim_base_url", problem).at(at))?;
    Ok(url)
}

/// What a connection needs turned out to be null.
pub(super) fn missing(what: &str, at: Path) -> Diagnostic {
    Diagnostic::error(
        format!("{what} is missing"),
        "It turned out to be null when the change was applied, and Okta needs it to connect. Give it a value, or set provisioning_mode = \"console\".",
    )
    .at(at)
}

/// `connection_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Okta provisions: its API says so, or the app's features show it.
    Enabled,
    /// Set up through the API and switched off by somebody; applying switches it on.
    Disabled,
    /// A person has to fill in a form.
    NeedsConsole,
}

impl Standing {
    /// As the attribute has it.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
            Self::NeedsConsole => "NEEDS_CONSOLE",
        }
    }

    /// Reads the signs. `shown` says whether the app's features show provisioning. In console mode nothing else counts:
    /// an activated connection without details looks enabled to the API.
    fn of(mode: Mode, status: ConnectionStatus, shown: bool) -> Self {
        match (mode, status) {
            (Mode::Auto | Mode::Api, ConnectionStatus::Enabled) => Self::Enabled,
            (Mode::Auto | Mode::Api, ConnectionStatus::Disabled) => Self::Disabled,
            (Mode::Console, ConnectionStatus::Enabled) | (_, ConnectionStatus::Unknown) if shown => Self::Enabled,
            _ => Self::NeedsConsole,
        }
    }
}

/// What there is of a connection.
#[derive(Debug)]
pub(super) struct Found {
    /// How it stands.
    pub(super) standing: Standing,
    /// Whether Okta's API serves the app.
    pub(super) is_served: bool,
    /// The base URL, where Okta tells it.
    pub(super) base_url: Option<String>,
}

/// Looks at the connection of an app.
pub(super) async fn look(okta: &Client, mode: Mode, app: &App) -> Result<Found> {
    find(okta, mode, app).await.map_err(|error| unread(&error).into())
}

/// What to say where looking failed.
pub(super) fn unread(error: &Error) -> Diagnostic {
    failed("read the provisioning connection of the app", error, Path::root())
}

/// The same, for whoever goes on without an answer.
pub(super) async fn find(okta: &Client, mode: Mode, app: &App) -> Result<Found, Error> {
    let found = okta.connection(app.id()).await?;
    let status = found.as_ref().map_or(ConnectionStatus::Unknown, |connection| connection.status);
    Ok(Found {
        standing: Standing::of(mode, status, features::show_provisioning(app)),
        is_served: status != ConnectionStatus::Unknown,
        base_url: found.and_then(|connection| connection.base_url).filter(|url| !url.is_empty()),
    })
}

/// Takes over the base URL that Okta uses. In console mode nothing here could change it back, so it is only told.
pub(super) fn read_base_url(call: &Call, mode: Mode, found: &Found, state: &mut ScimApp) {
    let Some(actual) = &found.base_url else { return };
    let configured = state.scim_base_url.text();
    match (mode, configured) {
        (Mode::Console, Some(configured)) if !call.importing() => {
            if !base_url::same_text(configured, actual) {
                call.warn(
                    Diagnostic::warning(
                        "Okta uses another SCIM base URL",
                        format!("In Okta's console {actual} is entered, and the configuration says {configured}. Correct the one that is wrong."),
                    )
                    .at(path!(ScimApp.scim_base_url)),
                );
            }
        }
        _ => state.scim_base_url = actual.as_str().into(),
    }
}

/// A token to install.
pub(super) struct Token<'a> {
    /// The token itself.
    pub(super) secret: &'a Secret,
    /// The attribute that it comes from, where what is wrong with it is told.
    pub(super) source: &'a Path,
    /// The pauses after which a trial that failed is repeated; none for a token that the endpoint has known for long.
    pub(super) patience: &'a [Duration],
}

/// Sets the connection, which makes Okta try it, and switches it on; the result is Okta's answer. `None` if Okta's API
/// does not know how to connect this app.
pub(super) async fn connect(okta: &Client, app_id: &str, url: &str, token: Token<'_>) -> Result<Option<Connection>> {
    let Token { secret, source, patience } = token;
    let secret = secret.clone().into();
    let mut pauses = patience.iter();
    let set = loop {
        match okta.set_connection(app_id, base_url::trimmed(url), &secret, true).await {
            Err(error)
                if is_failed_trial(&error)
                    && let Some(pause) = pauses.next() =>
            {
                if okta.pause(*pause, "its token to be known", "another trial of the SCIM connection").await.is_err() {
                    break Err(error);
                }
            }
            set => break set,
        }
    };
    let set = match set {
        Err(error) if is_unsupported(&error) => return Ok(None),
        Err(error) if error.cause_for("baseUrl").is_some() => {
            return Err(failed("connect Okta to the SCIM endpoint", &error, path!(ScimApp.scim_base_url)).into());
        }
        Err(error) if is_failed_trial(&error) => {
            return Err(failed("connect Okta to the SCIM endpoint", &error, source.clone())
                .and(format!(
                    "Okta tries the token at {url} before it saves it, and this try failed. Check that the token is the SCIM secret of this identity provider \
                     (Cloudflare shows it once; a new one makes the old one void), and that the identity provider has SCIM enabled."
                ))
                .into());
        }
        set => set.map_err(|error| failed("connect Okta to the SCIM endpoint", &error, Path::root()))?,
    };
    let is_on = match set.status {
        ConnectionStatus::Enabled => true,
        ConnectionStatus::Unknown => false,
        ConnectionStatus::Disabled => switch_on(okta, app_id, source).await?,
    };
    Ok(is_on.then_some(set))
}

/// Switches a connection on that Okta has saved. `false` if Okta's API does not know how to.
pub(super) async fn switch_on(okta: &Client, app_id: &str, source: &Path) -> Result<bool> {
    let what = "switch the provisioning connection of the app on";
    okta.activate_connection(app_id).await.map_err(|error| failed(what, &error, source.clone()))?;
    let now = okta.connection(app_id).await.map_err(|error| failed(what, &error, Path::root()))?;
    match now.map(|connection| connection.status) {
        Some(ConnectionStatus::Enabled) => Ok(true),
        Some(ConnectionStatus::Unknown) | None => Ok(false),
        Some(ConnectionStatus::Disabled) => Err(Diagnostic::error(
            "Okta did not switch the provisioning connection of the app on",
            "Okta accepted the call and still reports the connection as DISABLED. Open the tab Provisioning of the app in Okta's console, \
             choose Test API Credentials, and see what it says.",
        )
        .at(source.clone())
        .into()),
    }
}

/// Switches the connection off, as far as the API knows it. There is no way to delete one.
pub(super) async fn disconnect(okta: &Client, app_id: &str) -> Result<()> {
    let what = "switch the provisioning connection of the app off";
    let found = okta.connection(app_id).await.map_err(|error| failed(what, &error, Path::root()))?;
    if found.is_some_and(|connection| connection.status == ConnectionStatus::Enabled) {
        okta.deactivate_connection(app_id).await.map_err(|error| failed(what, &error, Path::root()))?;
    }
    Ok(())
}

/// Whether Okta tried the connection, and that failed. It answers 400 `E0000059`, and the text is not always as telling
/// as its meaning.
fn is_failed_trial(error: &Error) -> bool {
    error.status().is_some_and(|status| status.as_u16() == 400)
        && error.cause_for("baseUrl").is_none()
        && !is_unsupported(error)
}

#[cfg(test)]
mod tests {
    use super::super::super::api::stage::{Play, Stage};
    use super::super::super::api::{Caller, Credentials};
    use super::*;
    use serde_json::json;
    use tokio_util::sync::CancellationToken;

    fn failed_trial() -> Play {
        Play::json(400, json!({"errorCode": "E0000059", "errorSummary": "The trial failed."}))
    }

    fn okta(stage: &Stage) -> Client {
        Client::new(stage.url.clone(), Credentials::api_token("t".into()), Stage::settings())
    }

    #[tokio::test]
    async fn a_trial_that_failed_is_repeated_as_long_as_there_is_patience() {
        let (secret, source) = (Secret::from("s"), Path::root());
        let patience = [Duration::ZERO, Duration::ZERO];
        let token = || Token { secret: &secret, source: &source, patience: &patience };
        let enabled = Play::json(200, json!({"status": "ENABLED"}));
        let stage = Stage::new([failed_trial(), failed_trial(), enabled]).await;
        assert!(connect(&okta(&stage), "0oa1", "https://scim.example", token()).await.unwrap().is_some());
        let stage = Stage::new([failed_trial(), failed_trial(), failed_trial()]).await;
        assert!(connect(&okta(&stage), "0oa1", "https://scim.example", token()).await.is_err());
    }

    #[tokio::test]
    async fn whoever_is_stopped_between_two_trials_hears_why_the_first_one_failed() {
        let (secret, source) = (Secret::from("s"), Path::root());
        // Were the wait not cut short, this test would take a quarter of an hour.
        let token = Token { secret: &secret, source: &source, patience: &[Duration::from_secs(1000)] };
        let stage = Stage::new([failed_trial()]).await;
        let stop = CancellationToken::new();
        let okta = okta(&stage).with_caller(Caller { stop: stop.clone(), ..Caller::default() });
        let (outcome, ()) = tokio::join!(connect(&okta, "0oa1", "https://scim.example", token), async {
            stage.arrived.notified().await;
            stop.cancel();
        });
        let problems = outcome.unwrap_err();
        assert!(problems.iter().any(|problem| problem.detail.contains("this try failed")), "{problems:?}");
        assert_eq!(stage.lines().len(), 1);
    }

    #[test]
    fn the_standing_follows_the_mode_and_the_signs() {
        use ConnectionStatus::{Disabled, Enabled, Unknown};
        for (mode, status, shown, standing) in [
            (Mode::Api, Enabled, true, Standing::Enabled),
            (Mode::Auto, Enabled, false, Standing::Enabled),
            (Mode::Auto, Disabled, false, Standing::Disabled),
            (Mode::Auto, Unknown, false, Standing::NeedsConsole),
            (Mode::Auto, Unknown, true, Standing::Enabled),
            (Mode::Console, Unknown, true, Standing::Enabled),
            (Mode::Console, Enabled, true, Standing::Enabled),
            (Mode::Console, Enabled, false, Standing::NeedsConsole),
            (Mode::Console, Disabled, false, Standing::NeedsConsole),
        ] {
            assert_eq!(Standing::of(mode, status, shown), standing, "{mode:?} {status:?} {shown}");
        }
    }

    fn problems(config: &ScimApp) -> Vec<String> {
        let mut problems = Diagnostics::new();
        validate(config, &mut problems);
        problems.iter().map(|problem| problem.path.to_string()).collect()
    }

    #[test]
    fn a_connection_needs_a_token_and_a_url_unless_a_person_makes_it() {
        let mut config = ScimApp::default();
        assert_eq!(problems(&config), ["scim_token", "scim_base_url"]);
        config.provisioning_mode = "console".into();
        assert!(problems(&config).is_empty());
        config.provisioning_mode = Attr::Unknown;
        assert!(problems(&config).is_empty(), "it may turn out to be console");
        config.provisioning_mode = "api".into();
        config.scim_token = Attr::Unknown;
        config.scim_base_url = Attr::Unknown;
        assert!(problems(&config).is_empty(), "values to come count as set");
    }
}
