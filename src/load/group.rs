//! The groups of the worker's user: `/etc/group` itself (group(5)), and where the user is the caller, what the kernel
//! says, which knows the groups of a directory service too.

use super::secure_file;
use super::user::User;

/// The groups, by name and by number.
#[derive(Debug, Default)]
pub struct Groups(Vec<String>);

impl Groups {
    /// Whether a group, named or numbered, is one of them.
    #[must_use]
    pub fn contains(&self, group: &str) -> bool {
        self.0.iter().any(|own| own == group)
    }

    /// The groups of a user; `is_caller` where that is who started us.
    #[must_use]
    pub fn of(user: Option<&User>, is_caller: bool) -> Self {
        let mut numbers: Vec<u32> = user.map(|user| user.group).into_iter().collect();
        if is_caller {
            numbers.push(nix::unistd::Gid::effective().as_raw());
            let more = nix::unistd::getgroups().unwrap_or_default();
            numbers.extend(more.into_iter().map(nix::unistd::Gid::as_raw));
        }
        let database = secure_file::read_system_file("/etc/group").unwrap_or_default();
        Self(groups(&database, user.map(|user| user.name.as_str()), &numbers))
    }
}

/// The numbers of a user's groups, its own first: as initgroups(3) finds them, in `/etc/group` alone.
pub fn numbers_of_groups(user: &User) -> std::io::Result<Vec<u32>> {
    let database = secure_file::read_system_file("/etc/group")?;
    Ok(numbers(&database, user))
}

fn numbers(database: &str, user: &User) -> Vec<u32> {
    let mut numbers = vec![user.group];
    for (gid, _, members) in lines(database) {
        if members.split(',').any(|member| member == user.name) && !numbers.contains(&gid) {
            numbers.push(gid);
        }
    }
    numbers
}

/// Number, name and members of each group.
fn lines(database: &str) -> impl Iterator<Item = (u32, &str, &str)> {
    database.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let (name, _password, number) = (fields.next()?, fields.next()?, fields.next()?);
        Some((number.parse().ok()?, name, fields.next().unwrap_or("")))
    })
}

fn groups(database: &str, user: Option<&str>, numbers: &[u32]) -> Vec<String> {
    let mut groups: Vec<String> = numbers.iter().map(u32::to_string).collect();
    for (gid, name, members) in lines(database) {
        if numbers.contains(&gid) || user.is_some_and(|user| members.split(',').any(|member| member == user))
        {
            groups.extend([name.to_owned(), gid.to_string()]);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_in_the_groups_that_name_it_and_in_its_own() {
        let database = "root:x:0:\nbroken\ndesk:x:700:anna,pine\nother:x:701:pinetree\npine:x:990:\n";
        let found = groups(database, Some("pine"), &[990]);
        for group in ["desk", "700", "pine", "990"] {
            assert!(found.iter().any(|own| own == group), "{group}: {found:?}");
        }
        assert!(!found.iter().any(|own| own == "other" || own == "root" || own == "0"), "{found:?}");
        let pine = User { name: "pine".into(), group: 990, home: String::new(), shell: None };
        assert_eq!(numbers(database, &pine), [990, 700]);
    }
}
