//! From the start of the program to its handshake line, and to its first answer; next to the start and end of a program
//! that does nothing.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustls::pki_types::CertificateDer;
use rustls::version::TLS13;
use serde_json::{Value, json};
use zt::plugin::negotiation::COOKIE;
use zt::proto::plugin::Empty;
use zt::proto::plugin::grpc_controller_client::GrpcControllerClient;
use zt::proto::tfplugin6::get_provider_schema::Request;
use zt::proto::tfplugin6::provider_client::ProviderClient;

use crate::caller::{Caller, channel, client};
use crate::samples::{Samples, milliseconds, timed};
use crate::{peak, provider};

/// Milliseconds and bytes of the start.
pub(crate) struct Start {
    /// From spawning the provider to its handshake line, with TLS.
    pub(crate) handshake: Samples,
    /// From spawning it to the end of its first GetProviderSchema answer.
    pub(crate) schema: Samples,
    /// From spawning `/bin/true` to its end.
    pub(crate) floor: Samples,
    /// Most memory that the provider has had in use after that answer, in MiB.
    pub(crate) memory: Samples,
    /// Size of the program, in megabytes (10⁶ bytes).
    pub(crate) size: f64,
}

/// Measures it `times` times, in turns.
pub(crate) fn measure(times: usize) -> Start {
    let caller = Caller::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let size = fs::metadata(provider()).unwrap().len() as f64 / 1e6;
    let mut start = Start {
        handshake: Samples::default(),
        schema: Samples::default(),
        floor: Samples::default(),
        memory: Samples::default(),
        size,
    };
    // The first run of each brings the program into memory.
    for round in 0..=times {
        let floor = nothing();
        let (handshake, schema, memory) = runtime.block_on(once(&caller));
        if round > 0 {
            start.floor.add(floor);
            start.handshake.add(handshake);
            start.schema.add(schema);
            start.memory.add(memory);
        }
    }
    start
}

fn nothing() -> f64 {
    let mut command = Command::new("/bin/true");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    timed(|| assert!(command.spawn().unwrap().wait().unwrap().success())).1
}

async fn once(caller: &Caller) -> (f64, f64, f64) {
    let mut command = Command::new(provider());
    command.env_clear().env(COOKIE.0, COOKIE.1).env("PLUGIN_PROTOCOL_VERSIONS", "6,5");
    command.env("PLUGIN_CLIENT_CERT", caller.pem());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let handshake = milliseconds(began.elapsed());

    let fields: Vec<&str> = line.trim_end().split('|').collect();
    let [_, "6", "unix", socket, "grpc", certificate] = fields.as_slice() else { panic!("{line}") };
    let certificate = CertificateDer::from(STANDARD_NO_PAD.decode(certificate).unwrap());
    let config = client(&certificate, caller.credentials(), &TLS13, &[b"h2"]);
    let connected = channel(PathBuf::from(socket), config).await;
    let answer = ProviderClient::new(connected.clone())
        .max_decoding_message_size(zt::plugin::serve::LARGEST_MESSAGE)
        .get_provider_schema(Request {})
        .await;
    assert!(!answer.unwrap().into_inner().resource_schemas.is_empty());
    let schema = milliseconds(began.elapsed());
    let memory = peak::of(child.id()).unwrap_or(f64::NAN);
    GrpcControllerClient::new(connected).shutdown(Empty {}).await.unwrap();
    child.wait().unwrap();
    (handshake, schema, memory)
}

impl Start {
    pub(crate) fn json(&self) -> Value {
        json!({
            "unit": {"time": "milliseconds", "memory": "MiB", "program": "MB"},
            "handshake": self.handshake.json(),
            "schema": self.schema.json(),
            "true": self.floor.json(),
            "memory_after_schema": self.memory.json(),
            "program": self.size,
        })
    }
}
