//! Rotation as a transaction: the next file is staged beside the current one, checked, tested, swapped in, and can be
//! swapped back until it is closed.
//!
//! What was done is read from the files themselves (in `sides`), never assumed: every step may be repeated after a
//! crash, and the record says only what was intended.

pub mod choose;
mod discard;
mod edit;
pub mod fault;
mod files;
mod gates;
mod glob;
pub mod holders;
mod judge;
pub mod plan;
mod progress;
mod promote;
pub mod proof;
mod record;
pub mod reload;
pub mod restart;
mod retired;
mod rollout;
mod running;
mod session;
mod sides;
mod stage;
mod store;
mod targets;
pub mod watch;

pub use discard::{close, discard, supersede};
pub use judge::Evidence;
pub use promote::{judge, promote, rolled_back, swap_back};
pub use record::{Asked, FileRecord, Phase, Record, Rollout, UnitRecord, UnitStep};
pub use rollout::{Deliver, Halted, Way};
pub use running::{Values, run_command};
pub use session::{Session, Stopped};
pub use stage::{Request, judge_free, stage};
pub use store::{Store, Transaction};
pub use targets::{Question, Target, Targets, Wanted, find};
