//! Mounts and processes of one thread and its children, which nobody else sees and which end with it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

/// Empty folders where root's envgate keeps its own, and in the place of this one.
pub fn mounts(folder: &Path) {
    unshare(CloneFlags::CLONE_NEWNS).expect("a mount namespace");
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).expect("private mounts");
    // The journal's socket is hidden too: what is killed a thousand times is not for the machine's journal.
    for at in [Path::new("/var/lib"), Path::new("/var/log"), Path::new("/run"), folder] {
        mount(Some("tmpfs"), at, Some("tmpfs"), MsFlags::empty(), Some("mode=755")).expect("a tmpfs");
    }
}

/// The first of the processes: all others end with it.
pub struct Processes(Child);

impl Processes {
    /// Whatever the thread starts from here on sees no other process. It has mounts of its own.
    pub fn new() -> Self {
        unshare(CloneFlags::CLONE_NEWPID).expect("a process namespace");
        let script = "mount -t proc proc /proc && echo ready && exec sleep infinity";
        let mut first = Command::new("/bin/sh");
        first.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut first = Self(first.spawn().expect("a first process"));
        let mut said = String::new();
        let output = first.0.stdout.as_mut().expect("a pipe");
        BufReader::new(output).read_line(&mut said).expect("it speaks");
        assert_eq!(said, "ready\n");
        first
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
