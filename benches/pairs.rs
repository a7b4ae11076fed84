//! The stopwatch of the bench: runs several commands once in each round, in a new order each time, so that
//! whatever else the machine does meets all of them alike.
//!
//! `pairs ROUNDS`, with the commands on standard input: one word a line, an empty line behind each command. It
//! prints one line for each command: wall milliseconds (median, 10th and 90th percentile), the median of the
//! ratios to the first command in the same round, milliseconds of processor time, and page faults.

use std::io::Read;
use std::process::{Command, Stdio, exit};
use std::time::Instant;

/// Rounds that are run before the watch counts.
const WARM_UP: usize = 20;

/// `struct rusage` (getrusage(2)): two times of two words each, then fourteen counters.
type Usage = [i64; 18];
const MINOR_FAULTS: usize = 8;

unsafe extern "C" {
    fn wait4(pid: i32, status: *mut i32, options: i32, usage: *mut Usage) -> i32;
}

/// One run of one command.
#[derive(Clone, Copy)]
struct Run {
    wall: f64,
    processor: f64,
    faults: f64,
}

fn main() {
    let rounds: usize =
        std::env::args().nth(1).and_then(|text| text.parse().ok()).expect("a number of rounds");
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).expect("the commands on standard input");
    let mut commands: Vec<Command> =
        input.split("\n\n").filter(|words| !words.trim().is_empty()).map(command).collect();
    let mut runs: Vec<Vec<Run>> = vec![Vec::with_capacity(rounds); commands.len()];
    let mut order: Vec<usize> = (0..commands.len()).collect();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for round in 0..WARM_UP + rounds {
        dice.shuffle(&mut order);
        for &index in &order {
            let run = time(&mut commands[index]);
            if round >= WARM_UP {
                runs[index].push(run);
            }
        }
    }
    for own in &runs {
        let ratios = own.iter().zip(&runs[0]).map(|(run, first)| run.wall / first.wall).collect();
        let walls = sorted(own.iter().map(|run| run.wall).collect());
        let column = |of: fn(&Run) -> f64| at(&sorted(own.iter().map(of).collect()), 50);
        println!(
            "{:.4} {:.4} {:.4} {:.3} {:.4} {}",
            at(&walls, 50),
            at(&walls, 10),
            at(&walls, 90),
            at(&sorted(ratios), 50),
            column(|run| run.processor),
            column(|run| run.faults)
        );
    }
}

/// A command with a small environment of its own and nothing on its standard streams.
fn command(words: &str) -> Command {
    let mut words = words.trim_matches('\n').split('\n');
    let mut command = Command::new(words.next().expect("a program"));
    command.args(words).env_clear().envs([("PATH", "/usr/bin:/bin"), ("HOME", "/"), ("LANG", "C.UTF-8")]);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

fn time(command: &mut Command) -> Run {
    let start = Instant::now();
    let child = command.spawn().expect("the command starts");
    let (mut status, mut usage) = (0, [0; 18]);
    // SAFETY: both pointers are to live variables of the types that wait4(2) fills; the child is ours.
    let waited = unsafe { wait4(child.id() as i32, &mut status, 0, &mut usage) };
    let wall = start.elapsed().as_secs_f64() * 1e3;
    if waited != child.id() as i32 || status != 0 {
        eprintln!("pairs: {command:?} ended with wait status {status:#x}");
        exit(1);
    }
    let processor = (usage[0] + usage[2]) as f64 * 1e3 + (usage[1] + usage[3]) as f64 / 1e3;
    Run { wall, processor, faults: usage[MINOR_FAULTS] as f64 }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// A percentile of sorted values.
fn at(values: &[f64], percent: usize) -> f64 {
    values[(values.len() - 1) * percent / 100]
}

/// xorshift64: good enough to shuffle, and the same on every run.
struct Dice(u64);

impl Dice {
    fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            order.swap(last, (self.0 % (last as u64 + 1)) as usize);
        }
    }
}
