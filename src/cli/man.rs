//! `man`: for `make install`, and for a host where the pages are not installed.

use clap::Args;

#[derive(Args)]
pub(super) struct ManOptions {
    /// The page, such as envgate-exec; without it, the list of pages
    #[arg(value_name = "PAGE")]
    pub(super) page: Option<String>,
}
