//! The man pages: one for the program, one for each verb of the command line, and one for each language that a
//! person writes. The options come from the definition that parses them; the texts stand here as data.

mod ages;
mod command;
mod config;
mod config_keys;
mod env_file;
mod gates;
mod page;
mod policy;
mod program;
mod rotate;
mod status;
mod verbs;

use clap::Command;

use crate::error::Status;
use crate::output;
use page::Page;

/// Prints a page, or the list of them: `envgate-exec.1`, one in a line.
#[must_use]
pub fn print(asked: Option<&str>, command: Command) -> Status {
    let pages = pages(command);
    let Some(asked) = asked else {
        let names: Vec<String> = pages.iter().map(|page| page.file_name() + "\n").collect();
        output::print(&names.concat());
        return Status::Fine;
    };
    match pages.iter().find(|page| page.name() == asked || page.file_name() == asked) {
        Some(page) => {
            output::print(&page.render());
            Status::Fine
        }
        None => {
            output::complain("envgate: there is no such page; envgate man lists them\n");
            Status::Usage
        }
    }
}

/// All pages, each with the others that belong to it under SEE ALSO.
fn pages(mut command: Command) -> Vec<Page> {
    command.build();
    let mut pages = vec![command::program(&command)];
    pages.extend(command.get_subcommands().map(command::verb));
    pages.extend([config::page(), env_file::page(), policy::page(), gates::page()]);
    let references: Vec<String> = pages.iter().map(Page::reference).collect();
    for (at, page) in pages.iter_mut().enumerate() {
        let others = references.iter().enumerate().filter(|(other, _)| *other != at);
        let others: Vec<&str> = others.map(|(_, reference)| reference.as_str()).collect();
        page.section("SEE ALSO");
        page.text(&others.join(", "));
    }
    pages
}
