//! What looks at both sides.

use serde_json::json;

use crate::attributes::Kind;
use crate::cloudflare::place;
use crate::{Bad, Table, bad};

pub(crate) fn tables() -> Vec<Table> {
    let kinds = [Kind::DataSource("zt_handshake"), Kind::Action("zt_test_handshake")];
    kinds.map(|kind| Table { kind, good: json!({"identity_provider_id": "i"}), rows: rows(), free: vec![] }).into()
}

fn rows() -> Vec<Bad> {
    let mut rows = place();
    rows.extend([
        bad("identity_provider_id", "", "1 to 64"),
        bad("oidc_app_id", "Access", "0oa"),
        bad("scim_app_id", "Access", "0oa"),
        bad("client_secret_fingerprint", "", "1 to 255"),
    ]);
    rows
}
