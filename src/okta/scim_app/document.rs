//! The app object: the part of it that the resource owns.
//!
//! <https://developer.okta.com/docs/api/openapi/okta-management/management/tags/application>. A PUT replaces the whole
//! object, and one has been seen to lose provisioning that was set up in the console: so the document that is there is
//! changed and sent back, and only if something differs.

use serde_json::{Value as Json, json};

use super::{ScimApp, ScimAppResource};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    path::Path,
    resource::{Planned, Resource},
};
use crate::okta::{
    api::{Client, Error, Status, apps::App, creation::NotMade},
    errors,
    fields::{self, Field},
};
use crate::path;

/// What is owned, and where Okta keeps it.
const FIELDS: &[Field] = &[
    Field::text("label", "label"),
    Field::switch("hide_web", "visibility.hide.web"),
    Field::switch("hide_ios", "visibility.hide.iOS"),
    Field::text("user_name_template", TEMPLATE),
];

const TEMPLATE: &str = "credentials.userNameTemplate.template";
const TEMPLATE_TYPE: &str = "credentials.userNameTemplate.type";

/// The expressions that Okta offers in a list; anything else is of type `CUSTOM`.
const BUILT_IN: [&str; 4] = [
    "${source.login}",
    "${source.email}",
    "${fn:substringBefore(source.login, \"@\")}",
    "${fn:substringBefore(source.email, \"@\")}",
];

/// What an ACTIVE and an INACTIVE app are called in configurations.
pub(super) const ACTIVE: &str = "ACTIVE";
/// See [`ACTIVE`].
pub(super) const INACTIVE: &str = "INACTIVE";

/// The app to create. A catalogue app takes most of itself from the catalogue.
pub(super) fn new(planned: &ScimApp) -> Json {
    let mut document = fields::compose(FIELDS, planned);
    document.set("name", json!(planned.app_name.text()));
    document.set("signOnMode", "SAML_2_0");
    if let Some(template) = planned.user_name_template.text() {
        document.set(TEMPLATE_TYPE, template_type(template));
    }
    document.to_value()
}

fn template_type(template: &str) -> &'static str {
    if BUILT_IN.contains(&template) { "BUILT_IN" } else { "CUSTOM" }
}

/// The app with the owned fields as planned; `None` if they are so already.
fn changed(app: &App, prior: &ScimApp, change: &Planned<ScimApp>) -> Option<App> {
    let mut changed = app.clone();
    let owned = fields::owned(FIELDS, &change.config, prior, &change.planned);
    let revised = fields::revise(&owned, &change.planned, &mut changed.document);
    if let Some(template) = change.planned.user_name_template.text()
        && revised.iter().any(|field| field.place == TEMPLATE)
    {
        changed.document.set(TEMPLATE_TYPE, template_type(template));
    }
    (!revised.is_empty()).then_some(changed)
}

/// Takes over what the document says.
pub(super) fn read_into(app: &App, state: &mut ScimApp) -> Result<()> {
    *state = fields::read(FIELDS, &app.document, state)?;
    state.id = app.id().into();
    state.app_name = app.name().into();
    state.status = match app.status() {
        Status::Active => ACTIVE.into(),
        Status::Inactive => INACTIVE.into(),
        Status::Other => state.status.clone(),
    };
    Ok(())
}

/// Writes the owned fields that differ, if any, and makes sure that this cost nothing else.
pub(super) async fn write(
    call: &Call,
    okta: &Client,
    app: App,
    change: &Planned<ScimApp>,
    state: &mut ScimApp,
) -> Result<App> {
    let Some(changed) = changed(&app, state, change) else { return Ok(app) };
    let written = okta.replace_app(app.id(), &changed.document).await;
    let written = written.map_err(|error| refused("Cannot change the SCIM app", &error))?;
    read_into(&written, state)?;
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

/// Okta refused the app object. What it blames is found by the name of its field; that nothing is found when an app is
/// created means that the catalogue has no app of that name.
pub(super) fn refused(tried: &str, error: &Error) -> Diagnostics {
    errors::diagnose(tried, error, &places())
}

/// The same for the app that is created.
pub(super) fn not_created(label: &str, not_made: &NotMade) -> Diagnostics {
    errors::diagnose_create("Cannot create the SCIM app", not_made, &places(), ScimAppResource::NAME, label)
}

fn places() -> Vec<(&'static str, Path)> {
    let mut places = fields::places(FIELDS);
    places.extend([
        ("userNameTemplate", path!(ScimApp.user_name_template)),
        ("name", path!(ScimApp.app_name)),
        ("E0000007", path!(ScimApp.app_name)),
        ("E0000040", path!(ScimApp.label)),
    ]);
    places
}

/// The features that an app had and has no longer.
pub(super) fn lost_features(before: &App, after: &App) -> Vec<String> {
    let after = after.features();
    before.features().into_iter().filter(|feature| !after.contains(feature)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::model::Attr;
    use crate::okta::api::Document;

    fn app(document: Json) -> App {
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
        read_into(&there(), &mut state).unwrap();
        assert_eq!(state.label.text(), Some("SCIM"));
        assert_eq!(state.status.text(), Some(INACTIVE));
        assert!(state.hide_web.is_true() && !state.hide_ios.is_true());
        assert_eq!(state.user_name_template.text(), Some("${source.login}"));
        let change = Planned { planned: state.clone(), config: state.clone() };
        assert!(changed(&there(), &state, &change).is_none(), "reading and writing back is no change");
    }

    #[test]
    fn only_owned_fields_change() {
        let mut prior = ScimApp::default();
        read_into(&there(), &mut prior).unwrap();
        let config =
            ScimApp { label: "New".into(), user_name_template: "${source.customEmail}".into(), ..ScimApp::default() };
        let planned =
            ScimApp { label: "New".into(), user_name_template: "${source.customEmail}".into(), ..prior.clone() };
        // Changed by somebody after the plan, and nobody's business here.
        let mut there = there();
        there.document.set("visibility.hide.iOS", true);
        let mut expected = there.document.to_value();
        let changed = changed(&there, &prior, &Planned { planned, config }).unwrap().document.to_value();
        expected["label"] = "New".into();
        expected["credentials"]["userNameTemplate"] = json!({"template": "${source.customEmail}", "type": "CUSTOM"});
        assert_eq!(changed, expected);
    }

    #[test]
    fn a_new_app_names_its_template_only_if_one_is_configured() {
        let mut planned = ScimApp {
            label: "SCIM".into(),
            app_name: "x".into(),
            hide_web: true.into(),
            hide_ios: false.into(),
            user_name_template: Attr::Unknown,
            ..ScimApp::default()
        };
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
