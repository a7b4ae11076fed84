//! A word of the shell's: its text without quotes, and what the shell would do with it.

use super::Obstacle;
use super::lexer::Lexer;
use super::own_words::{BUILTINS, RESERVED};
use crate::name::{Name, is_name_byte};

/// One word. It may hold a part of a secret, and is wiped.
#[derive(Debug, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one thing that the shell would do, and several may hold"
)]
pub(super) struct Word {
    /// Its text without quotes; of an assignment, the value.
    pub(super) text: zeroize::Zeroizing<Vec<u8>>,
    /// The variable, where the word is an assignment.
    pub(super) assigns: Option<Assigned>,
    /// Whether a variable or a home directory is put into it.
    pub(super) expands: bool,
    /// Whether a part of it is run.
    pub(super) runs: bool,
    /// Whether shells differ on it.
    pub(super) is_doubtful: bool,
    /// Whether it holds an unquoted pattern or brace.
    pub(super) has_pattern: bool,
    /// Whether nothing of it is quoted.
    pub(super) is_plain: bool,
}

/// What an assignment assigns to.
#[derive(Debug)]
pub(super) struct Assigned {
    pub(super) name: Vec<u8>,
    /// `+=`.
    pub(super) appends: bool,
}

impl Word {
    pub(super) fn is(&self, text: &str) -> bool {
        self.is_plain && *self.text == text.as_bytes()
    }

    /// `2` of `2>FILE`, `{fd}` of `{fd}>FILE`.
    pub(super) fn may_be_descriptor(&self) -> bool {
        self.assigns.is_none() && (self.text.ends_with(b"}") || self.text.iter().all(u8::is_ascii_digit))
    }

    /// Whether, as a command, it may be something of the shell's own, which can change variables or the file's end.
    pub(super) fn may_be_the_shells(&self, is_first: bool) -> bool {
        let named = |names: &[&str]| names.iter().any(|name| *self.text == name.as_bytes());
        self.expands || self.runs || self.has_pattern || named(BUILTINS) || (is_first && named(RESERVED))
    }
}

