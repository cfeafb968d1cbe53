//! `/.well-known/okta-organization`: what anybody may know about the org.

use serde_json::json;

use super::call::{Answer, Call, Reply};
use super::org::Org;

/// `pipeline` tells an Identity Engine org (`idx`) from a classic one (`v1`).
pub(crate) fn get(org: &mut Org, call: &Call) -> Answer {
    Ok(Reply::ok(json!({
        "id": org.id,
        "cell": "ok1",
        "_links": {"organization": {"href": call.org_url}},
        "pipeline": "idx",
        "settings": {
            "analyticsCollectionEnabled": false,
            "bugReportingEnabled": true,
            "omEnabled": false,
            "pssoEnabled": false,
            "desktopMFAEnabled": false,
            "itpEnabled": false,
        },
    })))
}
