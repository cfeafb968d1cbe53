//! `terraform query`: the OpenID Connect web apps that there are.

use super::{ACTIVE, Client, INACTIVE, OidcApp, OidcAppResource, check_kind, refresh};
use crate::framework::{
    call::Call,
    diagnostic::Result,
    list::{Found, List, Sink},
    model::Attr,
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
    /// Finds the OpenID Connect web apps of the Okta org that were made as such (not from Okta's catalogue), to import
    /// them.
    ///
    /// Client secrets are not looked at, since Okta shows them in clear and logs every look: `client_secret` and what
    /// belongs to it are null in whole objects, and are found by the import.
    pub struct OidcAppFilter {
        /// What the label begins with, whatever the case.
        label_prefix: String = optional().length(1..=100),
        /// `ACTIVE` or `INACTIVE`.
        status: String = optional().one_of(&[ACTIVE, INACTIVE]),
        /// Id of a group that has the app.
        assigned_group_id: String = optional().check(Validator::Custom(assignments::group_id)),
    }
}

/// The list resource `okta_oidc_app`.
#[derive(Debug)]
pub struct OidcAppList;

impl List for OidcAppList {
    type Resource = OidcAppResource;
    type Config = OidcAppFilter;
    type Client = Client;

    async fn list(
        &self,
        call: &Call,
        client: &Client,
        config: OidcAppFilter,
        sink: Sink<'_, OidcAppResource>,
    ) -> Result<()> {
        let wanted = Wanted {
            name: super::KIND,
            label_prefix: config.label_prefix.text(),
            status: config.status.text(),
            assigned_group_id: config.assigned_group_id.text(),
        };
        let mut apps = Apps::of(&client.okta, &wanted);
        while let Some(page) = apps.next().await? {
            for app in page.filter(|app| check_kind(app).is_ok()) {
                let id = Attr::from(app.id());
                let whole = if sink.include_resource() {
                    let state = OidcApp { id: id.clone(), omit_secret: false.into(), ..OidcApp::default() };
                    let recording = call.recording();
                    let whole = refresh::look(&recording, &client.okta, &state).await?;
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
