//! Where the plugin's random bytes come from: the operating system alone.

use std::fs;

/// Symbols of aws-lc, as they end up in a program that is not stripped.
fn has_symbol(program: &[u8], name: &str) -> bool {
    program.windows(name.len()).any(|window| window == name.as_bytes())
}

/// `.cargo/config.toml` asks for it, and only the program shows whether that reached the C compiler.
#[test]
fn the_program_does_not_measure_the_jitter_of_the_processor() {
    let program = fs::read(env!("CARGO_BIN_EXE_terraform-provider-zt")).unwrap();
    assert!(has_symbol(&program, "_RAND_bytes"), "the program is stripped: its symbols show nothing");
    assert!(!has_symbol(&program, "jent_entropy_collector_alloc"), "aws-lc was built with its jitter entropy");
}
