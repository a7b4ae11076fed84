//! The two sides of a staged file: `F`, and beside it `F.staged` with the next values or `F.previous` with the former
//! ones. `F` is never missing, nothing is copied, and what was done is read from the identities of the three.

use std::ffi::{OsStr, OsString};

use nix::errno::Errno;

use crate::generation::word;
use crate::load::secure_file::{Directory, Kind};
use crate::secure_write::{WriteFault, link_beside, remove_durably, rename_durably, sync};

/// The words of the two contents (see [`crate::generation`]).
#[derive(Clone, Copy, Debug)]
pub(super) struct Words<'a> {
    /// What the rotation began with.
    pub(super) base: &'a str,
    /// What it has staged.
    pub(super) staged: &'a str,
}

/// Which content the file is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The one that the rotation began with.
    Base,
    /// The staged one; the former one stays as `F.previous`.
    Staged,
    /// The staged one, and no way back.
    StagedAlone,
}

/// One of the three names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// `F`.
    Current,
    /// `F.staged`.
    Staged,
    /// `F.previous`.
    Previous,
}

/// Why a file was not brought to a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SideFault {
    /// One of the names means a file that the rotation does not know.
    Unknown(Which),
    /// One of the files that are needed is gone.
    Missing(Which),
    /// A step failed; the ones before it stay, and may be repeated.
    Write(WriteFault),
}

impl From<WriteFault> for SideFault {
    fn from(fault: WriteFault) -> Self {
        Self::Write(fault)
    }
}

/// `F.staged`.
#[must_use]
pub(super) fn staged_name(name: &OsStr) -> OsString {
    with_ending(name, ".staged")
}

/// `F.previous`.
#[must_use]
pub(super) fn previous_name(name: &OsStr) -> OsString {
    with_ending(name, ".previous")
}

fn with_ending(name: &OsStr, ending: &str) -> OsString {
    let mut longer = name.to_owned();
    longer.push(ending);
    longer
}

/// What a name means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Content {
    Nothing,
    Base,
    Staged,
    Other,
}

impl Words<'_> {
    fn content(&self, directory: &Directory, name: &OsStr) -> Result<Content, SideFault> {
        let step = "look at the file";
        let seen = match directory.look_at(name) {
            Ok(seen) => seen,
            Err(Errno::ENOENT) => return Ok(Content::Nothing),
            Err(errno) => return Err(WriteFault::System { step, errno }.into()),
        };
        let word = word(&seen.identity);
        Ok(if seen.kind != Kind::Regular {
            Content::Other
        } else if word == self.base {
            Content::Base
        } else if word == self.staged {
            Content::Staged
        } else {
            Content::Other
        })
    }
}

type Done = Result<(), SideFault>;

/// One way of a file: from the other content to the wanted one.
struct Way {
    wanted: Content,
    other: Content,
    incoming: (OsString, Which),
    aside: (OsString, Which),
    keeps_aside: bool,
}

/// What is still to be done on it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    /// The content is there; the second name that it had on its way may be too.
    Arrived { has_second_name: bool },
    /// The file has to change places, and to get its second name before.
    Swap { needs_second_name: bool },
}

impl Way {
    fn to(side: Side, name: &OsStr) -> Self {
        let staged = (staged_name(name), Which::Staged);
        let previous = (previous_name(name), Which::Previous);
        let (wanted, other, incoming, aside) = match side {
            Side::Base => (Content::Base, Content::Staged, previous, staged),
            Side::Staged | Side::StagedAlone => (Content::Staged, Content::Base, staged, previous),
        };
        Self { wanted, other, incoming, aside, keeps_aside: side != Side::StagedAlone }
    }

    /// Looks, and touches nothing.
    fn left(&self, directory: &Directory, name: &OsStr, words: Words<'_>) -> Result<Left, SideFault> {
        let content = |name: &OsStr| words.content(directory, name);
        let incoming = content(&self.incoming.0)?;
        match content(name)? {
            found if found == self.wanted => {
                return Ok(Left::Arrived { has_second_name: incoming == self.wanted });
            }
            found if found == self.other => {}
            Content::Nothing => return Err(SideFault::Missing(Which::Current)),
            _ => return Err(SideFault::Unknown(Which::Current)),
        }
        match incoming {
            found if found == self.wanted => {}
            Content::Nothing => return Err(SideFault::Missing(self.incoming.1)),
            _ => return Err(SideFault::Unknown(self.incoming.1)),
        }
        match content(&self.aside.0)? {
            found if found == self.other => Ok(Left::Swap { needs_second_name: false }),
            Content::Nothing => Ok(Left::Swap { needs_second_name: self.keeps_aside }),
            _ => Err(SideFault::Unknown(self.aside.1)),
        }
    }
}

/// Whether the file of this name could be brought to a side now.
pub(super) fn judge_way(directory: &Directory, name: &OsStr, words: Words<'_>, side: Side) -> Done {
    Way::to(side, name).left(directory, name, words).map(drop)
}

