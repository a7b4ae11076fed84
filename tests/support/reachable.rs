//! The program where any user may start it: a checkout below `/root` is closed to the users of a scenario.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

static COPY: Mutex<Option<&'static Path>> = Mutex::new(None);

/// The program itself, or a copy of it outside a folder that others may not pass through.
pub fn program() -> &'static Path {
    let program = Path::new(super::ENVGATE);
    let is_open = |path: &Path| fs::metadata(path).is_ok_and(|facts| facts.permissions().mode() & 0o001 != 0);
    if program.ancestors().all(is_open) {
        return program;
    }
    let mut copy = COPY.lock().expect("no test panicked while it copied");
    copy.get_or_insert_with(|| {
        let folder = tempfile::Builder::new().prefix("envgate-program-").tempdir().expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("chmod");
        let path: PathBuf = folder.keep().join("envgate");
        fs::copy(program, &path).expect("a copy of the program");
        Box::leak(path.into_boxed_path())
    })
}

/// Removes the copy, where one was made.
pub fn forget() {
    if let Some(copy) = COPY.lock().expect("no test panicked while it copied").take() {
        let _ = copy.parent().map(fs::remove_dir_all);
    }
}
