//! Reading back what the journal took.

use serde_json::{Map, Value};

use super::ask::ask;
use crate::error::Error;

/// A record as the journal has it: the fields that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRecord(Map<String, Value>);

impl JournalRecord {
    /// A field that is there once, as text.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}

/// The records with this `MESSAGE_ID=` that processes of this user sent, oldest first. The user is the kernel's word
/// (`_UID=`, systemd.journal-fields(7)): what a neighbour sends in our name is not among them.
pub fn of_message(message_id: &str, uid: u32, fields: &[&str]) -> Result<Vec<JournalRecord>, Error> {
    let fields = format!("--output-fields={}", fields.join(","));
    let (message, user) = (format!("MESSAGE_ID={message_id}"), format!("_UID={uid}"));
    let output = ["--quiet", "--no-pager", "--all", "--output=json"];
    let arguments = [&output[..], &[fields.as_str(), message.as_str(), user.as_str()]].concat();
    Ok(parse(&ask("journalctl", &arguments)?))
}

/// The newest records with any of these `MESSAGE_ID=`, as many as this at the most, oldest first: of all users whose
/// records we may read.
pub fn newest_of_messages(
    message_ids: &[&str],
    most: usize,
    fields: &[&str],
) -> Result<Vec<JournalRecord>, Error> {
    let fields = format!("--output-fields={}", fields.join(","));
    let (most, messages) =
        (format!("--lines={most}"), message_ids.iter().map(|id| format!("MESSAGE_ID={id}")));
    let matches: Vec<String> = messages.collect();
    let output = ["--quiet", "--no-pager", "--all", "--output=json", fields.as_str(), most.as_str()];
    let arguments: Vec<&str> = output.into_iter().chain(matches.iter().map(String::as_str)).collect();
    Ok(parse(&ask("journalctl", &arguments)?))
}

/// An object a line. What is none was cut off.
fn parse(printed: &[u8]) -> Vec<JournalRecord> {
    let lines = printed.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.filter_map(|line| serde_json::from_slice(line).ok().map(JournalRecord)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_text_that_stands_once() {
        let printed = b"{\"A\":\"x\",\"B\":[\"y\",\"z\"],\"C\":null}\n{\"A\":\"2\"}\n{\"A\":\"cut";
        let records = parse(printed);
        let of = |name: &str| records.iter().map(|record| record.field(name)).collect::<Vec<_>>();
        assert_eq!(of("A"), [Some("x"), Some("2")]);
        assert_eq!(of("B"), [None, None]);
        assert_eq!(of("C"), [None, None]);
    }
}
