//! Descriptors: the worker has those of the caller and the one that delivers its config, and no other of ours.

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;

use nix::sys::resource::{Resource, setrlimit};

use crate::support::Scenario;
use crate::worker::{SLEEP, Worker, configured, plain, unchanged};

/// Every way to start with closed standard streams: they stay closed, and nothing of ours takes their place.
#[test]
fn closed_standard_streams_stay_closed_and_nothing_of_ours_takes_their_place() {
    for closed in 0..8_i32 {
        let is_closed = move |stream: i32| closed >> stream & 1 == 1;
        let worker = Worker::start(configured(), move || {
            for stream in (0..3).filter(|stream| is_closed(*stream)) {
                nix::unistd::close(stream)?;
            }
            Ok(())
        });
        let open = worker.descriptors();
        let mut expected: Vec<(i32, String)> = (0..3)
            .filter(|stream| !is_closed(*stream))
            .map(|stream| (stream, "/dev/null".to_owned()))
            .collect();
        expected.push((open.last().map_or(0, |last| last.0), "/memfd:envgate-config (deleted)".to_owned()));
        assert_eq!(open, expected, "closed: {closed:03b}");
        assert!(open.last().is_some_and(|memfd| memfd.0 > 2), "{open:?}");
    }
}

#[test]
fn a_refusal_is_written_into_no_file_that_took_a_closed_stream() {
    // Standard error is closed, and the env file would be the next descriptor.
    let scenario = Scenario::new().env_file("pine.paper.env", "KEY=good\n").mode(0o644).command(SLEEP);
    let mut command = scenario.prepared("paper");
    #[allow(unsafe_code, reason = "the streams are closed between fork and exec")]
    // SAFETY: system calls only.
    unsafe {
        command.pre_exec(|| {
            for stream in 0..3 {
                nix::unistd::close(stream)?;
            }
            Ok(())
        });
    }
    assert_eq!(command.status().expect("the program starts").code(), Some(77));
    assert_eq!(fs::read(scenario.path("pine.paper.env")).expect("the file"), b"KEY=good\n");
}

#[test]
fn inherited_descriptors_are_kept_and_none_of_ours_is_added() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let (from, to) = (reader.as_raw_fd(), writer.as_raw_fd());
    // Numbers that envgate itself would take, and one far above.
    let places = [3, 4, 7, 100];
    let worker = Worker::start(plain(), move || {
        // Copies first, so that no place overwrites what it is copied from.
        #[allow(unsafe_code, reason = "raw numbers are what is tested")]
        // SAFETY: system calls on numbers that are open.
        unsafe {
            let (from, to) = (
                nix::libc::fcntl(from, nix::libc::F_DUPFD, 200),
                nix::libc::fcntl(to, nix::libc::F_DUPFD, 200),
            );
            for (index, place) in places.iter().enumerate() {
                nix::libc::dup2(if index % 2 == 0 { from } else { to }, *place);
            }
            nix::libc::close(from);
            nix::libc::close(to);
        }
        Ok(())
    });
    let open = worker.descriptors();
    let numbers: Vec<i32> = open.iter().map(|(number, _)| *number).filter(|number| *number > 2).collect();
    assert_eq!(numbers, places, "{open:?}");
    assert!(open.iter().filter(|(number, _)| *number > 2).all(|(_, target)| target.starts_with("pipe:")));
}

#[test]
fn the_memfd_is_sealed_private_and_read_through_its_path() {
    let script = "cat $ENVGATE_CONFIG; cat $ENVGATE_CONFIG; stat -L -c %a $ENVGATE_CONFIG; \
                  (echo more >> $ENVGATE_CONFIG) 2>/dev/null || echo no append; \
                  (: > $ENVGATE_CONFIG) 2>/dev/null || echo no truncation; \
                  chmod u+w $ENVGATE_CONFIG; \
                  (printf X 1<> $ENVGATE_CONFIG) 2>/dev/null || echo no change; \
                  chmod +x $ENVGATE_CONFIG 2>/dev/null; \
                  test -x $ENVGATE_CONFIG && echo executable; cat $ENVGATE_CONFIG";
    Scenario::new()
        .env_file("pine.paper.env", "KEY=good\n")
        .config("key: ${KEY}\n")
        .shell(script)
        .run("paper")
        .launched()
        .printed("key: \"good\"\nkey: \"good\"\n400\nno append\nno truncation\nno change\nkey: \"good\"\n");
}

#[test]
fn the_memfd_stands_above_the_descriptors_that_were_passed() {
    let worker = Worker::start(configured(), unchanged);
    let path =
        worker.environment().iter().find_map(|word| word.strip_prefix("ENVGATE_CONFIG=").map(str::to_owned));
    let number: i32 =
        path.expect("the variable").rsplit('/').next().expect("a number").parse().expect("a number");
    assert_eq!(worker.descriptors().last().map(|last| last.0), Some(number));
    let seals = fs::read_to_string(worker.proc(&format!("fdinfo/{number}"))).expect("the descriptor");
    let flags = seals.lines().find_map(|line| line.strip_prefix("flags:")).expect("flags").trim().to_owned();
    // O_CLOEXEC (02000000) would close it for the worker's own children, who read the config too.
    assert_eq!(i64::from_str_radix(&flags, 8).expect("octal") & 0o2_000_000, 0);
}

/// Without descriptors the launch is a fault of the system, never a panic and never a half one.
#[test]
fn too_few_descriptors_are_status_71() {
    let mut seen = Vec::new();
    for limit in 3..16_u64 {
        let scenario = configured().command(["/bin/echo", "started"]);
        let mut command = scenario.prepared("paper");
        #[allow(unsafe_code, reason = "a limit is set between fork and exec")]
        // SAFETY: one system call.
        unsafe {
            command.pre_exec(move || Ok(setrlimit(Resource::RLIMIT_NOFILE, limit, limit)?));
        }
        let output = command.output().expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("fault of envgate's own") && !said.contains("good"), "{said}");
        let status = output.status.code();
        match status {
            Some(0) => assert_eq!(output.stdout, b"started\n"),
            Some(71) => {
                assert!(
                    output.stdout.is_empty() && !said.is_empty() && !said.contains("does not exist"),
                    "{said}"
                );
            }
            // The loader of a dynamic program, ours or the worker's, has no descriptor for its libraries.
            Some(127) => assert!(said.contains("error while loading shared libraries"), "{said}"),
            status => panic!("{limit}: {status:?} {said}"),
        }
        seen.push(status);
    }
    assert!(seen.contains(&Some(71)) && seen.contains(&Some(0)), "{seen:?}");
}
