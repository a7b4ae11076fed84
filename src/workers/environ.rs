//! What a launch left in a process's environment. Any process may say the same of itself: it is a hint, not a
//! proof, and what is not as envgate writes it does not count.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::generation::Source;
use crate::load::secure_file::Opened;
use crate::mode::{Class, Instance, ModeName};

/// The launch that a process comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The mode; none where nothing says it.
    pub mode: Option<ModeName>,
    /// What it risks; none where nothing says it.
    pub class: Option<Class>,
    /// The instance.
    pub instance: Option<Instance>,
    /// The config, with all links on the way resolved.
    pub config: Option<PathBuf>,
    /// The words of the generation; none where nothing says it.
    pub generation: Option<Vec<String>>,
    /// What the words stand for, in their order; none where nothing says it.
    pub sources: Option<Vec<Source>>,
    /// Why gates were lifted for this launch, where they were.
    pub break_glass: Option<String>,
}

impl Launch {
    /// Whether it is a launch of these inputs in this mode: the config is what a worker trades by; without one, its env
    /// files are.
    #[must_use]
    pub fn is_of(&self, config: Option<&Opened>, sources: &[Source], mode: &ModeName) -> bool {
        let same_inputs = match (config, &self.config) {
            (Some(ours), Some(theirs)) => *theirs == ours.facts.path || *theirs == ours.path,
            (None, None) => !sources.is_empty() && self.sources.as_deref() == Some(sources),
            _ => false,
        };
        same_inputs && self.mode.as_ref() == Some(mode)
    }

    /// The generation, as the worker has it.
    #[must_use]
    pub fn generation_as_text(&self) -> Option<String> {
        let words = self.generation.as_ref()?;
        Some(if words.is_empty() { "none".to_owned() } else { words.join(".") })
    }
}

/// Reads `/proc/PID/environ`: the launch, and the number that the worker had, as it counted itself. Of other
/// variables nothing is kept.
pub(super) fn read(environ: &[u8]) -> Option<(Launch, Option<u32>)> {
    let value = |name: &str| {
        environ
            .split(|byte| *byte == 0)
            .find_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
    };
    let text = |name: &str| value(name).and_then(|value| std::str::from_utf8(value).ok());
    // These two are in every launch's environment, whatever else is.
    let mode = ModeName::parse(text("ENVGATE_MODE")?)?;
    let generation = words(text("ENVGATE_GENERATION")?)?;
    let class = text("ENVGATE_CLASS").and_then(Class::parse);
    let config = value("ENVGATE_SOURCE").map(|path| PathBuf::from(std::ffi::OsStr::from_bytes(path)));
    let sources = Source::of_text(value("ENVGATE_FILES").unwrap_or_default());
    let launch = Launch {
        mode: Some(mode),
        class,
        instance: text("ENVGATE_INSTANCE").and_then(Instance::parse),
        config: config.filter(|path| path.is_absolute()),
        sources: sources.filter(|sources| sources.len() == generation.len()),
        generation: Some(generation),
        break_glass: text("ENVGATE_BREAK_GLASS").filter(|reason| !reason.is_empty()).map(str::to_owned),
    };
    Some((launch, text("ENVGATE_PID").and_then(|number| number.parse().ok())))
}

/// `none`, or words of 12 hexadecimal digits with dots between them.
fn words(generation: &str) -> Option<Vec<String>> {
    if generation == "none" {
        return Some(Vec::new());
    }
    let is_word = |word: &str| word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    generation.split('.').map(|word| is_word(word).then(|| word.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(environ: &[u8]) -> Option<Launch> {
        read(environ).map(|(launch, _)| launch)
    }

    #[test]
    fn a_launch_is_read_from_whatever_stands_round_it() {
        let environ = b"A=1\0KEY=x\xff\0ENVGATE_MODE=live\0ENVGATE_CLASS=live\0ENVGATE_GENERATION=0123456789ab.00000000000f\0\
            ENVGATE_PID=4711\0ENVGATE_SOURCE=/etc/pine.yml\0ENVGATE_INSTANCE=ES\0ENVGATE_FILES=/a%20b credential:c\0Z=\0";
        let (launch, number) = read(environ).unwrap();
        assert_eq!(number, Some(4711));
        assert_eq!(launch.mode.as_ref().unwrap().as_str(), "live");
        assert_eq!(launch.class, Some(Class::Live));
        assert_eq!(launch.instance.as_ref().unwrap().as_str(), "ES");
        assert_eq!(launch.config, Some("/etc/pine.yml".into()));
        assert_eq!(launch.generation_as_text().unwrap(), "0123456789ab.00000000000f");
        assert_eq!(launch.sources.unwrap(), [Source::File("/a b".into()), Source::Credential("c".into())]);
    }

    #[test]
    fn what_envgate_would_not_write_is_no_launch() {
        for environ in [
            &b""[..],
            b"ENVGATE_MODE=live\0",
            b"ENVGATE_GENERATION=none\0",
            b"XENVGATE_MODE=live\0ENVGATE_GENERATION=none\0",
            b"ENVGATE_MODE=../x\0ENVGATE_GENERATION=none\0",
            b"ENVGATE_MODE=live\0ENVGATE_GENERATION=\x1b[2J\0",
            b"ENVGATE_MODE=live\0ENVGATE_GENERATION=\0",
            b"ENVGATE_MODE=live\0ENVGATE_GENERATION=0123456789ab.\0",
        ] {
            assert_eq!(launch(environ), None, "{}", String::from_utf8_lossy(environ));
        }
        let strange = launch(
            b"ENVGATE_MODE=live\0ENVGATE_GENERATION=none\0ENVGATE_CLASS=?\0ENVGATE_SOURCE=x\0ENVGATE_INSTANCE=../\0",
        );
        let strange = strange.unwrap();
        assert_eq!((strange.class, strange.config, strange.instance), (None, None, None));
        assert_eq!(strange.sources, Some(Vec::new()), "no words, no files");
        let unlisted = launch(b"ENVGATE_MODE=live\0ENVGATE_GENERATION=0123456789ab\0").unwrap();
        assert_eq!(unlisted.sources, None, "a word, and nobody says of what");
    }
}
