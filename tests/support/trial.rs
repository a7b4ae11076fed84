//! A test that the machine may not be fit for: then it counts as ignored, with the reason, and never as passed.
#![allow(unreachable_pub, reason = "a module of a test program")]

use libtest_mimic::{Failed, Trial};

/// A test, or why it does not run here; where it is required, that is a failure.
pub fn trial(name: &str, obstacle: Option<String>, is_required: bool, run: fn()) -> Trial {
    let Some(reason) = obstacle else {
        return Trial::test(name, move || {
            run();
            Ok(())
        });
    };
    Trial::test(format!("{name} (not run: {reason})"), move || Err(Failed::from(reason)))
        .with_ignored_flag(!is_required)
}

/// Whether what needs root must run: `ENVGATE_REQUIRE_ROOT=1`.
pub fn requires_root() -> bool {
    std::env::var_os("ENVGATE_REQUIRE_ROOT").is_some_and(|value| value == "1")
}
