//! The program: standard streams and signals as they were inherited, arguments to an action, and the one exit.
//!
//! There is no `fn main`: std's start would set SIGPIPE to be ignored and open `/dev/null` on closed standard
//! streams, and the worker would inherit both.
#![no_main]
#![deny(clippy::disallowed_methods, clippy::disallowed_macros)]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ffi::{CStr, OsStr, OsString, c_char, c_int};
use std::os::unix::ffi::OsStrExt;

use envgate::caller::Caller;
use envgate::cli::{self, Action, Audit, CheckSubject};
use envgate::error::{Error, Status};
use envgate::launch::{self, NotLaunched};
use envgate::screen::Screen;
use envgate::{announce, exec, output, verbs};

/// Where libc starts the program.
///
/// # Safety
/// libc calls it once, with `argc` C strings behind `argv`.
#[allow(unsafe_code, reason = "the C entry point; see the head of this file")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    let count = usize::try_from(argc).unwrap_or(0);
    // SAFETY: libc passes `argc` pointers to NUL-terminated strings that live as long as the process.
    let arguments = (0..count).map(|index| unsafe { CStr::from_ptr(*argv.add(index)) });
    let arguments = arguments.map(|argument| OsStr::from_bytes(argument.to_bytes()).to_owned()).collect();
    c_int::from(run(arguments).code())
}

fn run(arguments: Vec<OsString>) -> Status {
    if let Err(error) = envgate::start::protect() {
        return fail(&error.into());
    }
    let is_launch = arguments.get(1).is_some_and(|word| word == "exec");
    let action = match cli::parse(arguments) {
        Ok(action) => action,
        Err(usage) if usage.is_request() => {
            output::print(&usage.text());
            return Status::Fine;
        }
        Err(usage) => {
            if is_launch {
                announce::unusable(&Caller::snapshot());
            }
            output::complain(&usage.text());
            return Status::Usage;
        }
    };
    let caller = Caller::snapshot();
    match act(action, &caller) {
        Ok(status) => status,
        Err(error) => fail(&error),
    }
}

fn act(action: Action, caller: &Caller) -> anyhow::Result<Status> {
    match action {
        Action::Exec(inputs) => {
            let Err(reason) = launch::exec(&inputs, caller, |findings| {
                output::complain_of(findings, caller);
            });
            match reason {
                NotLaunched::Refused(findings) => {
                    output::complain(&output::refusal_as_text(&findings, Screen::of_complaints(caller)));
                    Ok(findings.status().unwrap_or(Status::Software))
                }
                NotLaunched::Failed(error) => Err(error.into()),
            }
        }
        Action::Check(check) => match check.subject {
            CheckSubject::Inputs(inputs) => {
                Ok(verbs::check::check(&inputs, caller, check.strict, check.json))
            }
            CheckSubject::AllModes(inputs) => {
                Ok(verbs::all_modes::check(&inputs, caller, check.strict, check.json))
            }
            CheckSubject::Unit { name, mode } => Ok(verbs::check_unit::check(
                &name,
                mode.as_deref(),
                caller,
                cli::launch_of,
                check.strict,
                check.json,
            )?),
        },
        Action::Status(status) => Ok(verbs::status::status(&status.inputs, caller, status.all, status.json)),
        Action::Render(render) => Ok(verbs::render::render(&render.inputs, caller, render.shown)?),
        Action::Workers(asked) => Ok(verbs::workers::workers(&asked.units, caller, asked.json)?),
        Action::Rotate(rotate) => Ok(verbs::rotate::rotate(rotate, caller, cli::launch_of)),
        Action::Audit(Audit::Show { filters, json }) => Ok(verbs::audit::show(&filters, caller, json)?),
        Action::Audit(Audit::Verify { json }) => Ok(verbs::audit::verify(caller, json)?),
        Action::Ages(options) => Ok(verbs::ages::ages(&options, caller)),
        Action::Become(order) => Ok(exec::run::stand_in(&order)),
        Action::Completions(shell) => {
            verbs::completions::print(shell, cli::command());
            Ok(Status::Fine)
        }
        Action::Man(page) => Ok(verbs::man::print(page.as_deref(), cli::command())),
        Action::Lint(lint) => Ok(verbs::lint::lint(&lint.files, &lint.options, caller)),
        Action::Init(init) => Ok(verbs::init::init(&init, caller)),
    }
}

/// An error that no gate foresaw: the chain of reasons, and the status of the first that has one.
fn fail(error: &anyhow::Error) -> Status {
    output::complain(&format!("envgate: {error:#}\n"));
    error.downcast_ref::<Error>().map_or(Status::Software, Error::exit_status)
}
