//! `scripts/release`: archives that `terraform init` installs from, and what a registry wants beside them.
//!
//! What is packed here is the binary of the tests, since a release takes minutes to build.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::process::{self, Output};
use crate::harness::story::{PLUGIN, Story};
use crate::harness::terraform::on_path;

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The platform of the tests.
const HOST: &str = match (cfg!(target_os = "macos"), cfg!(target_arch = "aarch64")) {
    (false, false) => "x86_64-unknown-linux-gnu",
    (false, true) => "aarch64-unknown-linux-gnu",
    (true, false) => "x86_64-apple-darwin",
    (true, true) => "aarch64-apple-darwin",
};
const LIMIT: Duration = Duration::from_secs(180);

/// The script, with an environment in which nobody's key is.
fn script(arguments: &[&str]) -> Command {
    for program in ["zip", "jq", "gpg"] {
        assert!(on_path(program).is_some(), "install {program}: scripts/release needs it");
    }
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/release"));
    // Speed counts here, size does not; and packages of other platforms would have to be downloaded.
    command.args(arguments).env("ZIPOPT", "-1").env("TARGETS", HOST);
    command.env("SOURCE_DATE_EPOCH", "1767225600").env_remove("GPG_FINGERPRINT");
    command
}

#[track_caller]
fn run(command: Command) -> Output {
    process::run(command, LIMIT).expect_success()
}

#[track_caller]
fn pack(program: &str, binary: &Path, platform: &str, folder: &Path) -> PathBuf {
    let said = run(script(&["pack", program, &binary.to_string_lossy(), platform, &folder.to_string_lossy()])).stdout;
    PathBuf::from(said.trim_end())
}

/// Something executable, small, for what does not look inside.
fn small_program(folder: &Path) -> PathBuf {
    let program = folder.join("program");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program
}

/// A folder with both programs packed for two platforms.
fn packed() -> TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = small_program(folder.path());
    for platform in ["linux_amd64", "darwin_arm64"] {
        for name in ["terraform-provider-zt", "zt-mock"] {
            pack(name, &program, platform, &folder.path().join("dist"));
        }
    }
    folder
}

/// The files of a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn terraform_init_installs_from_a_mirror_of_packed_archives() {
    let story = Story::through_a_mirror();
    let mirror = story.workspace().beside("plugins");
    fs::remove_dir_all(&mirror).unwrap();
    // The platform of the tests, as Terraform calls it.
    let version = story.workspace().terraform(&["version", "-json"]).expect_success().stdout;
    let version: Value = serde_json::from_str(&version).unwrap();
    let platform = version["platform"].as_str().unwrap();
    let archive = pack("terraform-provider-zt", Path::new(PLUGIN), platform, &story.workspace().beside("dist"));
    for host in ["registry.terraform.io", "registry.opentofu.org"] {
        let folder = mirror.join(host).join("zt-okta/zt");
        fs::create_dir_all(&folder).unwrap();
        fs::copy(&archive, folder.join(archive.file_name().unwrap())).unwrap();
    }
    let said = story.init().stdout;
    assert!(said.contains(&format!("Installed zt-okta/zt v{VERSION}")), "{said}");
    story.write("main.tf", "data \"zt_organization\" \"this\" {}\n");
    story.apply();
    assert_eq!(story.addresses(), ["data.zt_organization.this"]);
}

#[test]
fn a_sealed_release_has_the_files_of_a_registry() {
    let folder = packed();
    let dist = folder.path().join("dist");
    let said = run(script(&["seal", &dist.to_string_lossy()]));
    assert!(said.stderr.lines().any(|line| line.starts_with("NOT SIGNED: ")), "{said}");
    let provider = |rest: &str| format!("terraform-provider-zt_{VERSION}_{rest}");
    let mut expected = vec![
        provider("SHA256SUMS"),
        provider("darwin_arm64.zip"),
        provider("linux_amd64.zip"),
        provider("manifest.json"),
        provider("sbom.cdx.json"),
        format!("zt-mock_{VERSION}_SHA256SUMS"),
        format!("zt-mock_{VERSION}_darwin_arm64.zip"),
        format!("zt-mock_{VERSION}_linux_amd64.zip"),
    ];
    expected.sort();
    assert_eq!(names(&dist), expected);

    // One line for each of the provider's files, and none of the mock's.
    let sums = fs::read_to_string(dist.join(provider("SHA256SUMS"))).unwrap();
    let summed: Vec<&str> = sums.lines().filter_map(|line| line.split_once("  ")).map(|(_, name)| name).collect();
    let wanted = ["darwin_arm64.zip", "linux_amd64.zip", "manifest.json", "sbom.cdx.json"].map(provider);
    assert_eq!(summed, wanted);
    let manifest: Value = serde_json::from_slice(&fs::read(dist.join(provider("manifest.json"))).unwrap()).unwrap();
    assert_eq!(manifest["metadata"]["protocol_versions"], serde_json::json!(["6.0"]));
}

