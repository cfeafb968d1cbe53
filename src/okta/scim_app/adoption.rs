//! `adopt_existing`: taking over an app that is there already.

use super::{Client, ScimApp, ScimAppResource, change, document};
use crate::framework::{
    call::Call,
    diagnostic::Result,
    model::Attr,
    resource::{Planned, Resource},
};
use crate::okta::existing::{Taken, Wanted};

/// The app to take over, if there is one: a new app has nothing that tells it from another but kind and label.
pub(super) async fn find(client: &Client, planned: &ScimApp) -> Result<Option<Taken>> {
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
pub(super) async fn run(call: &Call, client: &Client, found: Taken, planned: &Planned<ScimApp>) -> Result<ScimApp> {
    let (app, taking) = found.begin(call);
    let mut state = ScimApp {
        id: app.id().into(),
        provisioning: Attr::Null,
        assigned_group_ids: Attr::Null,
        assigned_user_ids: Attr::Null,
        push_groups: Attr::Null,
        ..planned.planned.clone()
    };
    document::read_into(&app, &mut state)?;
    let outcome = change(taking.call(), client, app, state, planned, true).await;
    taking.end(call, outcome, "is of the same kind and label")
}
