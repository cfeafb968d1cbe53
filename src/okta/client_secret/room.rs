//! Room for one more where an app has two secrets already.
//!
//! Okta makes a secret together with the app. Once a secret of ours is there, that is the one in use, and the first one
//! can go. Whatever else takes the place may be somebody's, and stays.

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Client, ClientSecret, app_of, minted,
    remove::{self, Removed},
};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Diagnostics, Result},
    path::Path,
};
use crate::okta::api::{Error, Status, secrets::ClientSecret as Found};
use crate::okta::errors;
use crate::path;

/// Okta makes the first secret in the same call as the app.
const TOGETHER: Duration = Duration::seconds(5);

/// Makes room, or says who takes it.
pub(super) async fn make(call: &Call, client: &Client, planned: &ClientSecret, refusal: &Error) -> Result<()> {
    let app_id = app_of(planned)?;
    let tried = format!("Cannot create a client secret of the Okta app {app_id}");
    let told = |detail: String| Diagnostic::error(&tried, detail).at(path!(ClientSecret.app_id));
    let failed = |what: &str, error: &Error| {
        let error = errors::diagnose_at(&format!("{tried}: {what}"), error, &path!(ClientSecret.app_id));
        Diagnostics::from(error)
    };
    if !client.secret_checks {
        let why = "Which ones it has was not looked at, since the provider has secret_checks = \"never\". Deactivate \
                   and delete one that nothing uses in Okta's console, or set secret_checks = \"always\".";
        return Err(told(format!("{refusal}.")).and(why).into());
    }
    let all = client.okta.client_secrets(app_id).await;
    let all = all.map_err(|error| failed("it has two, and they cannot be read", &error))?.unwrap_or_default();
    if all.len() < 2 {
        return Ok(());
    }
    let app = client.okta.app(app_id).await.map_err(|error| failed("it has two, and cannot be read", &error))?;
    let Some(first) = superseded(&all, app.as_ref().and_then(|app| app.document.str("created"))) else {
        return Err(told(occupied(&all, planned, app_id)).into());
    };
    let removed = remove::remove(&client.okta, app_id, &first.id).await;
    let removed = removed.map_err(|error| failed(&format!("its first secret {} cannot make way", first.id), &error))?;
    if removed == Removed::LastActive {
        // Somebody deactivated ours since the look at both.
        return Err(told(occupied(&all, planned, app_id)).into());
    }
    call.warn(
        Diagnostic::warning(
            format!("The client secret that came with the Okta app {app_id} was deleted"),
            format!(
                "Okta allows two secrets per app. The first one, {}, which Okta made together with the app, made way \
                 for the new one; another secret made by okta_client_secret is active. Whatever still uses the first \
                 one has to be given the client_secret of okta_client_secret.",
                describe(first)
            ),
        )
        .at(Path::root()),
    );
    Ok(())
}

/// The app's first secret, if the other one is ours and works.
fn superseded<'a>(all: &'a [Found], app_created: Option<&str>) -> Option<&'a Found> {
    let [a, b] = all else { return None };
    let (first, ours) = match (is_ours(a), is_ours(b)) {
        (false, true) => (a, b),
        (true, false) => (b, a),
        _ => return None,
    };
    let made = moment(first.created.as_deref())?;
    let together = (made - moment(app_created)?).abs() <= TOGETHER;
    (together && made <= moment(ours.created.as_deref())? && ours.status == Status::Active).then_some(first)
}

fn moment(text: Option<&str>) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text?, &Rfc3339).ok()
}

fn is_ours(secret: &Found) -> bool {
    secret.client_secret.as_ref().is_some_and(minted::is_minted)
}

/// Who takes the places, and what to do.
fn occupied(all: &[Found], planned: &ClientSecret, app_id: &str) -> String {
    let mut detail = "Okta allows two client secrets per app, and this one has them:\n".to_owned();
    for secret in all {
        let whose = match &secret.client_secret {
            Some(text) if minted::is_minted_for(text, app_id, &planned.keepers) => {
                "made by okta_client_secret for these keepers"
            }
            _ if is_ours(secret) => "made by okta_client_secret",
            _ => "not made by okta_client_secret",
        };
        detail.push_str(&format!("\n    {}, {whose}", describe(secret)));
    }
    detail.push_str("\n\n");
    if all.iter().all(is_ours) {
        detail.push_str(
            "If a rotation broke off, the older one is deleted as soon as everything uses the newer one: set keepers \
             back to what they were at that apply, apply, and rotate again after that. If there are two resources of \
             this kind for the app, they take both places, and a rotation has to destroy before it creates.",
        );
    } else {
        detail.push_str(
            "Neither is deleted here, since something may use it. Deactivate and delete the one that nothing uses, in \
             Okta's console on the app's page under Client Credentials; or give it to Terraform, which deletes it when \
             it is rotated:",
        );
        for secret in all.iter().filter(|secret| !is_ours(secret)) {
            detail.push_str(&format!("\n\n    terraform import okta_client_secret.NAME {app_id}/{}", secret.id));
        }
    }
    detail
}

/// `ocs… (ACTIVE, made 2026-…, hash …)`.
pub(super) fn describe(secret: &Found) -> String {
    let status = match secret.status {
        Status::Active => "ACTIVE",
        Status::Inactive => "INACTIVE",
        Status::Other => "of unknown status",
    };
    let told = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
    format!("{} ({status}, made {}, hash {})", secret.id, told(&secret.created), told(&secret.secret_hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::model::Attr;

    const APP: &str = "2026-03-25T12:00:00.000Z";

    fn secret(id: &str, created: &str, ours: bool) -> Found {
        let text = if ours { minted::mint("0oa1", &Attr::Null).unwrap() } else { "somebody's own text".into() };
        Found {
            id: id.into(),
            status: Status::Active,
            created: Some(created.into()),
            last_updated: None,
            secret_hash: Some(minted::hash(&text)),
            client_secret: Some(text),
        }
    }

    fn gone(all: &[Found]) -> Option<&str> {
        superseded(all, Some(APP)).map(|secret| secret.id.as_str())
    }

    #[test]
    fn the_first_secret_makes_way_for_ours() {
        let first = secret("first", "2026-03-25T12:00:01.000Z", false);
        let ours = secret("ours", "2026-03-25T12:00:01.500Z", true);
        assert_eq!(gone(&[first.clone(), ours.clone()]), Some("first"));
        assert_eq!(gone(&[ours.clone(), first.clone()]), Some("first"));
        assert_eq!(gone(&[first, Found { status: Status::Inactive, ..ours }]), None, "nothing else would work");
    }

    #[test]
    fn nothing_else_makes_way() {
        let first = secret("first", "2026-03-25T12:00:01Z", false);
        let ours = secret("ours", "2026-03-25T13:00:00Z", true);
        assert_eq!(gone(&[first.clone(), secret("other", "2026-03-25T13:00:00Z", false)]), None);
        assert_eq!(gone(&[secret("later", "2026-03-25T12:00:06Z", false), ours.clone()]), None);
        assert_eq!(gone(&[secret("ours too", APP, true), ours.clone()]), None);
        assert_eq!(gone(&[Found { created: None, ..first.clone() }, ours.clone()]), None);
        assert_eq!(gone(&[Found { client_secret: None, ..ours.clone() }, first.clone()]), None, "hidden is not ours");
        assert_eq!(gone(&[secret("first", "2026-03-25T12:00:02Z", false), secret("o", APP, true)]), None);
        assert!(superseded(&[first, ours], None).is_none());
    }
}
