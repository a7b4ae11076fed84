//! The host policy: what this host may launch. It is root's, and it forbids; three keys allow what is refused without
//! them: `config_owners` (a third owner of a config), `break_glass` (the option, and no more than what it lifts) and
//! `user_manager` (a service of a user's own manager confirms a launch with real money).
//!
//! Absent means no restriction; anything else that keeps it from being read refuses every launch, since nobody
//! knows what it would have forbidden.

mod listed;

use std::path::Path;
use std::time::Duration;

use super::config::fields::Fields;
use super::config::{Document, StartedBy, Strictness, fault_finding, take_text};
use super::secure_file::{FileSystem, Opened, Trust, is_absent};
use super::unopened::{not_a_file, open_finding};
use super::user;
use crate::finding::{Finding, Findings, Gate, Place};
use crate::mode::Class;
pub use listed::ListedConfig;

/// Where it is; no option and no variable names another.
pub const PATH: &str = "/etc/envgate/policy.yml";
/// The largest that is read, in bytes.
const MAX_POLICY: usize = 1 << 20;

/// What this host may launch.
#[derive(Debug, Default)]
pub struct HostPolicy {
    /// The file, and what was seen on the way to it; none where there is no policy.
    pub opened: Option<Opened>,
    /// The classes that may be launched; all where it does not say.
    pub classes: Option<Vec<Class>>,
    /// The modes that may be launched, by name; all where it does not say.
    pub modes: Option<Vec<String>>,
    /// Who may own a config beside root and the caller; a name that `/etc/passwd` does not know is nobody's.
    pub config_owners: Vec<u32>,
    /// The configs of this host, for `ages`.
    pub configs: Vec<ListedConfig>,
    /// Whether `--break-glass` may lift what it lifts.
    pub break_glass: bool,
    live: ClassRules,
    paper: ClassRules,
}

/// The rules for one class.
#[derive(Debug, Default)]
pub struct ClassRules {
    /// Who may launch it, by name or number; anybody where neither this nor `groups` says.
    pub users: Option<Vec<String>>,
    /// Whose members may launch it, by name or number.
    pub groups: Option<Vec<String>>,
    /// Who may start it.
    pub started_by: StartedBy,
    /// Whether a service of a user's own manager confirms a launch with real money.
    pub user_manager_confirms: bool,
    /// How old a secret may be.
    pub max_age: Option<Duration>,
    /// What a secret that is too old does to a launch by hand.
    pub age: Strictness,
    /// What a missing isolation from the other class does.
    pub isolation: Strictness,
}

impl HostPolicy {
    /// The rules for a class.
    #[must_use]
    pub fn rules(&self, class: Class) -> &ClassRules {
        match class {
            Class::Live => &self.live,
            Class::Paper => &self.paper,
        }
    }

    /// Reads it, where there is one.
    pub(super) fn load(files: &FileSystem, findings: &mut Findings) -> Self {
        let path = Path::new(PATH);
        // Most hosts have none, and the kernel says so in one call; everything else is looked at component by component.
        if is_absent(path) {
            return Self::default();
        }
        let mut opened = match files.open(path, &Trust::Users(Vec::new()), MAX_POLICY) {
            Ok(opened) => opened,
            Err(fault) => {
                findings.push(unreadable(open_finding(&fault, path, "the host policy")));
                return Self::default();
            }
        };
        if opened.contents.is_none() {
            findings.push(not_a_file(path, opened.facts.kind, "the host policy"));
            return Self::default();
        }
        let mut faults = Findings::new();
        let policy = match take_text(&mut opened) {
            Ok(text) => Self::read(&text, &mut faults),
            Err(finding) => {
                faults.push(finding.at(Place::file(path)));
                Self::default()
            }
        };
        // Half of a rule is none: what is refused is the policy itself.
        let policy = if faults.status().is_some() { Self::default() } else { policy };
        findings.extend(faults);
        Self { opened: Some(opened), ..policy }
    }

    fn read(text: &str, findings: &mut Findings) -> Self {
        let path = Path::new(PATH);
        if text.trim().is_empty() {
            findings.push(
                Finding::refuses(Gate::Syntax, "the host policy is empty")
                    .at(Place::file(path))
                    .why("a disk that was full may have cut it, and nobody knows what it forbade")
                    .mend("restore it; a host without rules has no such file"),
            );
        }
        let (tree, document) = Document::read_tree(text);
        findings.extend(document.faults.iter().map(|fault| fault_finding(fault, path)));
        let Some(node) = tree else { return Self::default() };
        let mut fields = Fields::of(&node, "the host policy", path, findings);
        let policy = Self {
            opened: None,
            classes: classes(&mut fields),
            modes: fields.words("modes"),
            config_owners: config_owners(&mut fields),
            configs: listed::configs(&mut fields),
            break_glass: fields.word("break_glass", &[("allow", true), ("forbid", false)]).unwrap_or(false),
            live: class_rules("live", &mut fields),
            paper: class_rules("paper", &mut fields),
        };
        fields.finish();
        policy
    }
}

