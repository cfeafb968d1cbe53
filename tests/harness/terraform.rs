//! Finds the `terraform` program: `ZT_TERRAFORM_VERSION`, else `ZT_TERRAFORM`, else `terraform` or `tofu` on PATH, else
//! one made from a wheel. A test that needs more than that one can do gets a newer one, made from a wheel too.

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{feature, wheel};

/// A release, such as 1.11; patches add no features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl Version {
    /// Reads `1.11.4`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(str::parse);
        Some(Self(numbers.next()?.ok()?, numbers.next()?.ok()?))
    }
}

/// A `terraform` or a `tofu`.
#[derive(Clone, Debug)]
pub struct Program {
    /// Where it is.
    pub path: PathBuf,
    /// Its release.
    pub version: Version,
    /// True for OpenTofu, whose releases count differently.
    pub is_opentofu: bool,
}

/// The program for the test on this thread. A test without one fails, and says in one line what to install.
pub fn program() -> &'static Path {
    let (usual, needed) = (usual(), feature::needed());
    match needed {
        Some(feature) if !feature.is_in(usual) => newer(feature),
        _ => &usual.path,
    }
}

/// The program that was chosen by its version: tests that it cannot run do not apply.
pub fn chosen() -> Option<&'static Program> {
    chosen_version().map(|_| usual())
}

fn chosen_version() -> Option<String> {
    env::var("ZT_TERRAFORM_VERSION").ok().filter(|version| !version.is_empty())
}

/// The program of the tests that run on any.
fn usual() -> &'static Program {
    static PROGRAM: OnceLock<Result<Program, String>> = OnceLock::new();
    or_fail(PROGRAM.get_or_init(find))
}

/// The oldest release with this feature that a wheel has.
fn newer(feature: feature::Feature) -> &'static Path {
    static PROGRAMS: Mutex<BTreeMap<&str, &'static Result<PathBuf, String>>> = Mutex::new(BTreeMap::new());
    let mut programs = PROGRAMS.lock().unwrap_or_else(PoisonError::into_inner);
    let made = programs.entry(feature.name).or_insert_with(|| {
        let made = match wheel::since(feature.since()) {
            Some(wheel) => wheel.terraform(),
            None => Err("it by hand: no wheel has it".to_owned()),
        };
        let hint =
            |reason| format!("this test needs {feature}: set ZT_TERRAFORM to such a program, or install {reason}");
        Box::leak(Box::new(made.map_err(hint)))
    });
    let made = *made;
    drop(programs);
    or_fail(made).as_path()
}

fn or_fail<T>(found: &'static Result<T, String>) -> &'static T {
    found.as_ref().unwrap_or_else(|reason| panic!("{reason}"))
}

fn find() -> Result<Program, String> {
    if let Some(version) = chosen_version() {
        let wheel = wheel::of(&version)
            .ok_or_else(|| format!("ZT_TERRAFORM_VERSION is {version}; there are {}", wheel::versions().join(", ")))?;
        let made = wheel.terraform();
        return asked(made.map_err(|reason| format!("no Terraform {version}: install {reason}"))?);
    }
    if let Some(path) = env::var_os("ZT_TERRAFORM").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        return match is_executable(&path) {
            true => asked(std::path::absolute(&path).map_err(|error| error.to_string())?),
            false => Err(format!("ZT_TERRAFORM names {}, which is not a program", path.display())),
        };
    }
    if let Some(path) = on_path("terraform").or_else(|| on_path("tofu")) {
        return asked(path);
    }
    let made = wheel::of(wheel::USUAL).ok_or("no usual wheel")?.terraform();
    asked(made.map_err(|reason| {
        format!("no Terraform: put `terraform` or `tofu` on PATH, or set ZT_TERRAFORM to one, or install {reason}")
    })?)
}

/// Asks a program what it is.
fn asked(path: PathBuf) -> Result<Program, String> {
    let said = Command::new(&path).arg("version").env("CHECKPOINT_DISABLE", "1").output();
    let said = said.map_err(|error| format!("{}: {error}", path.display()))?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let first = said.lines().next().unwrap_or_default();
    let version = first.rsplit_once(" v").and_then(|(_, version)| Version::parse(version));
    let version = version.ok_or_else(|| format!("{} does not say what version it is: {said:?}", path.display()))?;
    Ok(Program { path, version, is_opentofu: first.starts_with("OpenTofu") })
}

/// The first program of this name on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
