//! On what it was measured.

use std::fmt;
use std::fs;
use std::process::Command;
use std::thread;

use serde_json::{Value, json};

use crate::harness::terraform;

/// A machine and the Terraform on it.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_mib: u64,
    pub(crate) system: String,
    pub(crate) terraform: String,
}

impl Machine {
    pub(crate) fn this() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let memory = field(&read("/proc/meminfo"), "MemTotal");
        let kilobytes: u64 = memory.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0);
        let said = Command::new(terraform::program()).arg("version").env("CHECKPOINT_DISABLE", "1").output();
        let said = said.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        let processor = Some(field(&read("/proc/cpuinfo"), "model name")).filter(|name| !name.is_empty());
        Self {
            processor: processor.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory_mib: kilobytes / 1024,
            system: format!("{} {}", std::env::consts::OS, read("/proc/sys/kernel/osrelease").trim()),
            terraform: said.lines().find(|line| line.contains(" v")).unwrap_or("Terraform").to_owned(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({"processor": self.processor, "cores": self.cores, "memory_mib": self.memory_mib,
            "system": self.system, "terraform": self.terraform})
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { processor, cores, memory_mib, system, terraform } = self;
        write!(f, "{processor}, {cores} cores, {memory_mib} MiB, {system}, {terraform}")
    }
}
