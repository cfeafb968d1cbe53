//! The app object: the part of it that the resource owns.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tags/application>. A PUT replaces the whole
//! object, and one has been seen to lose provisioning that was set up in the console: so the document that is there is
//! changed and sent back, and only if something differs.

use serde_json::{Value, json};

use super::ScimApp;
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result},
    model::Attr,
    path::Path,
};
use crate::okta::api::{Client, Error, Status, apps::App};
use crate::path;

const LABEL: &str = "label";
const HIDE_WEB: &str = "visibility.hide.web";
const HIDE_IOS: &str = "visibility.hide.iOS";
const USER_NAME: &str = "credentials.userNameTemplate";

/// The expressions that Okta offers in a list; anything else is of type `CUSTOM`.
const BUILT_IN: [&str; 4] = [
    "${source.login}",
    "${source.email}",
    "${fn:substringBefore(source.login, \"@\")}",
    "${fn:substringBefore(source.email, \"@\")}",
];

/// What an INACTIVE and an ACTIVE app are called in configurations.
pub(super) const ACTIVE: &str = "ACTIVE";
/// See [`ACTIVE`].
pub(super) const INACTIVE: &str = "INACTIVE";

/// The app to create. A catalogue app takes most of itself from the catalogue.
pub(super) fn new(planned: &ScimApp) -> Value {
    let on = |switch: &Attr<bool>| switch.is_true();
    let mut body = json!({
        "name": planned.app_name.text(),
        "label": planned.label.text(),
        "signOnMode": "SAML_2_0",
        "visibility": { "hide": { "iOS": on(&planned.hide_ios), "web": on(&planned.hide_web) } },
    });
    if let Some(template) = planned.user_name_template.text() {
        body["credentials"] = json!({ "userNameTemplate": user_name(template) });
    }
    body
}

/// The app with the owned fields as planned; `None` if they are so already.
pub(super) fn changed(app: &App, planned: &ScimApp) -> Option<App> {
    let mut changed = app.clone();
    let document = &mut changed.document;
    if let Some(label) = planned.label.text()
        && document.str(LABEL) != Some(label)
    {
        document.set(LABEL, label);
    }
    for (path, switch) in [(HIDE_WEB, &planned.hide_web), (HIDE_IOS, &planned.hide_ios)] {
        if let Some(&on) = switch.known()
            && document.bool(path).unwrap_or(false) != on
        {
            document.set(path, on);
        }
    }
    if let Some(template) = planned.user_name_template.text()
        && document.str(&format!("{USER_NAME}.template")) != Some(template)
    {
        for (name, value) in user_name(template) {
            document.set(&format!("{USER_NAME}.{name}"), value);
        }
    }
    (changed.document != app.document).then_some(changed)
}

fn user_name(template: &str) -> serde_json::Map<String, Value> {
    let kind = if BUILT_IN.contains(&template) { "BUILT_IN" } else { "CUSTOM" };
    [("template".to_owned(), template.into()), ("type".to_owned(), kind.into())].into_iter().collect()
}

/// Takes over what the document says.
pub(super) fn read_into(app: &App, state: &mut ScimApp) {
    state.id = app.id().into();
    state.label = app.label().into();
    state.app_name = app.name().into();
    state.status = match app.status() {
        Status::Active => ACTIVE.into(),
        Status::Inactive => INACTIVE.into(),
        Status::Other => state.status.clone(),
    };
    state.hide_web = app.document.bool(HIDE_WEB).unwrap_or(false).into();
    state.hide_ios = app.document.bool(HIDE_IOS).unwrap_or(false).into();
    state.user_name_template = app.document.str(&format!("{USER_NAME}.template")).map(str::to_owned).into();
}

