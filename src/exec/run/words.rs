//! A command that is one word of our command line (`--verify 'check --key X'`): its words, and never a shell.

use std::ffi::OsString;

use crate::finding::{Finding, Gate};

/// What a shell obeys where it stands as a word of its own.
const OPERATORS: [&str; 14] =
    ["|", "||", "|&", "&", "&&", ";", ";;", ">", ">>", "<", "<<", "<<<", "2>", "2>&1"];

/// Splits it as a shell does, quotes and backslashes obeyed and nothing expanded. `option` is named where it cannot be.
pub fn words(option: &str, command: &str) -> Result<Vec<OsString>, Finding> {
    let refusal = |what: String| Finding::refuses(Gate::Usage, what);
    let words = shell_words::split(command).map_err(|_| {
        refusal(format!("a quote in {option} is not closed"))
            .why("where its last word ends is not known")
            .mend(format!("close it: {option} '/path/to/program \"one word\" another'"))
    })?;
    if words.is_empty() {
        return Err(refusal(format!("{option} names no command"))
            .why("there is nothing to run")
            .mend(format!("write it as one word: {option} '/path/to/program argument'")));
    }
    // Where nothing is quoted, an operator is meant as one; a quoted one is a word like others.
    let is_plain = !command.contains(['\'', '"', '\\']);
    if let Some(operator) = words.iter().find(|word| is_plain && OPERATORS.contains(&word.as_str())) {
        return Err(refusal(format!("{option} has the operator {operator}, and no shell reads it"))
            .why("the program would get it as an argument")
            .mend(format!("put it into a script, or write {option} '/bin/sh -c \"…\"'")));
    }
    Ok(words.into_iter().map(OsString::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_as_a_shell_does_and_nothing_is_expanded() {
        for (command, expected) in [
            ("/bin/check", &["/bin/check"][..]),
            ("  /bin/check  --key\tX ", &["/bin/check", "--key", "X"]),
            ("/bin/check 'two words' \"it's\" a\\ b ''", &["/bin/check", "two words", "it's", "a b", ""]),
            ("/bin/check $HOME *.env ~ `id`", &["/bin/check", "$HOME", "*.env", "~", "`id`"]),
            ("/bin/sh -c 'a | b && c'", &["/bin/sh", "-c", "a | b && c"]),
            ("/bin/grep '|' file", &["/bin/grep", "|", "file"]),
            ("/bin/echo é", &["/bin/echo", "é"]),
        ] {
            let expected: Vec<OsString> = expected.iter().map(OsString::from).collect();
            assert_eq!(words("--verify", command), Ok(expected), "{command}");
        }
    }

    #[test]
    fn what_only_a_shell_understands_is_refused() {
        for command in ["", "  ", "# nothing", "/bin/check 'open", "a | b", "a && b", "a > file", "a 2>&1"] {
            let finding = words("--guard", command).unwrap_err();
            assert!(finding.what.contains("--guard") && !finding.mend.is_empty(), "{command}");
        }
    }
}
