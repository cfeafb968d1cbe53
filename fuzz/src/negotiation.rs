//! What a process that starts the plugin may put into its environment.

use arbitrary::{Result, Unstructured};
use zt::plugin::negotiation::{COOKIE, Request};
use zt::plugin::tls::Identity;

/// The variables of the handshake, each unset, good or anything.
pub fn run(data: &[u8]) {
    let _ = attempt(&mut Unstructured::new(data));
}

/// A certificate as Terraform makes one: self-signed, P-521.
const CERTIFICATE: &str = include_str!("certificate.pem");

fn attempt(u: &mut Unstructured<'_>) -> Result<()> {
    let cookie = variable(u, COOKIE.1)?;
    let versions = variable(u, "5,6")?;
    let multiplexing = variable(u, "true")?;
    let disabled = variable(u, "1")?;
    let certificate = variable(u, CERTIFICATE)?;
    let read = Request::read(|name| match name {
        "PLUGIN_PROTOCOL_VERSIONS" => versions.clone(),
        "PLUGIN_CLIENT_CERT" => certificate.clone(),
        "PLUGIN_MULTIPLEX_GRPC" => multiplexing.clone(),
        "TF_DISABLE_PLUGIN_TLS" => disabled.clone(),
        _ => cookie.clone(),
    });
    let request = match read {
        Ok(request) => request,
        // Terraform shows it, and must not take it for a handshake.
        Err(refusal) => {
            let said = refusal.to_string();
            assert!(!said.contains(['|', '\n', '\r']), "{said:?} could be read as a handshake line");
            return Ok(());
        }
    };
    let Ok(identity) = Identity::new(request.client_certificate.clone()) else { return Ok(()) };
    let line = request.answer(std::path::Path::new("/tmp/socket"), &identity.certificate);
    let fields = if request.asks_for_multiplexing { 7 } else { 6 };
    assert!(line.split('|').count() == fields && !line.contains('\n'), "{line:?}");
    Ok(())
}

fn variable(u: &mut Unstructured<'_>, good: &str) -> Result<Option<String>> {
    Ok(match u.int_in_range(0..=7)? {
        0 => None,
        1 => Some(u.arbitrary::<String>()?),
        2 => {
            // A good one with a piece cut out.
            let (from, to) = (u.choose_index(good.len() + 1)?, u.choose_index(good.len() + 1)?);
            let (from, to) = (from.min(to), from.max(to));
            let kept = |range| good.get(range).unwrap_or_default();
            Some(format!("{}{}{}", kept(0..from), u.arbitrary::<&str>()?, kept(to..good.len())))
        }
        _ => Some(good.to_owned()),
    })
}
