//! What the pipelines' files call is there, and is what the other tests run.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::repository::{Repository, Role, SOURCE, finish};

/// Every file below a folder, as a path from it.
fn files(folder: &Path) -> BTreeSet<String> {
    fn walk(folder: &Path, base: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                walk(&entry, base, found);
            } else {
                found.insert(entry.strip_prefix(base).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(folder, folder, &mut found);
    found
}

/// The files of the three systems.
fn pipelines() -> Vec<PathBuf> {
    let source = Path::new(SOURCE);
    let mut pipelines: Vec<PathBuf> = files(&source.join(".github/workflows"))
        .iter()
        .map(|name| source.join(".github/workflows").join(name))
        .collect();
    pipelines.extend([source.join(".gitlab-ci.yml"), source.join("atlantis.yaml")]);
    pipelines
}

/// The command lines of a pipeline: `run:` in a step, and the items below `script:`, `before_script:`, `after_script:`.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    // How far the items of the list that is being read are indented.
    let mut list = None;
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let indented = line.len() - line.trim_start().len();
        let line = line.trim();
        if let Some(item) = line.strip_prefix("- ").filter(|_| list.is_some_and(|list| indented > list)) {
            found.push(item.to_owned());
            continue;
        }
        list = line.ends_with("script:").then_some(indented);
        let step = line.strip_prefix("- ").unwrap_or(line);
        if let Some(command) = step.strip_prefix("run:") {
            found.push(command.trim().to_owned());
        }
        assert!(!step.contains("script: "), "write scripts as a list, one line each: {line}");
    }
    found
}

#[test]
fn commands_are_found_wherever_they_stand() {
    let text = "a:\n  steps:\n    - run: one x\n    - if: y\n      run: two\n  script:\n    - three\n    - four\n  rules:\n    - if: z\n";
    assert_eq!(commands(text), ["one x", "two", "three", "four"]);
}

#[test]
fn pipelines_call_scripts_that_are_there_and_nothing_else() {
    let mut called = BTreeSet::new();
    for pipeline in pipelines() {
        let commands = commands(&fs::read_to_string(&pipeline).unwrap());
        assert!(!commands.is_empty(), "{}", pipeline.display());
        for command in commands {
            let script = command.split(' ').next().unwrap().trim_start_matches("../../");
            let mode = fs::metadata(Path::new(SOURCE).join(script)).map(|found| found.permissions().mode());
            assert!(
                script.starts_with("scripts/") && mode.is_ok_and(|mode| mode & 0o111 != 0),
                "{}: {command}",
                pipeline.display()
            );
            called.insert(script.trim_start_matches("scripts/").to_owned());
        }
    }
    let programs: BTreeSet<String> = files(&Path::new(SOURCE).join("scripts"))
        .into_iter()
        .filter(|name| {
            let mode = fs::metadata(Path::new(SOURCE).join("scripts").join(name)).unwrap().permissions().mode();
            mode & 0o111 != 0
        })
        .collect();
    assert_eq!(called, programs, "left: called by a pipeline, right: there");
}

#[test]
fn every_script_is_run_by_a_test() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/acceptance/gitops");
    let source: String = files(&tests).iter().map(|name| fs::read_to_string(tests.join(name)).unwrap()).collect();
    for name in files(&Path::new(SOURCE).join("scripts")).iter().filter(|name| name.ends_with(".sh")) {
        // The scene of a forge adds the folder; what has no mode is read by those that have.
        let (_, base) = name.rsplit_once('/').unwrap_or(("", name));
        let run = [format!("run({base:?}, "), format!("script({base:?}, "), format!("run(&repository, {base:?})")];
        let sourced = ["environment.sh", "api.sh"].contains(&base);
        assert!(sourced || run.iter().any(|call| source.contains(call)), "no test runs scripts/{name}");
    }
}

#[test]
fn every_script_is_for_any_shell() {
    for name in files(&Path::new(SOURCE).join("scripts")).iter().filter(|name| name.ends_with(".sh")) {
        let path = Path::new(SOURCE).join("scripts").join(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("[[") && !text.contains("pipefail") && !text.contains("local "), "{name}");
        let mut check = Command::new("sh");
        check.arg("-n").arg(path);
        finish(check).expect_success();
    }
}

#[test]
fn plans_are_no_artefacts() {
    for pipeline in pipelines() {
        let text = fs::read_to_string(&pipeline).unwrap();
        assert!(!text.contains("artifact"), "{}", pipeline.display());
    }
}

#[test]
fn zt_mock_is_installed_from_a_release_once_its_checksum_is_right() {
    let repository = Repository::new();
    let beside = |name: &str| repository.story().workspace().beside(name);
    let version = env!("CARGO_PKG_VERSION");
    let folder = beside(&format!("releases/v{version}"));
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let platform = format!("{os}_{arch}");
    let mut pack = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/release"));
    pack.args(["pack", "zt-mock", env!("CARGO_BIN_EXE_zt-mock"), &platform]).arg(&folder);
    pack.env("ZIPOPT", "-1").env("SOURCE_DATE_EPOCH", "1767225600");
    finish(pack).expect_success();
    let archive = format!("zt-mock_{version}_{platform}.zip");
    let mut sums = Command::new("sha256sum");
    sums.arg(&archive).current_dir(&folder);
    fs::write(folder.join(format!("zt-mock_{version}_SHA256SUMS")), finish(sums).expect_success().stdout).unwrap();

    let install = || {
        let mut command = repository.script("install-zt-mock.sh", Role::ReadOnly);
        command.arg(beside("installed")).env("ZT_RELEASES", format!("file://{}", beside("releases").display()));
        command.env("GITHUB_PATH", beside("github_path"));
        finish(command)
    };
    install().expect_success();
    let mut installed = Command::new(beside("installed/zt-mock"));
    installed.arg("--version");
    assert_eq!(finish(installed).expect_success().stdout, format!("zt-mock {version}\n"));
    let path = fs::read_to_string(beside("github_path")).unwrap();
    assert_eq!(Path::new(path.trim_end()), beside("installed").canonicalize().unwrap());

    fs::write(folder.join(&archive), "another file").unwrap();
    let refused = install();
    assert!(!refused.success() && refused.text().contains("FAILED"), "{refused}");
}
