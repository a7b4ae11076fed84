//! The pages of section 1: the program and its verbs, from the definition of the command line.

use clap::{Arg, ArgAction, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::page::{PREAMBLE, Page};
use super::{program, status, verbs};

/// `envgate(1)`.
pub(super) fn program(command: &Command) -> Page {
    let mut page = Page::new("envgate", '1', program::ABOUT);
    page.section("SYNOPSIS");
    let mut line = Roff::new();
    line.text([bold("envgate"), roman(" "), italic("VERB"), roman(" ["), italic("OPTION"), roman("]...")]);
    page.push(&line);
    page.sections(program::DESCRIPTION);
    page.section("VERBS");
    for verb in command.get_subcommands() {
        page.item(&format!("`envgate-{}`(1)", verb.get_name()), &about(verb));
    }
    options(&mut page, command);
    page.section("EXIT STATUS");
    status::write(&mut page);
    program::environment(&mut page);
    page.sections(program::FILES_AND_EXAMPLES);
    page
}

/// `envgate-VERB(1)`.
pub(super) fn verb(command: &Command) -> Page {
    let name = command.get_name();
    let mut page = Page::new(&format!("envgate-{name}"), '1', &about(command));
    page.section("SYNOPSIS");
    let whole = format!("envgate {name}");
    if command.has_subcommands() {
        for (at, step) in command.get_subcommands().enumerate() {
            let mut line = Roff::new();
            if at > 0 {
                line.control("br", []);
            }
            line.text(synopsis(&format!("{whole} {}", step.get_name()), step));
            page.push(&line);
        }
    } else {
        let mut line = Roff::new();
        line.text(synopsis(&whole, command));
        page.push(&line);
    }
    page.section("DESCRIPTION");
    page.text(&format!("{}.", about(command)));
    page.parts(verbs::description(name));
    options(&mut page, command);
    steps(&mut page, &whole, command);
    page.section("EXIT STATUS");
    page.text("The statuses are those of `envgate`(1).");
    page.sections(verbs::sections(name));
    page
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn options(page: &mut Page, command: &Command) {
    page.push_rendered(&rendered_options(command));
}

/// The steps of a verb that has some, each with its options: what it does, and what it takes.
fn steps(page: &mut Page, verb: &str, command: &Command) {
    for step in command.get_subcommands() {
        page.heading("SS", &format!("{verb} {}", step.get_name()));
        page.text(&format!("{}.", about(step)));
        // That there is a help was said of the verb.
        let options = rendered_options(&step.clone().mut_arg("help", |help| help.hide(true)));
        page.push_rendered(options.strip_prefix(OPTIONS).unwrap_or(&options));
    }
}

/// What `clap_mangen` puts before the options of a command.
const OPTIONS: &str = ".SH OPTIONS\n";

fn rendered_options(command: &Command) -> String {
    let mut roff = Vec::new();
    // Writing to memory does not fail.
    if Man::new(command.clone()).render_options_section(&mut roff).is_err() {
        return String::new();
    }
    let roff = String::from_utf8_lossy(&roff).replace(PREAMBLE, "");
    // Its empty line between two breaks is one blank line, and readers that check complain of it.
    roff.replace(".br\n\n.br\n", ".sp\n")
}

/// What is typed: every option with its value, what must be there first.
fn synopsis(typed: &str, command: &Command) -> Vec<Inline> {
    let is_offered = |argument: &&Arg| {
        let helps = matches!(
            argument.get_action(),
            ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
        );
        !argument.is_hide_set() && !helps
    };
    let options = || command.get_opts().filter(is_offered);
    let flags = command
        .get_arguments()
        .filter(is_offered)
        .filter(|argument| !argument.is_positional() && !argument.get_action().takes_values());
    let required = options().filter(|option| option.is_required_set());
    let optional = options().filter(|option| !option.is_required_set());
    let mut line = vec![bold(typed)];
    for argument in required.chain(optional).chain(flags).chain(command.get_positionals()) {
        line.push(roman(" "));
        line.extend(as_typed(argument));
    }
    line
}

fn as_typed(argument: &Arg) -> Vec<Inline> {
    let names = argument.get_value_names().unwrap_or_default();
    let value = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let mut typed = Vec::new();
    let flag = match (argument.get_short(), argument.get_long()) {
        (Some(short), _) => Some(format!("-{short}")),
        (None, Some(long)) => Some(format!("--{long}")),
        (None, None) => argument.is_last_set().then(|| "--".to_owned()),
    };
    let takes_value = argument.get_action().takes_values();
    let has_flag = flag.is_some();
    typed.extend(flag.map(bold));
    // An option that may stand alone, or before any number of values.
    let is_bare = has_flag && argument.get_num_args().is_some_and(|count| count.min_values() == 0);
    if is_bare && takes_value {
        typed.extend([roman(" ["), italic(value), roman("]...")]);
    } else if takes_value {
        if has_flag {
            typed.push(roman(" "));
        }
        typed.push(italic(value));
    }
    let repeats = matches!(argument.get_action(), ArgAction::Append) && takes_value && !is_bare;
    // Behind --, it is the last word that is repeated: a command and its arguments.
    if repeats && argument.is_last_set() {
        typed.extend([roman(" ["), italic("ARGUMENT"), roman("]...")]);
    }
    if !argument.is_required_set() {
        typed.insert(0, roman("["));
        typed.push(roman("]"));
    }
    if repeats && !argument.is_last_set() {
        typed.push(roman("..."));
    }
    typed
}
