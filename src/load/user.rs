//! The worker's user in the system's database: `/etc/passwd` itself, without the name services, which a static
//! program cannot load. A user of a directory service (LDAP, `DynamicUser=`) is not in it.

use super::secure_file;

/// A line of `/etc/passwd` (passwd(5)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Login name.
    pub name: String,
    /// Number of its own group.
    pub group: u32,
    /// Home directory.
    pub home: String,
    /// Login shell; none where it only says that nobody logs in.
    pub shell: Option<String>,
}

/// The user with this number.
#[must_use]
pub fn find(uid: u32) -> Option<User> {
    let database = secure_file::read_system_file("/etc/passwd").ok()?;
    in_database(&database, |_, number| number == uid).map(|(user, _)| user)
}

/// What a user is called, for people: the number where `/etc/passwd` does not know the name.
#[must_use]
pub fn name_of(uid: u32) -> String {
    find(uid).map_or_else(|| uid.to_string(), |user| user.name)
}

/// The number of a user who is named by name or number.
#[must_use]
pub fn number_of(name: &str) -> Option<u32> {
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    let database = secure_file::read_system_file("/etc/passwd").ok()?;
    in_database(&database, |entry, _| entry == name).map(|(_, number)| number)
}

fn in_database(database: &str, wanted: impl Fn(&str, u32) -> bool) -> Option<(User, u32)> {
    database.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _password, number) = (fields.next()?, fields.next()?, fields.next()?.parse().ok()?);
        if !wanted(name, number) {
            return None;
        }
        let (group, _comment, home) = (fields.next()?.parse().ok()?, fields.next()?, fields.next()?);
        let shell = fields
            .next()
            .filter(|shell| !shell.is_empty() && !shell.ends_with("/nologin") && !shell.ends_with("/false"));
        let user =
            User { name: name.to_owned(), group, home: home.to_owned(), shell: shell.map(str::to_owned) };
        Some((user, number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_gives_name_home_and_shell_and_nologin_is_no_shell() {
        let database =
            "root:x:0:0:root:/root:/bin/bash\nbroken\npine:x:990:990::/var/lib/pine:/usr/sbin/nologin\n";
        let (pine, number) = in_database(database, |_, number| number == 990).unwrap();
        assert_eq!(
            (pine.name.as_str(), pine.home.as_str(), pine.shell, number),
            ("pine", "/var/lib/pine", None, 990)
        );
        assert_eq!(
            in_database(database, |name, _| name == "root").unwrap().0.shell.as_deref(),
            Some("/bin/bash")
        );
        assert_eq!(in_database(database, |_, number| number == 1), None);
    }
}
