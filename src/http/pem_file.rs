//! PEM files that a configuration names: keys and certificate authorities.

use std::fs::OpenOptions;
use std::io::{Error, ErrorKind, Read, Result};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::OFlag;

/// The largest file that is read, in bytes. All authorities of a system together are a quarter of a mebibyte.
const LARGEST: u64 = 4 << 20;

/// Reads a file that holds PEM. A path may lead anywhere: to a device that never ends, or to a pipe that nobody writes
/// into, for which the whole process would wait.
///
/// # Errors
/// What the system says; and of what is no file or too large, that it is.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    // Without O_NONBLOCK a pipe is not even opened before somebody writes.
    let file = OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::new(ErrorKind::FileTooLarge, "it is larger than 4 MiB, so it is no PEM file"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_what_never_ends_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, "-----BEGIN").unwrap();
        assert_eq!(read(&file).unwrap(), b"-----BEGIN");
        let pipe = folder.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        for never_ends in [&pipe, Path::new("/dev/zero"), folder.path()] {
            let problem = read(never_ends).unwrap_err().to_string();
            assert_eq!(problem, "it is not a regular file", "{}", never_ends.display());
        }
        OpenOptions::new().write(true).open(&file).unwrap().set_len(LARGEST + 1).unwrap();
        let problem = read(&file).unwrap_err().to_string();
        assert!(problem.contains("4 MiB"), "{problem}");
        assert!(read(&folder.path().join("missing")).is_err());
    }
}
