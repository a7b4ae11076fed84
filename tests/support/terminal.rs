//! A real terminal: a pseudo-terminal that the program under test controls.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Scenario;
use super::pseudo_terminal::PseudoTerminal;

/// A program on a terminal, and a person in front of it.
pub struct Terminal {
    pub keyboard: File,
    pub screen: String,
    pub child: Child,
    pub scenario: Scenario,
}

impl Terminal {
    /// A launch.
    pub fn start(scenario: Scenario, mode: &str) -> Self {
        Self::start_with_keys(scenario, mode, "")
    }

    /// With keys that were hit before the program is there.
    pub fn start_with_keys(scenario: Scenario, mode: &str, keys: &str) -> Self {
        let command = scenario.prepared(mode);
        Self::of(scenario, command, keys)
    }

    /// Any program, in a session of its own.
    pub fn of(scenario: Scenario, mut command: Command, keys: &str) -> Self {
        let PseudoTerminal { controller: mut keyboard, program } = PseudoTerminal::open();
        keyboard.write_all(keys.as_bytes()).expect("typed");
        let end = || Stdio::from(program.try_clone().expect("a descriptor"));
        command.stdin(end()).stdout(end()).stderr(end());
        #[allow(unsafe_code, reason = "the terminal becomes the session's between fork and exec")]
        // SAFETY: system calls only.
        unsafe {
            command.pre_exec(|| {
                for ignored in [nix::libc::SIGINT, nix::libc::SIGQUIT, nix::libc::SIGHUP] {
                    // Whoever runs the tests in the background may have set it so.
                    nix::libc::signal(ignored, nix::libc::SIG_DFL);
                }
                nix::unistd::setsid()?;
                nix::errno::Errno::result(nix::libc::ioctl(0, nix::libc::TIOCSCTTY, 0))?;
                Ok(())
            });
        }
        let child = command.spawn().expect("the program starts");
        drop((command, program));
        let flags = nix::fcntl::OFlag::O_NONBLOCK;
        nix::fcntl::fcntl(&keyboard, nix::fcntl::FcntlArg::F_SETFL(flags)).expect("a flag");
        Self { keyboard, screen: String::new(), child, scenario }
    }

    /// Waits until the screen shows this so many times.
    #[track_caller]
    pub fn shows(&mut self, text: &str, times: usize) -> &mut Self {
        let start = Instant::now();
        while self.screen.matches(text).count() < times {
            assert!(start.elapsed() < Duration::from_secs(20), "no {text:?} ({times}) on:\n{}", self.screen);
            self.look();
        }
        self
    }

    /// Whether there was something new to see.
    pub fn look(&mut self) -> bool {
        let mut bytes = [0; 4096];
        match self.keyboard.read(&mut bytes) {
            Ok(length) => self.screen.push_str(&String::from_utf8_lossy(&bytes[..length])),
            Err(_) => {
                std::thread::sleep(Duration::from_millis(2));
                return false;
            }
        }
        true
    }

    pub fn types(&mut self, keys: &str) -> &mut Self {
        self.keyboard.write_all(keys.as_bytes()).expect("typed");
        self
    }

    /// The exit status; none where a signal ended it.
    pub fn ends(&mut self) -> Option<i32> {
        let start = Instant::now();
        loop {
            self.look();
            if let Some(status) = self.child.try_wait().expect("a child") {
                while self.look() {}
                return status.code();
            }
            assert!(start.elapsed() < Duration::from_secs(20), "it does not end:\n{}", self.screen);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