#[test]
fn a_key_signs_the_checksums() {
    let folder = packed();
    let dist = folder.path().join("dist");
    let home = folder.path().join("gnupg");
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    let gpg = |arguments: &[&str]| {
        let mut command = Command::new("gpg");
        command.env("GNUPGHOME", &home).args(["--batch", "--quiet", "--passphrase", ""]).args(arguments);
        run(command)
    };
    // RSA, since registries take no elliptic curves.
    gpg(&["--quick-generate-key", "Releases <releases@acme.example>", "rsa2048", "sign", "never"]);
    let listed = gpg(&["--list-keys", "--with-colons"]).stdout;
    let fingerprint = listed.lines().find(|line| line.starts_with("fpr:")).unwrap().split(':').nth(9).unwrap();

    let mut seal = script(&["seal", &dist.to_string_lossy()]);
    seal.env("GNUPGHOME", &home).env("GPG_FINGERPRINT", fingerprint);
    let said = run(seal);
    assert!(!said.stderr.contains("NOT SIGNED"), "{said}");
    let sums = dist.join(format!("terraform-provider-zt_{VERSION}_SHA256SUMS"));
    let signature = dist.join(format!("terraform-provider-zt_{VERSION}_SHA256SUMS.sig"));
    gpg(&["--verify", &signature.to_string_lossy(), &sums.to_string_lossy()]);
    // The agent that gpg started holds the folder.
    let mut agent = Command::new("gpgconf");
    agent.env("GNUPGHOME", &home).args(["--kill", "gpg-agent"]);
    run(agent);
}

#[test]
fn the_same_binary_makes_the_same_archive() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = small_program(folder.path());
    let bytes = |name: &str| {
        let archive = pack("terraform-provider-zt", &program, "linux_amd64", &folder.path().join(name));
        fs::read(archive).unwrap()
    };
    assert_eq!(bytes("first"), bytes("second"));
}

#[test]
fn the_bill_of_materials_lists_what_is_built_in_and_nothing_of_the_tests() {
    let folder = packed();
    let dist = folder.path().join("dist");
    run(script(&["seal", &dist.to_string_lossy()]));
    let bill = fs::read(dist.join(format!("terraform-provider-zt_{VERSION}_sbom.cdx.json"))).unwrap();
    let bill: Value = serde_json::from_slice(&bill).unwrap();
    assert_eq!((&bill["bomFormat"], &bill["metadata"]["component"]["version"]), (&"CycloneDX".into(), &VERSION.into()));
    let components = bill["components"].as_array().unwrap();
    let named = |name: &str| components.iter().find(|component| component["name"] == name);
    let tonic = named("tonic").unwrap();
    assert_eq!(tonic["licenses"][0]["expression"], "MIT");
    assert!(tonic["purl"].as_str().unwrap().starts_with("pkg:cargo/tonic@"));
    assert!(named("protox").is_some(), "it runs in the build");
    assert!(named("proptest").is_none(), "it runs in tests alone");
    // Every edge ends at something that is listed.
    let listed: Vec<&Value> = components.iter().map(|component| &component["bom-ref"]).collect();
    for edge in bill["dependencies"].as_array().unwrap() {
        for target in edge["dependsOn"].as_array().unwrap() {
            assert!(listed.contains(&target), "{target}");
        }
    }
}

#[test]
fn nothing_is_sealed_before_something_is_packed() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let refused = process::run(script(&["seal", &folder.path().to_string_lossy()]), LIMIT);
    assert!(!refused.success() && refused.stderr.contains("pack first"), "{refused}");
    let refused = process::run(script(&["pack", "zt-mock", "/nowhere", "linux_amd64", "/tmp"]), LIMIT);
    assert!(!refused.success() && refused.stderr.contains("/nowhere is not a program"), "{refused}");
}
