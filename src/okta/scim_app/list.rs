//! `terraform query`: the SCIM apps that there are.

use super::{Client, ScimApp, ScimAppResource, document};
use crate::framework::{
    call::Call,
    diagnostic::Result,
    list::{Found, List, Sink},
    model::Attr,
    resource::Resource,
    schema::optional,
    validate::Validator,
};
use crate::model;
use crate::okta::{
    app_list::{Apps, Wanted},
    assignments,
    ids::AppIdentity,
};

model! {
    /// Finds the apps of the Okta org that were made from one SCIM app of Okta's catalogue, to import them.
    ///
    /// Okta does not show their tokens, so none are found.
    pub struct ScimAppFilter {
        /// Key of the app in Okta's catalogue; `scim2headerauth` if it is left out.
        app_name: String = optional().length(1..=255),
        /// What the label begins with, whatever the case.
        label_prefix: String = optional().length(1..=100),
        /// `ACTIVE` or `INACTIVE`.
        status: String = optional().one_of(&[document::ACTIVE, document::INACTIVE]),
        /// Id of a group that has the app.
        assigned_group_id: String = optional().check(Validator::Custom(assignments::group_id)),
    }
}

/// The list resource `okta_scim_app`.
#[derive(Debug)]
pub struct ScimAppList;

impl List for ScimAppList {
    type Resource = ScimAppResource;
    type Config = ScimAppFilter;
    type Client = Client;

    async fn list(
        &self,
        call: &Call,
        client: &Client,
        config: ScimAppFilter,
        sink: Sink<'_, ScimAppResource>,
    ) -> Result<()> {
        let wanted = Wanted {
            name: config.app_name.text().unwrap_or("scim2headerauth"),
            label_prefix: config.label_prefix.text(),
            status: config.status.text(),
            assigned_group_id: config.assigned_group_id.text(),
        };
        let mut apps = Apps::of(&client.okta, &wanted);
        while let Some(page) = apps.next().await? {
            for app in page {
                let id = Attr::from(app.id());
                let whole = if sink.include_resource() {
                    let state = ScimApp { id: id.clone(), ..ScimApp::default() };
                    let recording = call.recording();
                    let whole = ScimAppResource.read(&recording, client, state).await?;
                    call.tell(recording);
                    // One that is gone by now is not listed.
                    let Some(whole) = whole else { continue };
                    Some(whole)
                } else {
                    None
                };
                let found =
                    Found { display_name: app.label().to_owned(), identity: AppIdentity { id }, resource: whole };
                if sink.push(found).await.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
