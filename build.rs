//! Compiles `proto/` into the types of `src/proto.rs`, with a protobuf compiler written in Rust: nobody needs protoc.

use std::error::Error;

/// The packages, one file each.
const FILES: [&str; 3] = ["health.proto", "plugin.proto", "tfplugin6.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(FILES, ["proto"])?;
    tonic_prost_build::configure()
        // Maps and sets of messages come out in one order, so equal answers are equal bytes.
        .btree_map(".")
        // The comments are for readers of the .proto files; as doc comments they would be read as Markdown and doctests.
        .disable_comments(["."])
        .compile_fds(descriptors)?;
    Ok(())
}