/// Gives the file of this name the content of a side, from wherever a step before it has ended. Where it is on that
/// side already, the leftovers of a step are removed.
pub(super) fn bring(directory: &Directory, name: &OsStr, words: Words<'_>, side: Side) -> Done {
    let way = Way::to(side, name);
    match way.left(directory, name, words)? {
        Left::Arrived { has_second_name: true } => remove_durably(directory, &way.incoming.0)?,
        // The step that brought it here may have ended before the disk had it.
        Left::Arrived { has_second_name: false } => sync(directory)?,
        Left::Swap { needs_second_name } => {
            if needs_second_name {
                link_beside(directory, name, &way.aside.0)?;
                // The disk took its time over it: what an editor saved meanwhile stays, under its own name alone.
                if words.content(directory, name)? != way.other {
                    let _ = remove_durably(directory, &way.aside.0);
                    return Err(SideFault::Unknown(Which::Current));
                }
            }
            rename_durably(directory, &way.incoming.0, name)?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "the files of a test")]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::load::secure_file::{FileSystem, Trust};

    const NAME: &str = "pine.live.env";

    /// A folder with the three files, and the words of the two contents.
    struct Files {
        folder: tempfile::TempDir,
        base: String,
        staged: String,
    }

    impl Files {
        fn staged() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(NAME), "A=1\n").unwrap();
            fs::write(folder.path().join("pine.live.env.staged"), "A=22\n").unwrap();
            let of = |name: &str| {
                word(&crate::load::secure_file::look_at(&folder.path().join(name)).unwrap().identity)
            };
            let (base, staged) = (of(NAME), of("pine.live.env.staged"));
            Self { folder, base, staged }
        }

        fn bring(&self, side: Side) -> Result<(), SideFault> {
            let trust = Trust::Users(vec![nix::unistd::Uid::effective().as_raw()]);
            let directory = FileSystem::new().open_directory(self.folder.path(), &trust).unwrap();
            let words = Words { base: &self.base, staged: &self.staged };
            bring(&directory, NAME.as_ref(), words, side)
        }

        /// Current, staged, previous.
        fn read(&self) -> [Option<String>; 3] {
            [NAME, "pine.live.env.staged", "pine.live.env.previous"]
                .map(|name| fs::read_to_string(self.folder.path().join(name)).ok())
        }

        fn path(&self, ending: &str) -> std::path::PathBuf {
            self.folder.path().join(format!("{NAME}{ending}"))
        }
    }

    const ONE: Option<&str> = Some("A=1\n");
    const TWO: Option<&str> = Some("A=22\n");

    #[test]
    fn a_file_goes_to_the_other_side_and_back_as_often_as_one_likes() {
        let files = Files::staged();
        for _ in 0..2 {
            files.bring(Side::Staged).unwrap();
            files.bring(Side::Staged).unwrap();
            assert_eq!(files.read().each_ref().map(Option::as_deref), [TWO, None, ONE]);
            files.bring(Side::Base).unwrap();
            files.bring(Side::Base).unwrap();
            assert_eq!(files.read().each_ref().map(Option::as_deref), [ONE, TWO, None]);
        }
        files.bring(Side::StagedAlone).unwrap();
        assert_eq!(files.read().each_ref().map(Option::as_deref), [TWO, None, None]);
    }

    #[test]
    fn from_half_way_it_goes_on_or_back() {
        for (from, linked, side, contents) in [
            (Side::Base, ".previous", Side::Staged, [TWO, None, ONE]),
            (Side::Base, ".previous", Side::Base, [ONE, TWO, None]),
            (Side::Staged, ".staged", Side::Base, [ONE, TWO, None]),
            (Side::Staged, ".staged", Side::Staged, [TWO, None, ONE]),
        ] {
            let files = Files::staged();
            files.bring(from).unwrap();
            fs::hard_link(files.path(""), files.path(linked)).unwrap();
            files.bring(side).unwrap();
            assert_eq!(files.read().each_ref().map(Option::as_deref), contents, "{from:?} {linked} {side:?}");
        }
    }

    fn overwrite(path: &Path) {
        fs::write(path, "B=somebody else's\n").unwrap();
    }

    #[test]
    fn what_somebody_else_wrote_is_never_moved() {
        for (ending, fault) in [
            ("", SideFault::Unknown(Which::Current)),
            (".staged", SideFault::Unknown(Which::Staged)),
            (".previous", SideFault::Unknown(Which::Previous)),
        ] {
            let files = Files::staged();
            overwrite(&files.path(ending));
            let before = files.read();
            assert_eq!(files.bring(Side::Staged), Err(fault));
            assert_eq!(files.read(), before, "{ending}");
        }
        let files = Files::staged();
        fs::remove_file(files.path(".staged")).unwrap();
        assert_eq!(files.bring(Side::Staged), Err(SideFault::Missing(Which::Staged)));
        files.bring(Side::Base).unwrap();
        let files = Files::staged();
        files.bring(Side::Staged).unwrap();
        fs::remove_file(files.path(".previous")).unwrap();
        assert_eq!(files.bring(Side::Base), Err(SideFault::Missing(Which::Previous)));
    }
}
