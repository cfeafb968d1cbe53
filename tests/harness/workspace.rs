//! A private folder in which `terraform` runs with an environment of its own.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::process::{self, Output};
use super::terraform;

/// The provider's address as configurations write it.
pub const SOURCE: &str = "zt-okta/zt";
/// No single command of a test takes longer than this, unless it hangs.
pub const LIMIT: Duration = Duration::from_secs(180);

/// How Terraform finds the built provider. In both it starts the program itself and negotiates with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installation {
    /// `dev_overrides`: no `init`, no lock file.
    Override,
    /// A filesystem mirror, from which `terraform init` installs as it would from a registry.
    Mirror,
}

/// The folder; it goes with the value, unless the test failed.
pub struct Workspace {
    folder: TempDir,
    /// Found once, on the test's own thread; see [`feature`](super::feature).
    program: &'static Path,
    environment: BTreeMap<String, String>,
}

impl Workspace {
    /// An empty configuration that finds the provider at `plugin`.
    pub fn new(plugin: &Path, installation: Installation) -> Self {
        let folder = tempfile::Builder::new().prefix("zt-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let root = folder.path();
        for name in ["home", "config", "plugins"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        let plugins = root.join("plugins");
        let settings = match installation {
            Installation::Override => {
                symlink(plugin, plugins.join("terraform-provider-zt")).unwrap();
                format!(
                    "provider_installation {{\n  dev_overrides {{\n    {SOURCE:?} = {plugins:?}\n  }}\n  direct {{}}\n}}\n"
                )
            }
            Installation::Mirror => {
                install(plugin, &plugins);
                format!("provider_installation {{\n  filesystem_mirror {{\n    path = {plugins:?}\n  }}\n}}\n")
            }
        };
        fs::write(root.join("terraform.rc"), settings).unwrap();
        let mut workspace = Self { program: terraform::program(), environment: BTreeMap::new(), folder };
        let root = workspace.folder.path().to_owned();
        for (name, value) in [
            ("HOME", root.join("home")),
            ("TF_CLI_CONFIG_FILE", root.join("terraform.rc")),
            ("TF_DATA_DIR", root.join("data")),
        ] {
            workspace.set_env(name, &value.to_string_lossy());
        }
        for (name, value) in [("CHECKPOINT_DISABLE", "1"), ("TF_IN_AUTOMATION", "1"), ("TF_INPUT", "0")] {
            workspace.set_env(name, value);
        }
        workspace
    }

    /// The folder that holds the configuration and the state.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    /// A path beside the configuration, for plans and second states.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path beside the configuration that nobody had before.
    pub fn beside_anew(&self, suffix: &str) -> PathBuf {
        let made = tempfile::Builder::new().suffix(suffix).tempfile_in(self.folder.path()).unwrap();
        made.into_temp_path().keep().unwrap()
    }

    /// The program in the mirror from which Terraform's own registry is answered.
    pub fn mirrored(&self) -> PathBuf {
        mirrored(&self.folder.path().join("plugins"), "registry.terraform.io")
    }

    /// Sets a variable for the commands from now on. They see these and PATH, nothing of the test's own environment.
    pub fn set_env(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Unsets a variable for the commands from now on.
    pub fn remove_env(&mut self, name: &str) {
        self.environment.remove(name);
    }

    /// `terraform` with these arguments, ready to be started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command_of(self.program);
        command.args(arguments);
        command
    }

    /// Any program with the environment and in the folder of the commands.
    pub fn command_of(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.config()).env_clear().envs(&self.environment);
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command
    }

    /// The `terraform` that it runs.
    pub fn program(&self) -> &Path {
        self.program
    }

    /// `terraform` with these arguments, run to its end.
    #[track_caller]
    pub fn terraform(&self, arguments: &[&str]) -> Output {
        process::run(self.command(arguments), LIMIT)
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if thread::panicking() {
            self.folder.disable_cleanup(true);
            eprintln!("the workspace is kept: {}", self.folder.path().display());
        }
    }
}

/// Lays the mirror out for the registries of Terraform and of OpenTofu, whose default hosts differ.
fn install(plugin: &Path, mirror: &Path) {
    for host in ["registry.terraform.io", "registry.opentofu.org"] {
        let program = mirrored(mirror, host);
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        symlink(plugin, program).unwrap();
    }
}

/// Where the mirror has the program for this machine.
fn mirrored(mirror: &Path, host: &str) -> PathBuf {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let os = if os == "macos" { "darwin" } else { os };
    let arch = match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let version = env!("CARGO_PKG_VERSION");
    let folder = mirror.join(host).join(SOURCE).join(version).join(format!("{os}_{arch}"));
    folder.join(format!("terraform-provider-zt_v{version}"))
}
