//! Three hundred resources under the limits of a free Okta org and of Cloudflare, on a clock that runs fast.
//!
//! The mock's windows and blocks pass twenty times as fast as the vendors', and its headers say so in real seconds: the
//! provider waits as it would for the vendors. The figures are read from the mock's journal.

use zt::mock::{Options, Side, journal::Exchange, rate_limit::RateLimit};

use crate::harness::diagnostic::{Diagnostic, listing};
use crate::harness::story::Story;

/// Of each of the three resources.
const EACH: usize = 100;

fn limited(speed: u32) -> Story {
    Story::with(Options { rate_limit: RateLimit::Integrator, rate_limit_speed: speed, ..Options::default() })
}

fn refused(exchanges: &[Exchange]) -> usize {
    exchanges.iter().filter(|exchange| exchange.status == Some(429)).count()
}

#[test]
fn three_hundred_resources_are_made_without_running_into_the_limits() {
    let story = limited(20);
    let (org, callback) = (story.mock().org_url(), format!("{}/cdn-cgi/access/callback", story.mock().auth_url()));
    story.write(
        "main.tf",
        &format!(
            r#"
resource "okta_oidc_app" "each" {{
  count         = {EACH}
  provider      = zt
  label         = "Access ${{count.index}}"
  redirect_uris = [{callback:?}]
}}
resource "zt_okta_idp" "each" {{
  count         = {EACH}
  name          = "Okta ${{count.index}}"
  okta_account  = {org:?}
  client_id     = okta_oidc_app.each[count.index].client_id
  client_secret = okta_oidc_app.each[count.index].client_secret
}}
resource "zt_scim_config" "each" {{
  count                = {EACH}
  identity_provider_id = zt_okta_idp.each[count.index].id
}}
"#
        ),
    );
    let output = story.workspace().terraform(&["apply", "-auto-approve", "-json", "-parallelism=30"]);
    let told = Diagnostic::lines(&output.stdout);
    assert!(output.success() && !told.iter().any(Diagnostic::is_error), "{}", listing(&told));
    assert_eq!(story.addresses().len(), 3 * EACH);

    let all = story.mock().journal().all();
    let of = |side: Side| all.iter().filter(|exchange| exchange.side == side).count();
    println!(
        "{} requests: {} Okta, {} Cloudflare; {} refused",
        all.len(),
        of(Side::Okta),
        of(Side::Cloudflare),
        refused(&all)
    );
    assert!(of(Side::Okta) >= 2 * EACH && of(Side::Cloudflare) >= 3 * EACH, "the limits were not put to the test");
    assert!(refused(&all) * 100 < all.len(), "{} of {} requests were refused", refused(&all), all.len());
    let failed: Vec<&Exchange> =
        all.iter().filter(|exchange| exchange.status.is_none_or(|status| status >= 500)).collect();
    assert!(failed.is_empty(), "{failed:?}");
}
