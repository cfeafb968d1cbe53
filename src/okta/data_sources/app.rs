//! `data "okta_app"`: an app of any kind, by its id or its label.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/>

use super::named::{self, Key};
use crate::framework::{
    call::Call,
    data_source::DataSource,
    diagnostic::{Diagnostics, Result},
    model::Set,
    schema::{computed, optional},
    validate::Validator,
    value::Value,
};
use crate::okta::{
    api::{Client, apps::App as Found},
    errors, ids,
};
use crate::{model, path};

model! {
    /// An Okta app of any kind, looked up by its id or its label. It shows no secret.
    pub struct App {
        /// Okta's id of the app. Exactly one of `id` and `label` is set.
        id: String = optional().computed().check(Validator::Custom(app_id)),
        /// Its name, exactly as people see it.
        label: String = optional().computed().length(1..=100),
        /// The kind of app: `oidc_client`, or the key of an app of Okta's catalogue such as `scim2headerauth`. Narrows a
        /// lookup by label.
        name: String = optional().computed().length(1..=255),
        /// How people log in to it, such as `OPENID_CONNECT` or `SAML_2_0`.
        sign_on_mode: String = computed(),
        /// `ACTIVE` or `INACTIVE`.
        status: String = computed(),
        /// OAuth client id; null for apps of other kinds.
        client_id: String = computed(),
        /// Where Okta may send people back to; null for apps of other kinds.
        redirect_uris: Set<String> = computed(),
        /// What the app can do beyond logging in, such as `PUSH_NEW_USERS` and `GROUP_PUSH`: empty until provisioning is
        /// set up.
        features: Set<String> = computed(),
    }
}

/// The data source.
#[derive(Debug)]
pub struct AppSource;

impl DataSource for AppSource {
    type Model = App;
    type Client = Client;
    const NAME: &'static str = "okta_app";

    fn validate(&self, config: &App, problems: &mut Diagnostics) {
        named::validate(&config.id, &config.label, "label", problems);
    }

    async fn read(&self, _call: &Call, client: &Client, config: App) -> Result<App> {
        let is_kind = |app: &Found| config.name.text().is_none_or(|name| app.name() == name);
        let found = match named::key(&config.id, &config.label, "label")? {
            Key::Id(id) => {
                let tried = format!("Cannot read the Okta app {id}");
                let at = path!(App.id);
                let found = client.app(id).await.map_err(|error| errors::diagnose_at(&tried, &error, &at))?;
                found.filter(is_kind).ok_or_else(|| named::none(&tried, at))?
            }
            Key::Name(label) => {
                let tried = format!("Cannot read the Okta app {label:?}");
                let at = path!(App.label);
                let found = client.list_apps(Some(label)).await;
                let mut found = found.map_err(|error| errors::diagnose_at(&tried, &error, &at))?;
                found.retain(|app| app.label() == label && is_kind(app));
                named::only(found, &tried, at, |app| format!("{} ({})", app.id(), app.name()))?
            }
        };
        Ok(shown(&found))
    }
}

fn shown(app: &Found) -> App {
    let text = |path: &str| app.document.str(path).map(str::to_owned).into();
    let redirect_uris = app.document.strings("settings.oauthClient.redirect_uris");
    App {
        id: app.id().into(),
        label: app.label().into(),
        name: app.name().into(),
        sign_on_mode: app.sign_on_mode().into(),
        status: text("status"),
        client_id: app.client_id().map(str::to_owned).into(),
        redirect_uris: redirect_uris.map(|uris| uris.into_iter().collect::<Set<_>>()).into(),
        features: app.features().into_iter().collect::<Set<_>>().into(),
    }
}

/// For attributes that hold Okta's id of an app.
pub fn app_id(value: &Value) -> Result<(), String> {
    ids::check(value, "0oa", "an Okta app", "It stands at the end of the address of the app's page in Okta's console")
}
