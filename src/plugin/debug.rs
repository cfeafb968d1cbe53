//! `--debug`: a server that a person starts, for any number of terraform runs to attach to.
//!
//! Terraform's reattach scheme has no handshake line, no cookie and no TLS
//! (<https://developer.hashicorp.com/terraform/plugin/debugging>).

use std::path::Path;

use serde_json::json;

use super::negotiation::PROTOCOL_VERSION;

/// The assignment to put before a terraform command, quoted for a shell.
pub fn reattach_line(source_address: &str, process: u32, socket: &Path) -> String {
    let value = json!({
        source_address: {
            "Protocol": "grpc",
            "ProtocolVersion": PROTOCOL_VERSION,
            "Pid": process,
            // Without it Terraform takes the server for one of protocol 5, whatever ProtocolVersion says.
            "Test": true,
            "Addr": { "Network": "unix", "String": socket.to_string_lossy() },
        }
    });
    format!("TF_REATTACH_PROVIDERS='{}'", value.to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_an_assignment_of_terraform_s_json() {
        assert_eq!(
            reattach_line("registry.terraform.io/zt-okta/zt", 42, Path::new("/run/a/s")),
            r#"TF_REATTACH_PROVIDERS='{"registry.terraform.io/zt-okta/zt":{"Protocol":"grpc","ProtocolVersion":6,"Pid":42,"Test":true,"Addr":{"Network":"unix","String":"/run/a/s"}}}'"#
        );
    }

    #[test]
    fn a_quote_in_the_path_survives_the_shell() {
        let line = reattach_line("a/b", 1, Path::new("/tmp/it's/s"));
        let script = format!("{line}; printf %s \"$TF_REATTACH_PROVIDERS\"");
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(value["a/b"]["Addr"]["String"], "/tmp/it's/s");
    }
}
