//! Changing the app in place: what the configuration owns and Okta says otherwise, and nothing else.

use super::{
    Client, OidcApp, app_name, assigned,
    client_secret::{self, Prefer},
    failed, find, groups_claim, settings,
};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result},
    model::Attr,
    path::Path,
    resource::Planned,
    secret::Secret,
};
use crate::okta::{
    api::{self, Error, Status},
    errors,
    fields::{self, Field},
};
use crate::path;

/// Goes from part to part and keeps, after each, what is there.
pub(super) async fn run(call: &Call, client: &Client, prior: &OidcApp, change: &Planned<OidcApp>) -> Result<OidcApp> {
    let (okta, planned, config) = (&client.okta, &change.planned, &change.config);
    let Some(app) = find(okta, prior).await? else { return Err(gone(prior).into()) };
    let id = app.id().to_owned();
    let was = app.status();
    let mut state = OidcApp {
        omit_secret: planned.omit_secret.clone(),
        adopt_existing: planned.adopt_existing.clone(),
        ..prior.clone()
    };
    state.client_secret = planned.client_secret.clone();

    let owned = fields::owned(settings::FIELDS, config, prior, planned);
    let mut document = app.document.clone();
    let revised = fields::revise(&owned, planned, &mut document);
    let mut app = app;
    if !revised.is_empty() {
        if revised.iter().any(|field| field.name == "redirect_uris") {
            settings::allow_wildcards(planned, &mut document);
        }
        let replaced = okta.replace_app(&id, &document).await;
        app = replaced.map_err(|error| failed("update", &app_name(prior), &error))?;
    }
    state = fields::read(owned.iter().copied(), &app.document, &OidcApp { ..with_fields(&state, planned)? })?;
    let minted = app.client_secret.clone().filter(|_| planned.client_secret_id.is_unknown());
    if let Some(minted) = &minted {
        // The old one is no longer the app's, whatever happens next.
        state.client_secret_id = Attr::Unknown;
        state.client_secret_hash = Attr::Unknown;
        if planned.client_secret.is_unknown() {
            state.client_secret = Attr::Known(Secret::from(minted.clone()));
        }
    }
    call.keep(&state);

    if planned.groups_claim != prior.groups_claim {
        groups_claim::write(okta, &id, &planned.groups_claim, settings::issuer_mode(&app.document)).await?;
    }
    state.groups_claim = planned.groups_claim.clone();
    call.keep(&state);

    let bound = app.access_policy_id();
    match &planned.authentication_policy {
        Attr::Known(policy) if config.authentication_policy.is_set() && bound != Some(policy) => {
            bind_policy(okta, &id, planned).await?;
            state.authentication_policy = planned.authentication_policy.clone();
        }
        Attr::Unknown => state.authentication_policy = bind_default_policy(okta, &id, bound).await?.into(),
        _ => state.authentication_policy = planned.authentication_policy.clone(),
    }
    call.keep(&state);

    if config.status.is_set() || planned.status != prior.status {
        set_status(okta, &id, was, planned).await?;
    }
    state.status = planned.status.clone();
    call.keep(&state);

    let (held, wanted) = (assigned(prior), assigned(planned));
    let meanwhile = held.meanwhile(&wanted);
    state.assigned_group_ids = meanwhile.groups;
    state.assigned_user_ids = meanwhile.users;
    call.keep(&state);
    held.apply(call, okta, &id, &wanted, false).await?;
    state.assigned_group_ids = wanted.groups;
    state.assigned_user_ids = wanted.users;
    call.keep(&state);

    let mut open = OidcApp {
        client_secret: planned.client_secret.clone(),
        client_secret_id: planned.client_secret_id.clone(),
        client_secret_hash: planned.client_secret_hash.clone(),
        ..state
    };
    if client_secret::is_open(&open) {
        let prefer = match (&minted, prior.client_secret_id.text()) {
            (Some(minted), _) => Prefer::Minted(minted),
            (None, Some(id)) if !planned.client_secret_id.is_unknown() => Prefer::Id(id),
            _ => Prefer::Newest,
        };
        let found = client_secret::find(call, client, &id, prefer).await?;
        client_secret::settle(&mut open, found, minted.clone());
        client_secret::warn_of_no_look(call, client, &open.label);
    }
    Ok(open)
}

/// `state` with the planned values of the document's fields.
fn with_fields(state: &OidcApp, planned: &OidcApp) -> Result<OidcApp> {
    let mut values = fields::values(state);
    let mut planned = fields::values(planned);
    for Field { name, .. } in settings::FIELDS {
        if let Some(value) = planned.remove(*name) {
            values.insert((*name).to_owned(), value);
        }
    }
    fields::modelled(values)
}

/// Binds the planned authentication policy.
pub(super) async fn bind_policy(okta: &api::Client, id: &str, planned: &OidcApp) -> Result<()> {
    let Some(policy) = planned.authentication_policy.text() else { return Ok(()) };
    let bound = okta.bind_policy(id, policy).await;
    bound.map_err(|error| policy_failed(&format!("Cannot bind the authentication policy {policy}"), &error))
}

/// Puts the app back under the org's default policy, and returns that one's id.
async fn bind_default_policy(okta: &api::Client, id: &str, bound: Option<&str>) -> Result<Option<String>> {
    // A classic org has no such policies, and an app without one needs none taken away.
    let Some(bound) = bound else { return Ok(None) };
    let what = "Cannot find the org's default authentication policy";
    let policies = okta.list_access_policies().await.map_err(|error| policy_failed(what, &error))?;
    let Some(default) = policies.into_iter().find(|policy| policy.system) else {
        let told = Diagnostic::error(
            what,
            "None of the org's access policies is marked as the default. Set authentication_policy to the id of the \
             policy that is to apply.",
        );
        return Err(told.at(path!(OidcApp.authentication_policy)).into());
    };
    if default.id != bound {
        let what = format!("Cannot bind the org's default authentication policy {}", default.id);
        okta.bind_policy(id, &default.id).await.map_err(|error| policy_failed(&what, &error))?;
    }
    Ok(Some(default.id))
}

fn policy_failed(tried: &str, error: &Error) -> crate::framework::diagnostic::Diagnostics {
    errors::diagnose_at(tried, error, &path!(OidcApp.authentication_policy)).into()
}

async fn set_status(okta: &api::Client, id: &str, was: Status, planned: &OidcApp) -> Result<()> {
    let (done, verb) = match (planned.status.text(), was) {
        (Some(super::ACTIVE), Status::Inactive) => (okta.activate_app(id).await, "activate"),
        (Some(super::INACTIVE), Status::Active) => (okta.deactivate_app(id).await, "deactivate"),
        _ => return Ok(()),
    };
    let at = path!(OidcApp.status);
    done.map_err(|error| errors::diagnose_at(&format!("Cannot {verb} {}", app_name(planned)), &error, &at).into())
}

fn gone(prior: &OidcApp) -> Diagnostic {
    Diagnostic::error(
        format!("Cannot update {}", app_name(prior)),
        "It was deleted in Okta after the plan was made. Plan again: Terraform will create it anew.",
    )
    .at(Path::root())
}
