//! The process between us and the command: it gives up root's rights where it has them, and becomes the command. It
//! is a hidden verb of the program (`envgate become`), since a process may only change its own user, and the few
//! lines between fork and exec cannot do that safely.
//!
//! It opens nothing but `/dev/null`, and is of no use to anybody but root: for its own user, a program can be run
//! without it.

use std::ffi::{CStr, CString, OsString};
use std::os::unix::ffi::OsStringExt;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::prctl;
use nix::sys::stat::Mode;
use nix::unistd::{self, Gid, Pid, Uid};
use rustix::thread::{CapabilitySet, CapabilitySets};
use zeroize::Zeroizing;

use super::letter::{Letter, Step};
use super::runs_as::{OtherUser, RunsAs};
use crate::error::Status;
use crate::exec::command::Program;
use crate::output;

/// The verb.
const VERB: &CStr = c"become";
/// The variable that names the worker's own process.
const PROCESS: &[u8] = b"ENVGATE_PID=";

/// What to become.
#[derive(Debug)]
pub struct Order {
    /// As whom; none for the user that started us.
    pub user: Option<OtherUser>,
    /// The program, as `execve` takes it.
    pub program: CString,
    /// Its arguments, its name the first.
    pub arguments: Vec<CString>,
}

impl Order {
    /// The order to run this program.
    pub(super) fn new(runs_as: &RunsAs, program: &Program) -> Self {
        let user = match runs_as {
            RunsAs::Caller => None,
            RunsAs::Other(user) => Some(user.clone()),
        };
        Self { user, program: program.path.clone(), arguments: program.arguments.clone() }
    }

    /// The order that a command line gives; none where a word is missing or holds a NUL.
    #[must_use]
    pub fn of_words(user: Option<OtherUser>, words: Vec<OsString>) -> Option<Self> {
        let mut words = words.into_iter().map(|word| CString::new(word.into_vec()));
        let program = words.next()?.ok()?;
        let arguments: Vec<CString> = words.collect::<Result<_, _>>().ok()?;
        (!arguments.is_empty()).then_some(Self { user, program, arguments })
    }

    /// The command line that gives this order.
    pub(super) fn words(&self) -> Vec<CString> {
        let mut words = vec![c"envgate".to_owned(), VERB.to_owned()];
        if let Some(OtherUser { uid, gid, groups }) = &self.user {
            let groups: Vec<String> = groups.iter().map(Gid::to_string).collect();
            let flags =
                [("--user", uid.to_string()), ("--group", gid.to_string()), ("--groups", groups.join(","))];
            // No number holds a NUL.
            let flag = |(name, value)| CString::new(format!("{name}={value}")).unwrap_or_default();
            words.extend(flags.map(flag));
        }
        words.push(c"--".to_owned());
        words.push(self.program.clone());
        words.extend(self.arguments.iter().cloned());
        words
    }
}

/// Becomes the command. Returns only where that was refused or failed; whoever sent the letter hears why.
#[must_use]
pub fn stand_in(order: &Order) -> Status {
    if order.user.is_some() && !Uid::effective().is_root() {
        output::complain("envgate: become is a step of rotate as root: only root may become another user\n");
        return Status::NoPermission;
    }
    let Some(letter) = Letter::received() else {
        output::complain(
            "envgate: become is a step of rotate, which hands over the environment on its input\n",
        );
        return Status::Usage;
    };
    let (step, errno) = match letter.environment() {
        Ok(environment) => take_its_place(order, &environment),
        Err(errno) => (Step::Read, errno),
    };
    letter.report(step, errno);
    Status::SystemFault
}

/// Becomes the command, or says at which step that failed.
fn take_its_place(order: &Order, environment: &Zeroizing<Vec<u8>>) -> (Step, Errno) {
    if let Err(failure) = prepare(order.user.as_ref()) {
        return failure;
    }
    // Exec gives a worker the number of its own process, and so do we: whoever looks at this host's processes takes
    // this one for what it is, and not for a left over child.
    let process = CString::new([PROCESS, Pid::this().to_string().as_bytes()].concat()).unwrap_or_default();
    let strings: Vec<&CStr> = strings(environment)
        .map(|string| if string.to_bytes().starts_with(PROCESS) { &process } else { string })
        .collect();
    let Err(errno) = unistd::execve(&order.program, &order.arguments, &strings);
    (Step::Execute, errno)
}

/// The strings of a block, each ended by its NUL.
fn strings(block: &[u8]) -> impl Iterator<Item = &CStr> {
    block.split_inclusive(|byte| *byte == 0).filter_map(|string| CStr::from_bytes_with_nul(string).ok())
}

fn prepare(user: Option<&OtherUser>) -> Result<(), (Step, Errno)> {
    let at = |step: Step| move |errno: Errno| (step, errno);
    // Without our terminal, so that it cannot type into it (TIOCSTI, ioctl_tty(2)), and a group that ends as one.
    unistd::setsid().map_err(at(Step::Session))?;
    // The letter is held by another descriptor, which closes by itself.
    let null = open("/dev/null", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty());
    null.and_then(unistd::dup2_stdin).map_err(at(Step::Input))?;
    let Some(OtherUser { uid, gid, groups }) = user else { return Ok(()) };
    unistd::setgroups(groups).map_err(at(Step::Groups))?;
    unistd::setresgid(*gid, *gid, *gid).map_err(at(Step::Group))?;
    prctl::set_keepcaps(false).map_err(at(Step::Capabilities))?;
    unistd::setresuid(*uid, *uid, *uid).map_err(at(Step::User))?;
    // A new user makes a process dumpable again, where fs.suid_dumpable says so.
    prctl::set_dumpable(false).map_err(at(Step::Dumpable))?;
    let none = CapabilitySet::empty();
    let none = CapabilitySets { effective: none, permitted: none, inheritable: none };
    rustix::thread::set_capabilities(None, none)
        .map_err(|error| (Step::Capabilities, Errno::from_raw(error.raw_os_error())))?;
    prctl::set_no_new_privs().map_err(at(Step::NoNewPrivileges))?;
    if has_a_way_back(*uid, *gid, groups) { Err((Step::WayBack, Errno::EPERM)) } else { Ok(()) }
}

/// Whether anything of root is left: asked of the kernel, and tried.
fn has_a_way_back(uid: Uid, gid: Gid, groups: &[Gid]) -> bool {
    let users = unistd::getresuid().map(|ids| [ids.real, ids.effective, ids.saved]);
    let of_group = unistd::getresgid().map(|ids| [ids.real, ids.effective, ids.saved]);
    let sorted = |groups: &[Gid]| {
        let mut numbers: Vec<u32> = groups.iter().map(|group| group.as_raw()).collect();
        numbers.sort_unstable();
        numbers
    };
    let all = unistd::getgroups();
    users != Ok([uid; 3])
        || of_group != Ok([gid; 3])
        || all.map(|all| sorted(&all)) != Ok(sorted(groups))
        || unistd::setuid(Uid::from_raw(0)).is_ok()
        || unistd::setgroups(&[]).is_ok()
}
