//! What every app has, whatever its kind.

use serde_json::{Map, Value, json};

use crate::mock::okta::errors::{self, Refusal};

/// A member of an object inside the body, however deep; null counts as absent.
pub(super) fn at<'a>(body: &'a Map<String, Value>, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let found = rest.iter().try_fold(body.get(*first)?, |value, step| value.get(*step))?;
    (!found.is_null()).then_some(found)
}

/// A boolean, or what holds otherwise.
pub(super) fn switch(body: &Map<String, Value>, path: &[&str], otherwise: bool) -> Result<bool, Refusal> {
    match at(body, path) {
        None => Ok(otherwise),
        Some(Value::Bool(on)) => Ok(*on),
        Some(_) => Err(errors::malformed()),
    }
}

/// A text, or null. An empty one is null.
pub(super) fn text(body: &Map<String, Value>, path: &[&str]) -> Result<Value, Refusal> {
    match at(body, path) {
        None => Ok(Value::Null),
        Some(Value::String(text)) if text.is_empty() => Ok(Value::Null),
        Some(Value::String(text)) => Ok(json!(text)),
        Some(_) => Err(errors::malformed()),
    }
}

/// One of a list of words, or what holds otherwise.
pub(super) fn word(
    body: &Map<String, Value>,
    path: &[&str],
    words: &[&'static str],
    otherwise: &'static str,
) -> Result<&'static str, Refusal> {
    let Some(value) = at(body, path) else { return Ok(otherwise) };
    let field = path.last().copied().unwrap_or_default();
    let known = words.iter().find(|word| value == **word);
    known
        .copied()
        .ok_or_else(|| errors::invalid(field, format!("{field}: '{field}' must be one of: {}", words.join(", "))))
}

/// `label`: required, up to 100 characters.
pub(super) fn label(body: &Map<String, Value>) -> Result<String, Refusal> {
    match body.get("label") {
        Some(Value::String(label)) if label.trim().is_empty() => Err(errors::blank("label")),
        Some(Value::String(label)) if label.chars().count() > 100 => {
            Err(errors::invalid("label", "label: The field is too long"))
        }
        Some(Value::String(label)) => Ok(label.clone()),
        None | Some(Value::Null) => Err(errors::blank("label")),
        Some(_) => Err(errors::malformed()),
    }
}

pub(super) fn accessibility(body: &Map<String, Value>) -> Result<Value, Refusal> {
    Ok(json!({
        "selfService": switch(body, &["accessibility", "selfService"], false)?,
        "errorRedirectUrl": text(body, &["accessibility", "errorRedirectUrl"])?,
        "loginRedirectUrl": text(body, &["accessibility", "loginRedirectUrl"])?,
    }))
}

/// `link` is the one dashboard link of this kind of app. Whether OIDC apps are hidden when nothing is said is not
/// verified against a live tenant.
pub(super) fn visibility(body: &Map<String, Value>, link: &str, hidden: bool) -> Result<Value, Refusal> {
    Ok(json!({
        "autoLaunch": switch(body, &["visibility", "autoLaunch"], false)?,
        "autoSubmitToolbar": switch(body, &["visibility", "autoSubmitToolbar"], false)?,
        "hide": {
            "iOS": switch(body, &["visibility", "hide", "iOS"], hidden)?,
            "web": switch(body, &["visibility", "hide", "web"], hidden)?,
        },
        "appLinks": {link: switch(body, &["visibility", "appLinks", link], true)?},
    }))
}

/// How the user name in the app is made from the Okta user.
pub(super) fn user_name_template(body: &Map<String, Value>) -> Result<Value, Refusal> {
    let path = ["credentials", "userNameTemplate"];
    let template = match text(body, &[path[0], path[1], "template"])? {
        Value::Null => json!("${source.login}"),
        template => template,
    };
    let kind = word(body, &[path[0], path[1], "type"], &["NONE", "BUILT_IN", "CUSTOM"], "BUILT_IN")?;
    let mut made = json!({"template": template, "type": kind});
    for (name, words) in [("pushStatus", ["PUSH", "DONT_PUSH"].as_slice()), ("userSuffix", &[])] {
        match at(body, &[path[0], path[1], name]) {
            None => {}
            Some(value) if words.is_empty() || words.iter().any(|word| value == *word) => made[name] = value.clone(),
            Some(value) if value == "" => {}
            Some(_) => return Err(errors::invalid(name, format!("{name}: must be one of: {}", words.join(", ")))),
        }
    }
    Ok(made)
}

/// The part of `settings` that is the same everywhere. `emOptInStatus` is there for OIDC apps only.
pub(super) fn settings(body: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let notifications = match at(body, &["settings", "notifications", "vpn", "network", "connection"]) {
        None => json!("DISABLED"),
        Some(connection) => connection.clone(),
    };
    let vpn = ["settings", "notifications", "vpn"];
    let mut settings = Map::new();
    settings.insert(
        "notifications".into(),
        json!({"vpn": {
            "network": {"connection": notifications},
            "message": text(body, &[vpn[0], vpn[1], vpn[2], "message"])?,
            "helpUrl": text(body, &[vpn[0], vpn[1], vpn[2], "helpUrl"])?,
        }}),
    );
    for name in ["manualProvisioning", "implicitAssignment"] {
        settings.insert(name.into(), json!(switch(body, &["settings", name], false)?));
    }
    Ok(settings)
}

pub(super) fn notes(body: &Map<String, Value>) -> Result<Value, Refusal> {
    Ok(json!({
        "admin": text(body, &["settings", "notes", "admin"])?,
        "enduser": text(body, &["settings", "notes", "enduser"])?,
    }))
}
