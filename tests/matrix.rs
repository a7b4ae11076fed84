//! The interlock as a whole: each combination of the mode asked for, what the env file's name says, what its link's
//! target says, what the line in it says, and what the values say. What is right stands in the README, and is read
//! from there.

#[path = "support/mod.rs"]
mod support;

use support::Scenario;

const README: &str = include_str!("../README.md");
const CLASSES: [&str; 2] = ["paper", "live"];
/// What a line or a name can say.
const LINES: [&str; 5] = ["nothing", "`paper`", "`live`", "`paper,live`", "`any`"];
const NAMES: [&str; 3] = ["nothing", "`paper`", "`live`"];
/// A broker's address of each class, and one of none.
const VALUES: [(&str, &str); 3] = [
    ("nothing", "https://data.example.test"),
    ("`paper`", "https://paper-api.alpaca.markets"),
    ("`live`", "https://api.alpaca.markets"),
];

/// One combination. The outer name is the link's where there is one.
struct Case {
    asked: &'static str,
    name: &'static str,
    /// None where the file is named directly.
    target: Option<&'static str>,
    line: &'static str,
    value: &'static str,
    address: &'static str,
}

#[test]
fn every_combination_has_the_outcome_that_the_readme_says() {
    let mut cases = 0;
    for asked in CLASSES {
        for name in NAMES {
            for target in [None, Some(NAMES[0]), Some(NAMES[1]), Some(NAMES[2])] {
                for line in LINES {
                    for (value, address) in VALUES {
                        Case { asked, name, target, line, value, address }.holds();
                        cases += 1;
                    }
                }
            }
        }
    }
    assert_eq!(cases, 2 * 3 * 4 * 5 * 3);
}

impl Case {
    fn holds(&self) {
        let by_file = outcome_of_the_readme(self.asked, self.names(), self.line);
        let by_value = self.value != "nothing" && self.value.trim_matches('`') != self.asked;
        let outcome = self.scenario().run(self.asked);
        let said = outcome.stdout() + &outcome.stderr();
        let what = format!(
            "asked {}, name {}, target {:?}, line {}, values {}:\n{said}",
            self.asked, self.name, self.target, self.line, self.value
        );
        assert_eq!(said.contains("refused [file-mode]"), by_file == "refused", "{what}");
        assert_eq!(said.contains("refused [endpoint]"), by_value, "{what}");
        let launched = by_file == "launched" && !by_value;
        assert_eq!(outcome.status(), Some(if launched { 0 } else { 77 }), "{what}");
    }

    /// What the names say together.
    fn names(&self) -> &'static str {
        match (self.name, self.target.unwrap_or("nothing")) {
            (one, other) if one == other => one,
            ("nothing", other) => other,
            (one, "nothing") => one,
            _ => "both",
        }
    }

    fn scenario(&self) -> Scenario {
        let file_name = |says: &str, stem: &str| match says {
            "nothing" => format!("{stem}.env"),
            mode => format!("{stem}.{}.env", mode.trim_matches('`')),
        };
        let line = match self.line {
            "nothing" => String::new(),
            line => format!("ENVGATE_MODE={}\n", line.trim_matches('`')),
        };
        let contents = format!("{line}BROKER_URL={}\n", self.address);
        let named = file_name(self.name, "named");
        let scenario = match self.target {
            None => Scenario::new().configured_env_file(&named, contents),
            Some(target) => {
                let target = file_name(target, "target");
                let scenario = Scenario::new().configured_env_file(&target, contents);
                std::os::unix::fs::symlink(&target, scenario.path(&named)).expect("a link");
                scenario
            }
        };
        let path = scenario.path(&named);
        let config = "envgate: {command: [/bin/true], variables: {BROKER_URL: {secret: false}}}\na: 1\n";
        scenario.config(config).argument("-e").argument(path)
    }
}

/// The cell of the README's table.
fn outcome_of_the_readme(asked: &str, names: &str, line: &str) -> &'static str {
    let head = "| asked for | its names say |";
    let table = README.split(head).nth(1).expect("the table");
    let columns: Vec<&str> = table.lines().next().expect("its head").split('|').map(str::trim).collect();
    let column = columns.iter().position(|cell| *cell == line).unwrap_or_else(|| panic!("no column {line}"));
    let asked = format!("`{asked}`");
    let row = table.lines().skip(2).take_while(|row| row.starts_with('|')).find_map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        (cells[1] == asked && cells[2] == names).then_some(cells)
    });
    let row = row.unwrap_or_else(|| panic!("no row {asked} {names}"));
    // The head begins behind its first two cells.
    match row[column + 3] {
        "launched" => "launched",
        "refused" => "refused",
        other => panic!("{other} is no outcome"),
    }
}
