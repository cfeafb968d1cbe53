//! Three hundred resources under the limits of a free Okta org and of Cloudflare, on a clock that runs fast.
//!
//! The mock's windows and blocks pass twenty times as fast as the vendors', and its headers say so in real seconds: the
//! provider waits as it would for the vendors. The figures are read from the mock's journal.

use axum::http::{HeaderMap, HeaderValue, header};
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

    // Looking at every secret, which a plan does unless told otherwise, keeps to the limits as well.
    let mark = story.mock().journal().len();
    let plan = story.workspace().terraform(&["plan", "-detailed-exitcode", "-no-color", "-parallelism=30"]);
    assert!(plan.success(), "{plan}");
    let asked = story.mock().journal().since(mark);
    let looks = asked.iter().filter(|exchange| exchange.path.ends_with("/credentials/secrets")).count();
    assert_eq!((looks, refused(&asked)), (EACH, 0), "{} requests in all", asked.len());
}

#[test]
fn what_something_else_used_of_the_same_limit_is_noticed_and_waited_for() {
    const IDPS: usize = 20;
    let story = limited(20);
    let org = story.mock().org_url();
    story.write(
        "main.tf",
        &format!(
            r#"
resource "zt_okta_idp" "each" {{
  count         = {IDPS}
  name          = "Okta ${{count.index}}"
  okta_account  = {org:?}
  client_id     = "0oa1a2b3c4d5e6f7g8h9"
  client_secret = "a-client-secret-of-this-test-0123456789"
}}
"#
        ),
    );
    // With the same token: the dashboard, another pipeline.
    let world = story.mock().world();
    let token = format!("Bearer {}", story.mock().cloudflare_token());
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::try_from(token).unwrap())]);
    for _ in 0..1190 {
        world.limits.count(Side::Cloudflare, "/client/v4/accounts", &headers, world.clock.now());
    }
    story.apply_only();
    assert_eq!(story.addresses().len(), IDPS);
    let all = story.mock().journal().all();
    assert!(all.len() > IDPS, "{}", all.len());
    assert_eq!(refused(&all), 0);
}