fn config_owners(fields: &mut Fields<'_, '_>) -> Vec<u32> {
    let owners = fields.words("config_owners").unwrap_or_default();
    owners.iter().filter_map(|owner| user::number_of(owner)).collect()
}

fn classes(fields: &mut Fields<'_, '_>) -> Option<Vec<Class>> {
    let mut classes = Vec::new();
    for (text, node) in fields.texts("classes")? {
        match text {
            "paper" => classes.push(Class::Paper),
            "live" => classes.push(Class::Live),
            _ => fields.unknown_word("classes", &["paper", "live"], node),
        }
    }
    Some(classes)
}

fn class_rules(class: &'static str, fields: &mut Fields<'_, '_>) -> ClassRules {
    let Some(node) = fields.take(class) else { return ClassRules::default() };
    let (file, findings) = fields.context();
    let mut fields = Fields::of(node, "a class of the host policy", file, findings);
    let rules = ClassRules {
        users: fields.words("users"),
        groups: fields.words("groups"),
        started_by: StartedBy::read(&mut fields),
        user_manager_confirms: fields
            .word("user_manager", &[("confirms", true), ("asks", false)])
            .unwrap_or(false),
        max_age: fields.duration("max_age"),
        age: Strictness::read("age", &mut fields),
        isolation: Strictness::read("isolation", &mut fields),
    };
    fields.finish();
    rules
}

/// What was refused is not a secret but a rule.
fn unreadable(finding: Finding) -> Finding {
    finding
        .why("nobody knows what it forbids, so nothing is launched")
        .mend("everybody reads it and only root writes it: sudo chown root: /etc/envgate /etc/envgate/policy.yml; sudo chmod 755 /etc/envgate; sudo chmod 644 /etc/envgate/policy.yml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (HostPolicy, Vec<String>) {
        let mut findings = Findings::new();
        let policy = HostPolicy::read(text, &mut findings);
        (policy, findings.iter().map(|finding| finding.what.to_string()).collect())
    }

    #[test]
    fn a_policy_is_read_key_by_key() {
        let (policy, faults) = read(
            "classes: [paper, live]\nmodes: [paper, live]\nbreak_glass: allow\nconfig_owners: [deploy]\n\
             live: {users: [pine-live], groups: [desk], supervisor: systemd, user_manager: confirms, max_age: 30d, age: strict, isolation: strict}\n",
        );
        assert_eq!(faults, Vec::<String>::new());
        let live = policy.rules(Class::Live);
        assert_eq!(live.started_by, StartedBy::Systemd);
        assert_eq!((live.age, live.isolation), (Strictness::Strict, Strictness::Strict));
        assert_eq!(live.max_age, Some(Duration::from_secs(30 * 86_400)));
        assert!(policy.break_glass && live.user_manager_confirms);
        assert_eq!(policy.rules(Class::Paper).started_by, StartedBy::Anybody);
        assert_eq!(policy.classes, Some(vec![Class::Paper, Class::Live]));
    }

    #[test]
    fn nothing_of_a_policy_is_taken_silently_for_nothing() {
        for text in [
            "",
            "  \n",
            "configs: /etc/envgate/a.yml\n",
            "configs: [a.yml]\n",
            "configs: [{instances: [ES]}]\n",
            "configs: [{path: /a.yml, instances: [../x]}]\n",
            "configs: [{path: /a.yml, instance: [ES]}]\n",
            "clases: [paper]\n",
            "classes: paper\n",
            "classes: [play]\n",
            "break_glass: true\n",
            "live: {supervisor: yes}\n",
            "live: {user: [x]}\n",
            "live: {max_age: 30}\n",
            "- classes\n",
            "paper\n",
            "classes: [paper]\nclasses: [live]\n",
            "classes: [paper\n",
            "classes: [paper]\n---\nclasses: [live]\n",
            "classes: &a [paper]\nmodes: *a\n",
        ] {
            assert!(!read(text).1.is_empty(), "{text:?}");
        }
        assert_eq!(read("# nothing yet\n").1, Vec::<String>::new());
    }
}
