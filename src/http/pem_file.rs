//! PEM files that a configuration names: keys and certificate authorities.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::path::Path;

/// The largest file that is read, in bytes. All authorities of a system together are a quarter of a mebibyte.
const LARGEST: u64 = 4 << 20;

/// Reads a file that holds PEM. A path may lead anywhere, to a device that never ends too.
///
/// # Errors
/// What the system says; and of a file that is too large, that it is.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
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
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "-----BEGIN").unwrap();
        assert_eq!(read(file.path()).unwrap(), b"-----BEGIN");
        let problem = read(Path::new("/dev/zero")).unwrap_err().to_string();
        assert!(problem.contains("4 MiB"), "{problem}");
        assert!(read(&file.path().join("missing")).is_err());
    }
}
