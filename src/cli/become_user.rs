//! `become`: a step of `rotate`, which starts it. No person does: it is in no help.

use clap::Args;
use nix::unistd::{Gid, Uid};
use std::ffi::OsString;

use super::{Usage, usage};
use crate::exec::run::{Order, OtherUser};

#[derive(Args)]
pub(super) struct BecomeOptions {
    /// The user's number; neither root, nor the number that means no change (setresuid(2))
    #[arg(long, requires = "group", value_parser = clap::value_parser!(u32).range(1..4_294_967_295))]
    user: Option<u32>,
    /// The number of its group
    #[arg(long, requires = "user", value_parser = clap::value_parser!(u32).range(0..4_294_967_295))]
    group: Option<u32>,
    /// The numbers of all its groups
    #[arg(long, requires = "user", value_delimiter = ',')]
    groups: Vec<u32>,
    /// The program, and its arguments with its name the first
    #[arg(last = true, required = true)]
    words: Vec<OsString>,
}

impl BecomeOptions {
    pub(super) fn resolved(self) -> Result<Order, Usage> {
        let user = self.user.zip(self.group).map(|(user, group)| OtherUser {
            uid: Uid::from_raw(user),
            gid: Gid::from_raw(group),
            groups: self.groups.into_iter().map(Gid::from_raw).collect(),
        });
        Order::of_words(user, self.words)
            .ok_or_else(|| usage("envgate: become takes a program and its arguments\n".to_owned()))
    }
}
