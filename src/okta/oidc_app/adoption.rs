//! `adopt_existing`: taking over an app that is there already.

use super::{Client, OidcApp, OidcAppResource, refresh, update};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result},
    model::Attr,
    resource::{Planned, Resource},
};
use crate::okta::{
    api::apps::App,
    existing::{Taken, Wanted},
};

/// The app to take over, if there is one. The same one has the label and shares a redirect URI: labels are not unique, but
/// nobody sends the people of two apps to the same place.
pub(super) async fn find(client: &Client, planned: &OidcApp) -> Result<Option<Taken>> {
    let wanted = Wanted {
        resource: OidcAppResource::NAME,
        kind: "oidc_client",
        label: planned.label.text().unwrap_or_default(),
        and: " with one of these redirect URIs",
        adopt: &planned.adopt_existing,
    };
    let shares = |app: &App| {
        let theirs = app.document.strings("settings.oauthClient.redirect_uris").unwrap_or_default();
        planned.redirect_uris.known().is_some_and(|ours| ours.iter().any(|uri| theirs.contains(uri)))
    };
    client.existing.decide(&client.okta, wanted, shares).await
}

/// Changes what differs from the plan. Who is assigned already stays so, and so do the client secrets.
pub(super) async fn run(call: &Call, client: &Client, found: Taken, change: &Planned<OidcApp>) -> Result<OidcApp> {
    let id = found.app.id();
    let state = OidcApp { id: id.into(), ..OidcApp::default() };
    let looking = call.recording();
    let Some(there) = refresh::look(&looking, &client.okta, &state).await? else {
        let again = "It was deleted while it was to be taken over. Apply again, which makes another one.";
        return Err(Diagnostic::error(format!("The Okta app {id} is gone"), again).into());
    };
    let Planned { planned, config } = change;
    // Nothing of these is Terraform's to take away yet.
    let prior = OidcApp {
        assigned_group_ids: Attr::Null,
        assigned_user_ids: Attr::Null,
        groups_claim: if planned.groups_claim.is_set() { there.groups_claim.clone() } else { Attr::Null },
        omit_secret: planned.omit_secret.clone(),
        timeouts: planned.timeouts.clone(),
        ..there
    };
    let mut planned = planned.clone();
    if planned.authentication_policy.is_unknown() {
        planned.authentication_policy = prior.authentication_policy.clone();
    }
    let (_, taking) = found.begin(call);
    let outcome = update::run(taking.call(), client, &prior, &Planned { planned, config: config.clone() }).await;
    taking.end(call, outcome, "has the same label and redirect URI")
}
