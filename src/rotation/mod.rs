//! Rotation as a transaction: the next file is staged beside the current one, checked, tested, swapped in, and can be
//! swapped back until it is closed.
//!
//! What was done is read from the files themselves (in `sides`), never assumed: every step may be repeated after a
//! crash, and the record says only what was intended.

mod discard;
pub mod edit;
mod files;
mod gates;
mod new_values;
mod phase;
pub mod plan;
mod progress;
mod promote;
mod record;
mod retired;
mod rollout;
mod running;
mod session;
mod sides;
mod stage;
mod store;
mod swapped;
mod targets;
pub mod units;

pub use discard::{close, discard, judge_current, supersede};
pub use files::staged_files;
pub use phase::{Phase, Step};
pub use promote::{judge, promote, rolled_back, swap_back};
pub use record::{Asked, FileRecord, Record, Rollout, UnitRecord, UnitStep};
pub use rollout::{Deliver, Halted, Way};
pub use running::run_command;
pub use session::{Session, Stopped};
pub use stage::{Request, judge_ahead, judge_free, stage};
pub use store::{Store, Transaction};
pub use targets::{Question, Target, Targets, Wanted, find};
