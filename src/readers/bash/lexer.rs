//! A line of the shell's: simple commands and what connects them.

use std::ops::Range;

use super::Obstacle;
use super::word::Word;

/// What stands behind a simple command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connector {
    /// The end of the line.
    End,
    /// `;`.
    Sequence,
    /// `&`.
    Background,
    /// `|`.
    Pipe,
    /// `&&` or `||`.
    AndOr,
}

/// Words up to an operator.
#[derive(Debug)]
pub(super) struct Simple {
    pub(super) words: Vec<Word>,
    /// Whether it opens a file.
    pub(super) redirects: bool,
    pub(super) connector: Connector,
}

/// Where in the file the model stands.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, line: 1 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn line(&self) -> usize {
        self.line
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    pub(super) fn bump(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        self.line += usize::from(byte == b'\n');
        Some(byte)
    }

    /// Passes over a backslash with its newline, which the shell never sees.
    pub(super) fn skip_continuation(&mut self) -> bool {
        let continues = self.peek() == Some(b'\\') && self.peek_at(1) == Some(b'\n');
        if continues {
            self.bump();
            self.bump();
        }
        continues
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) || self.skip_continuation() {
            if matches!(self.peek(), Some(b' ' | b'\t')) {
                self.bump();
            }
        }
    }

    fn skip_comment(&mut self) {
        while self.peek().is_some_and(|byte| byte != b'\n') {
            self.bump();
        }
    }

    /// Passes over blank lines and comments; where the next statement's first line begins.
    pub(super) fn next_statement(&mut self) -> Option<usize> {
        loop {
            let start = self.at;
            self.skip_blanks();
            match self.peek() {
                None => return None,
                Some(b'\n') => {
                    self.bump();
                }
                Some(b'#') => {
                    self.skip_comment();
                    self.bump();
                }
                Some(_) => return Some(start),
            }
        }
    }

    /// The commands up to the end of the line, which is passed over, and the comment behind them.
    pub(super) fn list(&mut self) -> Result<(Vec<Simple>, Option<Range<usize>>), Obstacle> {
        let mut list: Vec<Simple> = Vec::new();
        loop {
            let simple = self.simple()?;
            let connector = simple.connector;
            let is_empty = simple.words.is_empty() && !simple.redirects;
            if connector != Connector::End {
                if is_empty {
                    return Err(Obstacle::Syntax);
                }
                list.push(simple);
                continue;
            }
            match list.last().map(|before| before.connector) {
                // The line goes on behind its newline.
                Some(Connector::Pipe | Connector::AndOr) if is_empty => return Err(Obstacle::Program),
                _ if is_empty => {}
                _ => list.push(simple),
            }
            let start = self.at;
            self.skip_comment();
            let comment = (self.at > start).then_some(start..self.at);
            self.bump();
            return Ok((list, comment));
        }
    }

    /// One simple command and its connector; the end of the line, and the comment before it, stay.
    fn simple(&mut self) -> Result<Simple, Obstacle> {
        let mut simple = Simple { words: Vec::new(), redirects: false, connector: Connector::End };
        loop {
            self.skip_blanks();
            let Some(byte) = self.peek() else { return Ok(simple) };
            let next = self.peek_at(1);
            simple.connector = match (byte, next) {
                (b'\n' | b'#', _) => return Ok(simple),
                // `case` alone has the first two.
                (b';', Some(b';' | b'&')) | (b')', _) => return Err(Obstacle::Syntax),
                (b';', _) => Connector::Sequence,
                (b'&', Some(b'>')) | (b'|', Some(b'&')) => return Err(Obstacle::Program),
                (b'&', Some(b'&')) | (b'|', Some(b'|')) => Connector::AndOr,
                (b'&', _) => Connector::Background,
                (b'|', _) => Connector::Pipe,
                (b'<' | b'>', _) => {
                    // A word right before it may be a descriptor.
                    if simple.words.last().is_some_and(Word::may_be_descriptor) {
                        return Err(Obstacle::Program);
                    }
                    self.redirection(next)?;
                    simple.redirects = true;
                    continue;
                }
                (b'(', _) => return Err(self.parenthesis(&simple)),
                _ => {
                    simple.words.push(self.word()?);
                    continue;
                }
            };
            self.bump();
            if simple.connector == Connector::AndOr {
                self.bump();
            }
            return Ok(simple);
        }
    }

    /// `>FILE` and its kin.
    fn redirection(&mut self, next: Option<u8>) -> Result<(), Obstacle> {
        let opens = self.bump();
        // A here-document, or a process as a file.
        if next == Some(b'(') || (opens == Some(b'<') && matches!(next, Some(b'<' | b'>'))) {
            return Err(Obstacle::Program);
        }
        if matches!(next, Some(b'>' | b'|' | b'&')) {
            self.bump();
        }
        self.skip_blanks();
        match self.peek() {
            None | Some(b'\n' | b'#' | b';' | b'&' | b'|' | b'<' | b'>' | b')') => Err(Obstacle::Syntax),
            Some(b'(') => Err(Obstacle::Program),
            Some(_) => self.word().map(drop),
        }
    }

    /// A subshell, a function, an array, or, behind an assignment with a value, a syntax error.
    fn parenthesis(&self, simple: &Simple) -> Obstacle {
        let before = self.at.checked_sub(1).and_then(|before| self.bytes.get(before));
        match (simple.words.last(), before) {
            (Some(word), Some(before))
                if word.assigns.is_some() && !simple.redirects && !b"=?*+@!".contains(before) =>
            {
                Obstacle::Syntax
            }
            _ => Obstacle::Program,
        }
    }
}
