//! What the command line asks for.

use std::ffi::OsString;

use super::About;

/// One way to run the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    /// Serve the terraform that started this process.
    Serve,
    /// Serve every terraform that attaches.
    Debug,
    /// Print the version.
    Version,
    /// Print the help text.
    Help,
}

/// Reads the arguments that follow the program's name. The error is the one that is not understood.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let mut command = Command::Serve;
    for argument in arguments {
        // Go programs take one dash as well as two, and so people type `-debug` at providers.
        command = match argument.to_str() {
            Some("--debug" | "-debug") => Command::Debug,
            Some("--version" | "-version" | "-V") => return Ok(Command::Version),
            Some("--help" | "-help" | "-h") => return Ok(Command::Help),
            _ => return Err(argument.to_string_lossy().into_owned()),
        };
    }
    Ok(command)
}

/// What this program is and how to use it.
pub(super) fn help(about: &About) -> String {
    let About { name, version, summary, source_address } = about;
    let source = source_address.strip_prefix("registry.terraform.io/").unwrap_or(source_address);
    let local_name = source.rsplit('/').next().unwrap_or(source);
    format!(
        "{name} {version}
{summary}

This program is a plugin. Terraform and OpenTofu start it when a configuration names it:

    terraform {{
      required_providers {{
        {local_name} = {{
          source = \"{source}\"
        }}
      }}
    }}

Options:
  --debug    serve without TLS until Ctrl-C, and print the TF_REATTACH_PROVIDERS that attaches terraform to it
  --version  print the version
  --help     print this text
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_name_a_command() {
        let parse = |words: &[&str]| parse(words.iter().map(OsString::from));
        assert_eq!(parse(&[]), Ok(Command::Serve));
        assert_eq!(parse(&["--debug"]), Ok(Command::Debug));
        assert_eq!(parse(&["-debug"]), Ok(Command::Debug));
        assert_eq!(parse(&["--debug", "--help"]), Ok(Command::Help));
        assert_eq!(parse(&["--version"]), Ok(Command::Version));
        assert_eq!(parse(&["serve"]), Err("serve".to_owned()));
    }
}
