//! Rotation as a transaction: the next file is staged beside the current one, checked, tested, swapped in, and can be
//! swapped back until it is closed.
//!
//! What was done is read from the files themselves (in `sides`), never assumed: every step may be repeated after a
//! crash, and the record says only what was intended. Which step is for which phase stands in `phase`. A staging goes
//! through `targets`, `edit`, `gates` and `stage`; a promotion through `plan`, `promote`, `rollout` and `units`.
//!
//! Words, of a file `F` and of the values in it: *current* is what `F` holds; *staged* is what the rotation brings
//! (`F.staged` before the swap); *base* is what it began with, and *former* the same once it is put aside
//! (`F.previous`). Where there are two directions, as in `units`, *former* is what is given up and *next* what takes its
//! place: a way back turns them round. Who runs on what is given up *holds* it; those who are left behind the last step
//! *remain*.

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
pub use files::{staged_files, trust};
pub use phase::{Phase, Step};
pub use promote::{judge, promote, rolled_back, swap_back};
pub use record::{Asked, FileRecord, Record, Rollout, UnitRecord, UnitStep};
pub use rollout::{Deliver, Halted, Way};
pub use running::run_command;
pub use session::{Session, Stopped};
pub use stage::{Request, judge_ahead, judge_free, stage};
pub use store::{Store, Transaction};
pub use targets::{Question, Target, Targets, Wanted, find};
