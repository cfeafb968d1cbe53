//! Finds the `terraform` program: `ZT_TERRAFORM`, else `terraform` or `tofu` on PATH, else one made from a wheel.

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::wheel;

/// The program that the tests run. A test without one fails, and says in one line what to install.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match PROGRAM.get_or_init(find) {
        Ok(path) => path,
        Err(reason) => panic!("{reason}"),
    }
}

fn find() -> Result<PathBuf, String> {
    if let Some(path) = env::var_os("ZT_TERRAFORM").filter(|path| !path.is_empty()) {
        let path = PathBuf::from(path);
        return match is_executable(&path) {
            true => std::path::absolute(&path).map_err(|error| error.to_string()),
            false => Err(format!("ZT_TERRAFORM names {}, which is not a program", path.display())),
        };
    }
    if let Some(path) = on_path("terraform").or_else(|| on_path("tofu")) {
        return Ok(path);
    }
    wheel::terraform().map_err(|reason| {
        format!("no Terraform: put `terraform` or `tofu` on PATH, or set ZT_TERRAFORM to one, or install {reason}")
    })
}

/// The first program of this name on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
