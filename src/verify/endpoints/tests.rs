//! The table, row by row, and what it must leave alone.

use super::{BROKERS, Broker, Context, Evidence, Kind, Part, Shape, Signs, find, may_hold};
use crate::mode::Class;

mod innocent;
mod rows;
mod tricks;

/// What a value holds, as (broker, kind, class).
fn seen(name: &str, value: &str) -> Vec<(&'static str, Kind, Class)> {
    let found = find(&Context::variable(name), value.as_bytes());
    // What the reader of configs keeps is never less.
    assert!(found.is_empty() || may_hold(value.as_bytes()), "{value}");
    found.into_iter().map(|Evidence { broker, kind, class }| (broker.name, kind, class)).collect()
}

fn broker(name: &str) -> &'static Broker {
    BROKERS.iter().find(|broker| broker.name == name).unwrap_or_else(|| panic!("no row {name}"))
}

fn classes(broker: &'static Broker) -> [(Class, &'static Signs); 2] {
    [(Class::Paper, &broker.paper), (Class::Live, &broker.live)]
}

/// Texts of a shape: the shortest and the longest, with the given characters in turn.
fn examples(shape: Shape) -> [String; 2] {
    let text = |longest: bool| {
        let mut text = String::new();
        for part in shape {
            match part {
                Part::Text(fixed) => text.push_str(fixed),
                Part::Run(alphabet, least, most) => {
                    let all: Vec<char> =
                        ('0'..='Z').filter(|character| alphabet.contains(*character as u8)).collect();
                    let length = if longest { *most } else { *least };
                    text.extend((0..length).map(|at| all[(at * 7 + 3) % all.len()]));
                }
            }
        }
        text
    };
    [text(false), text(true)]
}
