//! The provider's program: what Terraform starts, and the generator of the documentation.

use std::{env, path::Path, process::ExitCode};
use zt::{docs, framework::server::Server, plugin, provider::Zt};

/// What the program says of itself.
const ABOUT: plugin::About = plugin::About {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    source_address: "registry.terraform.io/zt-okta/zt",
};

/// Where it takes its memory from if it is linked against musl, whose own allocator costs a plan of one object two parts in
/// a hundred of its time.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [verb] if verb == "docs" => write_docs(Path::new("docs"), Path::new("examples")),
        _ => plugin::run(Server::new(Zt::new()), &ABOUT, arguments),
    }
}

/// Rewrites the generated pages of the checkout that is the working folder.
#[allow(clippy::print_stderr, reason = "the generator is run by people")]
fn write_docs(docs: &Path, examples: &Path) -> ExitCode {
    match docs::pages(&Zt::new(), "zt", examples).and_then(|pages| docs::write(&pages, docs)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the documentation cannot be generated: {error}");
            ExitCode::FAILURE
        }
    }
}
