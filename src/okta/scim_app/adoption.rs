//! `adopt_existing`: taking over an app that is there already.

use super::{Client, ScimApp, ScimAppResource, change, document};
use crate::framework::{
    call::Call,
    diagnostic::{Diagnostic, Result},
    model::Attr,
    resource::{Planned, Resource},
};
use crate::okta::{
    api::apps::App,
    existing::{Wanted, not_taken_over},
};

/// The app to take over, if there is one: a new app has nothing that tells it from another but kind and label.
pub(super) async fn find(client: &Client, planned: &ScimApp) -> Result<Option<App>> {
    let wanted = Wanted {
        resource: ScimAppResource::NAME,
        kind: planned.app_name.text().unwrap_or_default(),
        label: planned.label.text().unwrap_or_default(),
        and: "",
        adopt: &planned.adopt_existing,
    };
    client.existing.decide(&client.okta, wanted, |_| true).await
}

/// Changes what differs from the plan, and connects it anew: which token it has nobody can see. Who is assigned and which
/// groups are pushed already stays so.
pub(super) async fn run(call: &Call, client: &Client, app: App, planned: &Planned<ScimApp>) -> Result<ScimApp> {
    let id = app.id().to_owned();
    let mut state = ScimApp {
        id: id.as_str().into(),
        provisioning: Attr::Null,
        assigned_group_ids: Attr::Null,
        assigned_user_ids: Attr::Null,
        push_groups: Attr::Null,
        ..planned.planned.clone()
    };
    document::read_into(&app, &mut state)?;
    let apart = call.apart();
    let taken = change(&apart, client, app, state, planned, true).await;
    call.join(apart);
    let state = taken.map_err(|problems| problems.and(not_taken_over(&id)))?;
    call.warn(Diagnostic::warning(
        "An existing Okta app was taken over",
        format!("{id} is of the same kind and label. From now on Terraform manages it, and destroying deletes it."),
    ));
    Ok(state)
}