/// Writes the owned fields that differ, if any, and makes sure that this cost nothing else.
pub(super) async fn write(call: &Call, okta: &Client, app: App, planned: &ScimApp, state: &mut ScimApp) -> Result<App> {
    let Some(changed) = changed(&app, planned) else { return Ok(app) };
    let written = okta.replace_app(app.id(), &changed.document).await;
    let written = written.map_err(|error| failed("change the SCIM app", &error, None))?;
    read_into(&written, state);
    call.keep(state);
    let lost = lost_features(&app, &written);
    if lost.is_empty() {
        return Ok(written);
    }
    Err(Diagnostic::error(
        "Okta switched features of the app off when it was changed",
        format!(
            "The app was changed as planned, and its features {} are gone since: Okta has dropped provisioning settings along with the change. \
             Plan again to see what is missing; what was set up in the console has to be set up there again.",
            lost.join(", ")
        ),
    )
    .into())
}

/// Okta refused the app object. What it blames is found by the name of its field.
pub(super) fn failed(what: &str, error: &Error, otherwise: Option<Path>) -> Diagnostic {
    let fields = [
        ("label", path!(ScimApp.label)),
        ("userNameTemplate", path!(ScimApp.user_name_template)),
        ("template", path!(ScimApp.user_name_template)),
        ("name", path!(ScimApp.app_name)),
    ];
    let blamed = fields.into_iter().find(|(field, _)| error.cause_for(field).is_some()).map(|(_, path)| path);
    super::failed(what, error, blamed.or(otherwise).unwrap_or_default())
}

/// The features that an app had and has no longer.
pub(super) fn lost_features(before: &App, after: &App) -> Vec<String> {
    let after = after.features();
    before.features().into_iter().filter(|feature| !after.contains(feature)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::okta::api::Document;

    fn app(document: Value) -> App {
        App { document: Document::from_value(document).unwrap(), client_secret: None }
    }

    fn there() -> App {
        app(json!({
            "id": "0oa1", "name": "scim2headerauth", "label": "SCIM", "status": "INACTIVE", "features": ["GROUP_PUSH", "A"],
            "visibility": {"hide": {"web": true, "iOS": false}, "autoLaunch": true},
            "credentials": {"userNameTemplate": {"template": "${source.login}", "type": "BUILT_IN"}},
            "settings": {"kept": [1, 2]},
        }))
    }

    #[test]
    fn what_is_read_is_what_is_there() {
        let mut state = ScimApp::default();
        read_into(&there(), &mut state);
        assert_eq!(state.label.text(), Some("SCIM"));
        assert_eq!(state.status.text(), Some(INACTIVE));
        assert!(state.hide_web.is_true() && !state.hide_ios.is_true());
        assert_eq!(state.user_name_template.text(), Some("${source.login}"));
        assert!(changed(&there(), &state).is_none(), "reading and writing back is no change");
    }

    #[test]
    fn only_owned_fields_change() {
        let mut planned = ScimApp::default();
        assert!(changed(&there(), &planned).is_none());
        planned.label = "New".into();
        planned.hide_ios = true.into();
        planned.user_name_template = "${source.customEmail}".into();
        let changed = changed(&there(), &planned).unwrap().document.to_value();
        let mut expected = there().document.to_value();
        expected["label"] = "New".into();
        expected["visibility"]["hide"]["iOS"] = true.into();
        expected["credentials"]["userNameTemplate"] = json!({"template": "${source.customEmail}", "type": "CUSTOM"});
        assert_eq!(changed, expected);
    }

    #[test]
    fn a_new_app_names_its_template_only_if_one_is_configured() {
        let mut planned =
            ScimApp { label: "SCIM".into(), app_name: "x".into(), hide_web: true.into(), ..ScimApp::default() };
        assert_eq!(
            new(&planned),
            json!({"name": "x", "label": "SCIM", "signOnMode": "SAML_2_0", "visibility": {"hide": {"iOS": false, "web": true}}})
        );
        planned.user_name_template = "${source.email}".into();
        assert_eq!(new(&planned)["credentials"]["userNameTemplate"]["type"], "BUILT_IN");
    }

    #[test]
    fn lost_features_are_noticed_and_new_ones_are_not() {
        let after = app(json!({"id": "0oa1", "features": ["A", "B"]}));
        assert_eq!(lost_features(&there(), &after), ["GROUP_PUSH"]);
    }
}
