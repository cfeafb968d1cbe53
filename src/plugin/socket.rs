//! The unix socket: in a folder of its own that only this user may enter, gone with the value.

use std::fs::Permissions;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::net::UnixListener;

/// Longest path a socket can have, without its closing zero: 104 bytes on macOS and the BSDs, 108 on Linux.
const LONGEST_PATH: usize = 103;

/// Where folders go when the preferred place makes the path too long.
const SHORT_PLACE: &str = "/tmp";

/// A listening socket. Dropping it removes it from the file system, folder and all.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
    _folder: TempDir,
}

impl Socket {
    /// Listens in a fresh folder below `place`, or below `/tmp` if the path would be too long there.
    ///
    /// Must be called inside a tokio runtime. `place` is usually [`std::env::temp_dir`].
    pub fn listen(place: &Path) -> io::Result<Self> {
        let mut folder = private_folder(place)?;
        if folder.path().join("s").as_os_str().as_bytes().len() > LONGEST_PATH {
            folder = private_folder(Path::new(SHORT_PLACE))?;
        }
        let path = folder.path().join("s");
        let listener = UnixListener::bind(&path)?;
        // Nobody else gets into the folder, and nobody else may dial the socket if it ever stands elsewhere.
        std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(Self { listener, path, _folder: folder })
    }

    /// The socket's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The listener.
    pub(super) fn listener(&self) -> &UnixListener {
        &self.listener
    }
}

/// A folder that nobody else may look into from the moment it exists.
fn private_folder(place: &Path) -> io::Result<TempDir> {
    tempfile::Builder::new().prefix("zt-").permissions(Permissions::from_mode(0o700)).tempdir_in(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn folder_and_socket_are_private_and_go_away() {
        let place = tempfile::tempdir().unwrap();
        let socket = Socket::listen(place.path()).unwrap();
        let folder = socket.path().parent().unwrap().to_owned();
        assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o7777, 0o700);
        let mode = std::fs::metadata(socket.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "the socket is private by itself");
        drop(socket);
        assert!(!folder.exists());
    }

    #[tokio::test]
    async fn a_long_place_falls_back_to_a_short_one() {
        let place = tempfile::tempdir().unwrap();
        let long = place.path().join("x".repeat(120));
        std::fs::create_dir(&long).unwrap();
        let socket = Socket::listen(&long).unwrap();
        assert!(socket.path().starts_with(SHORT_PLACE));
        assert!(!socket.path().starts_with(&long));
        assert_eq!(std::fs::read_dir(&long).unwrap().count(), 0, "the folder that was too long is removed");
    }
}
