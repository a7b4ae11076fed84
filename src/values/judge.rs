//! Whether a new value can be one: said at once, by its place and kind, and never by the value.

use super::Wanted;
use crate::finding::{Finding, Gate};
use crate::load::env_file::{self, FaultKind, MAX_ASSIGNMENT};
use crate::secret::Secret;

/// Judges a value that a person typed or pasted. What a paste brings along by mistake is refused: nobody has seen it.
pub(super) fn typed(wanted: &Wanted, value: &Secret) -> Result<(), Finding> {
    match fault(wanted, value).or_else(|| mistake(wanted, value).map(Finding::refusing)) {
        Some(finding) => Err(finding),
        None => Ok(()),
    }
}

/// Judges a value that a program handed over: it is kept as it is, and a likely mistake is a warning.
pub(super) fn streamed(wanted: &Wanted, value: &Secret) -> Option<Finding> {
    fault(wanted, value).or_else(|| mistake(wanted, value))
}

/// What no env file could hold.
fn fault(wanted: &Wanted, value: &Secret) -> Option<Finding> {
    if value.is_empty() {
        return Some(
            Finding::refuses(Gate::Required, "the new value is empty")
                .why("a worker without its credential does not trade, and may not say so")
                .mend("give the value; to remove a variable, edit the file"),
        );
    }
    let length = wanted.name.as_str().len() + 1 + value.len();
    if length > MAX_ASSIGNMENT {
        return Some(
            Finding::refuses(Gate::Size, format!("NAME=value would have {length} bytes"))
                .why("the kernel starts no program with more than 131,071 (E2BIG)")
                .mend("put the value into a file and its path into the variable"),
        );
    }
    // Exposed to be judged: what is said of it is a position and a kind of character.
    let text = match std::str::from_utf8(value.expose()) {
        Ok(text) => text,
        Err(error) => {
            let place = format!("behind byte {}", error.valid_up_to());
            return Some(
                unfit(format!("{place} the new value is no UTF-8"))
                    .mend("give it as text: binary keys are handed out in base64 or hexadecimal"),
            );
        }
    };
    if let Some((kind, at)) = env_file::first_unfit(text) {
        let kind = match kind {
            FaultKind::Nul => "a NUL",
            FaultKind::CarriageReturn => "a carriage return",
            FaultKind::Invisible => "an invisible one",
            _ => "a control character",
        };
        return Some(
            unfit(format!("character {at} of the new value is {kind}"))
                .mend("copy the value again, without what stands round it"),
        );
    }
    let is_written = env_file::portable_form(text).is_some();
    (!is_written).then(|| {
        unfit("no spelling of the new value is read alike by all".to_owned())
            .mend("give it without quotes, backslashes and characters outside ASCII, if the provider allows")
    })
}

fn unfit(what: String) -> Finding {
    Finding::refuses(Gate::Syntax, what)
        .why("systemd, shells and dotenv readers would each read another value")
}

/// What copying and pasting brings along.
fn mistake(wanted: &Wanted, value: &Secret) -> Option<Finding> {
    // Exposed to be judged: its ends, and whether its own name stands in front.
    let value = value.expose();
    let name = wanted.name.as_str();
    let is_blank = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
    let quote = |quote: u8| value.len() > 1 && value.first() == Some(&quote) && value.last() == Some(&quote);
    let what = if is_blank(value.first()) {
        "the new value begins with a blank".to_owned()
    } else if is_blank(value.last()) {
        "the new value ends with a blank".to_owned()
    } else if quote(b'\'') || quote(b'"') {
        "the new value stands in quotes".to_owned()
    } else if value.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'=')) {
        format!("the new value begins with {name}=")
    } else {
        return None;
    };
    Some(
        Finding::warns(Gate::Syntax, what)
            .why("it would be a part of the value, and the provider would refuse it")
            .mend("give the value alone; if that is a part of it, give it on standard input"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;
    use crate::name::Name;

    fn wanted() -> Wanted {
        Wanted { name: Name::parse(b"KEY").unwrap(), file: "x.paper.env".into() }
    }

    fn of(value: &[u8]) -> Secret {
        Secret::copied_from(value)
    }

    #[test]
    fn what_no_reader_could_have_is_refused_by_its_place_and_kind() {
        for (value, gate, what) in [
            (&b""[..], Gate::Required, "empty"),
            (b"ab\0cd", Gate::Syntax, "character 3 of the new value is a NUL"),
            (b"ab\rcd", Gate::Syntax, "character 3 of the new value is a carriage return"),
            ("é\u{1b}[2J".as_bytes(), Gate::Syntax, "character 2 of the new value is a control character"),
            ("abc\u{200b}".as_bytes(), Gate::Syntax, "character 4 of the new value is an invisible one"),
            ("\u{feff}abc".as_bytes(), Gate::Syntax, "character 1 of the new value is an invisible one"),
            ("ab\u{202e}".as_bytes(), Gate::Syntax, "character 3 of the new value is an invisible one"),
            (b"ab\xff", Gate::Syntax, "behind byte 2 the new value is no UTF-8"),
        ] {
            for finding in
                [typed(&wanted(), &of(value)).unwrap_err(), streamed(&wanted(), &of(value)).unwrap()]
            {
                assert_eq!((finding.gate, finding.severity), (gate, Severity::Refuses), "{value:?}");
                assert!(finding.what.contains(what) && !finding.why.is_empty(), "{}", finding.what);
            }
        }
    }

    #[test]
    fn an_assignment_may_be_as_long_as_the_kernel_takes_it_and_no_longer() {
        let longest = vec![b'x'; MAX_ASSIGNMENT - "KEY=".len()];
        assert!(typed(&wanted(), &of(&longest)).is_ok());
        let finding = typed(&wanted(), &of(&[&longest[..], b"x"].concat())).unwrap_err();
        assert_eq!(finding.gate, Gate::Size);
    }

    #[test]
    fn what_a_paste_brings_along_is_refused_from_a_person_and_a_warning_from_a_program() {
        for value in [" abc", "abc ", "\tabc", "abc\n", "'abc'", "\"abc\"", "KEY=abc"] {
            assert!(typed(&wanted(), &of(value.as_bytes())).is_err(), "{value:?}");
            assert_eq!(streamed(&wanted(), &of(value.as_bytes())).unwrap().severity, Severity::Warns);
        }
        for value in ["abc", "a b", "it's", "'", "KEYS=abc", "line\nbreak", "p$4`x\\"] {
            assert!(typed(&wanted(), &of(value.as_bytes())).is_ok(), "{value:?}");
            assert_eq!(streamed(&wanted(), &of(value.as_bytes())), None, "{value:?}");
        }
    }
}
