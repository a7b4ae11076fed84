//! Property tests in bulk: many cases are generated first and then read together, since a reader is another
//! program and each start costs milliseconds. A case that fails is shrunk alone.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// How many steps a failing case is shrunk at the most.
const SHRINK_STEPS: usize = 400;

/// What a judge says of one case.
pub enum Verdict {
    /// envgate refuses it: nothing to compare.
    Refused,
    /// All readers agree.
    Alike,
    /// They do not, and how.
    Differs(String),
}

/// What a property has seen of its cases.
pub struct Share {
    accepted: usize,
    cases: usize,
}

impl Share {
    /// A generator that makes refused cases alone would prove nothing.
    pub fn at_least(self, percent: usize) -> Result<(), String> {
        if self.accepted * 100 < self.cases * percent {
            return Err(format!("only {} of {} cases were accepted", self.accepted, self.cases));
        }
        Ok(())
    }
}

/// Generates `cases` values, judges them all at once, and shrinks the first that fails.
///
/// `ENVGATE_TEST_CASES` multiplies the number of cases, `ENVGATE_TEST_SEED` chooses others than the usual ones.
pub fn hold<S: Strategy>(
    strategy: &S,
    cases: usize,
    judge: impl Fn(&[S::Value]) -> Vec<Verdict>,
) -> Result<Share, String> {
    let cases = cases * number("ENVGATE_TEST_CASES").unwrap_or(1);
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number("ENVGATE_TEST_SEED").unwrap_or(2026).to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let mut trees = Vec::with_capacity(cases);
    for _ in 0..cases {
        trees.push(strategy.new_tree(&mut runner).map_err(|reason| reason.to_string())?);
    }
    let values: Vec<_> = trees.iter().map(ValueTree::current).collect();
    let verdicts = judge(&values);
    assert_eq!(verdicts.len(), cases, "one verdict for each case");
    let refused = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Refused)).count();
    let failing = verdicts.into_iter().zip(&mut trees).find_map(|(verdict, tree)| match verdict {
        Verdict::Differs(how) => Some((how, tree)),
        _ => None,
    });
    match failing {
        None => Ok(Share { accepted: cases - refused, cases }),
        Some((how, tree)) => Err(shrink(tree, how, &judge)),
    }
}

/// The smallest case that still fails, and how it fails; a fault that only shows among others keeps its first form.
fn shrink<T: ValueTree>(tree: &mut T, first: String, judge: &impl Fn(&[T::Value]) -> Vec<Verdict>) -> String {
    let original = format!("{:?}", tree.current());
    let mut smallest = (original.clone(), first);
    for _ in 0..SHRINK_STEPS {
        let case = [tree.current()];
        let moved = match judge(&case).pop() {
            Some(Verdict::Differs(how)) => {
                smallest = (format!("{:?}", case[0]), how);
                tree.simplify()
            }
            _ => tree.complicate(),
        };
        if !moved {
            break;
        }
    }
    format!("{}\n  case:     {}\n  found as: {original}", smallest.1, smallest.0)
}

fn number(name: &str) -> Option<usize> {
    #[allow(clippy::disallowed_methods, reason = "a test's own setting")]
    std::env::var(name).ok()?.parse().ok()
}