impl Lexer<'_> {
    /// The word that begins here.
    pub(super) fn word(&mut self) -> Result<Word, Obstacle> {
        let mut word = Word { is_plain: true, ..Word::default() };
        // A `~` counts at the start of a value and behind its unquoted colons.
        let mut tilde_counts = true;
        while let Some(byte) = self.peek() {
            if self.skip_continuation() {
                continue;
            }
            let counted = std::mem::replace(&mut tilde_counts, false);
            match byte {
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => break,
                b'\'' => self.single_quoted(&mut word)?,
                b'"' => self.double_quoted(&mut word)?,
                b'\\' => {
                    self.bump();
                    word.is_plain = false;
                    word.is_doubtful |= self.peek().is_none();
                    word.text.extend(self.bump());
                }
                b'$' => self.dollar(&mut word, false)?,
                b'`' => self.backticks(&mut word)?,
                b'=' if word.is_plain && word.assigns.is_none() && word.takes_value()? => {
                    self.bump();
                    tilde_counts = true;
                }
                _ => {
                    self.bump();
                    word.expands |= byte == b'~' && counted;
                    word.has_pattern |= matches!(byte, b'{' | b'*' | b'?' | b'[');
                    // Bytes that bash uses itself to mark quotes.
                    word.is_doubtful |= matches!(byte, 0x01 | 0x7F);
                    tilde_counts = byte == b':' && word.assigns.is_some();
                    word.text.push(byte);
                }
            }
        }
        Ok(word)
    }

    fn single_quoted(&mut self, word: &mut Word) -> Result<(), Obstacle> {
        word.is_plain = false;
        self.bump();
        loop {
            match self.bump() {
                None => return Err(Obstacle::Syntax),
                Some(b'\'') => return Ok(()),
                Some(byte) => word.push_quoted(byte),
            }
        }
    }

    fn double_quoted(&mut self, word: &mut Word) -> Result<(), Obstacle> {
        word.is_plain = false;
        self.bump();
        loop {
            if self.skip_continuation() {
                continue;
            }
            match self.peek() {
                None => return Err(Obstacle::Syntax),
                Some(b'"') => {
                    self.bump();
                    return Ok(());
                }
                Some(b'$') => self.dollar(word, true)?,
                Some(b'`') => self.backticks(word)?,
                Some(b'\\') => {
                    self.bump();
                    if !matches!(self.peek(), Some(b'$' | b'`' | b'"' | b'\\')) {
                        word.text.push(b'\\');
                    } else if let Some(byte) = self.bump() {
                        word.text.push(byte);
                    }
                }
                Some(byte) => {
                    self.bump();
                    word.push_quoted(byte);
                }
            }
        }
    }

    /// A `$`: a variable, a command, or itself.
    fn dollar(&mut self, word: &mut Word, quoted: bool) -> Result<(), Obstacle> {
        self.bump();
        if self.peek() == Some(b'\\') && self.peek_at(1) == Some(b'\n') {
            return Err(Obstacle::Program);
        }
        match self.peek() {
            // Arithmetic, a command of several words, an old form of arithmetic, a quote of bash's own.
            Some(b'(' | b'[') => Err(Obstacle::Program),
            Some(b'\'' | b'"') if !quoted => Err(Obstacle::Program),
            Some(b'{') => {
                word.set_expands();
                self.braces()
            }
            Some(byte) if is_name_byte(byte) => {
                word.set_expands();
                self.bump();
                while !byte.is_ascii_digit() && self.peek().is_some_and(is_name_byte) {
                    self.bump();
                }
                Ok(())
            }
            Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') => {
                word.set_expands();
                self.bump();
                Ok(())
            }
            _ => {
                word.text.push(b'$');
                Ok(())
            }
        }
    }

    /// `${NAME}` and `${NAME:-plain text}`; other forms may assign, or end the shell.
    fn braces(&mut self) -> Result<(), Obstacle> {
        self.bump();
        let mut length = 0;
        while self.peek_at(length).is_some_and(is_name_byte) {
            length += 1;
        }
        let starts_well = length > 0 && self.peek().is_some_and(|byte| !byte.is_ascii_digit());
        let has_default = (self.peek_at(length), self.peek_at(length + 1)) == (Some(b':'), Some(b'-'));
        if has_default {
            length += 2;
            while self
                .peek_at(length)
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_./: -".contains(&byte))
            {
                length += 1;
            }
        }
        if !starts_well || self.peek_at(length) != Some(b'}') {
            return Err(Obstacle::Program);
        }
        for _ in 0..=length {
            self.bump();
        }
        Ok(())
    }

    /// A command between backticks; what it does stays in a shell of its own.
    fn backticks(&mut self, word: &mut Word) -> Result<(), Obstacle> {
        word.runs = true;
        word.is_plain = false;
        self.bump();
        loop {
            match self.bump() {
                None => return Err(Obstacle::Syntax),
                Some(b'`') => return Ok(()),
                Some(b'\\') => {
                    self.bump();
                }
                Some(_) => {}
            }
        }
    }
}

impl Word {
    fn set_expands(&mut self) {
        self.expands = true;
        self.is_plain = false;
    }

    fn push_quoted(&mut self, byte: u8) {
        self.is_doubtful |= matches!(byte, 0x01 | 0x7F);
        self.text.push(byte);
    }

    /// Whether the text before this `=` is a name; then what follows is its value.
    fn takes_value(&mut self) -> Result<bool, Obstacle> {
        if self.text.contains(&b'[') {
            // An element of an array.
            return Err(Obstacle::Program);
        }
        let appends = self.text.ends_with(b"+");
        let name = self.text.strip_suffix(b"+").unwrap_or(&self.text);
        if self.expands || self.runs || Name::parse(name).is_err() {
            return Ok(false);
        }
        self.assigns = Some(Assigned { name: name.to_vec(), appends });
        self.text.clear();
        Ok(true)
    }
}
