//! What comes out of the layer, read as Terraform would read it.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;

/// Collects the pieces that are written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<Vec<u8>>>>);

impl Write for Written {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push(piece.to_vec());
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs `body` with logging at `level`; each line as an object.
fn lines(level: LevelFilter, body: impl FnOnce()) -> Vec<Map<String, Value>> {
    let written = Written::default();
    let writer = written.clone();
    let layer = Hclog::new(move || writer.clone()).with_filter(ours(level));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), body);
    let pieces = written.0.lock().unwrap();
    pieces
        .iter()
        .map(|piece| {
            assert!(piece.len() < 64 * 1024);
            let text = std::str::from_utf8(piece).unwrap().strip_suffix('\n').unwrap();
            assert!(!text.contains('\n'));
            serde_json::from_str(text).unwrap()
        })
        .collect()
}

#[test]
fn an_event_has_hclog_s_keys() {
    let got = lines(LevelFilter::TRACE, || tracing::warn!(count = 3, ok = true, name = "x", "hello {}", 1));
    let [line] = got.as_slice() else { panic!("{got:?}") };
    assert_eq!(line["@level"], "warn");
    assert_eq!(line["@message"], "hello 1");
    assert_eq!(line["@module"], "zt.plugin.log.tests");
    assert_eq!((&line["count"], &line["ok"], &line["name"]), (&Value::from(3), &Value::from(true), &Value::from("x")));
    let stamp = line["@timestamp"].as_str().unwrap();
    let shape: String = stamp.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000000Z");
}

#[test]
fn span_fields_are_merged_and_the_innermost_wins() {
    let got = lines(LevelFilter::TRACE, || {
        let call = tracing::info_span!(
            "call",
            tf_req_id = "r-1",
            tf_rpc = "ReadResource",
            tf_resource_type = tracing::field::Empty
        );
        let _in_call = call.enter();
        call.record("tf_resource_type", "okta_oidc_app");
        let _inner = tracing::info_span!("inner", step = 1).entered();
        tracing::debug!(step = 2, "reading");
    });
    let line = &got[0];
    assert_eq!(line["tf_req_id"], "r-1");
    assert_eq!(line["tf_rpc"], "ReadResource");
    assert_eq!(line["tf_resource_type"], "okta_oidc_app");
    assert_eq!(line["step"], 2);
}

#[test]
fn a_field_cannot_displace_a_key_of_hclog() {
    let got = lines(LevelFilter::TRACE, || tracing::info!("@level" = 7, "@timestamp" = 1, "text"));
    assert_eq!(got[0]["@level"], "info");
    assert!(got[0]["@timestamp"].is_string());
}

#[test]
fn long_lines_are_shortened_and_stay_json() {
    // One byte of text, six of JSON.
    let text = "\u{1}".repeat(200_000);
    let got = lines(LevelFilter::TRACE, || tracing::info!(body = text, "kept"));
    assert_eq!(got[0]["@message"], "kept");
    assert!(got[0]["body"].as_str().unwrap().ends_with("bytes more)"));
}

#[test]
fn other_crates_and_lower_levels_are_left_out() {
    let got = lines(LevelFilter::INFO, || {
        tracing::info!(target: "h2::codec", "authorization: Bearer x");
        tracing::info!(target: "ztx", "not us");
        tracing::debug!("too low");
        tracing::info!("ours");
    });
    let messages: Vec<_> = got.iter().map(|line| line["@message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["ours"]);
}

#[test]
fn the_level_comes_from_the_provider_s_variable_first() {
    let of = |pairs: &[(&str, &str)]| {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        level(move |name| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()))
    };
    assert_eq!(of(&[]), LevelFilter::OFF);
    assert_eq!(of(&[("TF_LOG", "")]), LevelFilter::OFF);
    assert_eq!(of(&[("TF_LOG", "warn")]), LevelFilter::WARN);
    assert_eq!(of(&[("TF_LOG", "JSON")]), LevelFilter::TRACE);
    assert_eq!(of(&[("TF_LOG", "1")]), LevelFilter::TRACE);
    assert_eq!(of(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "OFF")]), LevelFilter::OFF);
    assert_eq!(of(&[("TF_LOG", "off"), ("TF_LOG_PROVIDER", "debug")]), LevelFilter::DEBUG);
}
