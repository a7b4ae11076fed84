//! The services that run under envgate, whatever their processes say of themselves: all of them in one question.

use std::path::Path;

use super::ask::ask;
use crate::error::Error;

/// A service whose `ExecStart=` is envgate, with its main process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its full name.
    pub name: String,
    /// Its main process, as the system's manager counts.
    pub main_pid: u32,
    /// The number of its user.
    pub uid: u32,
}

/// Asks the system's manager. `None` where this host was not booted with systemd (`sd_booted(3)`).
pub fn running() -> Result<Option<Vec<Running>>, Error> {
    if !Path::new("/run/systemd/system").exists() {
        return Ok(None);
    }
    let shown = ask("systemctl", &["show", "--property=Id,MainPID,UID,ExecStart", "--", "*.service"])?;
    Ok(Some(parse(&String::from_utf8_lossy(&shown))))
}

/// A block of `NAME=value` lines for each unit, with an empty line between two. Of a command line only the program's
/// path is told apart from the rest.
fn parse(shown: &str) -> Vec<Running> {
    let service = |block: &str| {
        let value = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        let program = value("ExecStart")?.strip_prefix("{ path=")?.split(" ; argv[]=").next()?;
        if Path::new(program).file_name()? != "envgate" {
            return None;
        }
        let main_pid = value("MainPID")?.parse().ok().filter(|pid| *pid != 0)?;
        // Not set where the unit names no user: root's then.
        let uid = value("UID").and_then(|uid| uid.parse().ok()).unwrap_or(0);
        Some(Running { name: value("Id")?.to_owned(), main_pid, uid })
    };
    shown.split("\n\n").filter_map(service).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_found_by_its_program_and_its_process() {
        let block = |name: &str, pid: u32, program: &str| {
            let uid = if pid == 6 { "[not set]" } else { "990" };
            format!(
                "MainPID={pid}\nUID={uid}\nExecStart={{ path={program} ; argv[]={program} exec -m live -- envgate ; \
                 ignore_errors=no ; start_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }}\nId={name}\n"
            )
        };
        let shown = [
            block("pine@ES.service", 4711, "/usr/local/bin/envgate"),
            block("stopped.service", 0, "/usr/local/bin/envgate"),
            block("other.service", 5, "/usr/bin/python3"),
            "MainPID=0\nId=no-command.service\n".to_owned(),
            block("last.service", 6, "envgate"),
        ];
        let found = parse(&shown.join("\n"));
        let names: Vec<(&str, u32, u32)> =
            found.iter().map(|service| (service.name.as_str(), service.main_pid, service.uid)).collect();
        assert_eq!(names, [("pine@ES.service", 4711, 990), ("last.service", 6, 0)]);
    }
}
