//! Different runs on different threads (rayon's bridge): never inside a sum, so results do not depend on their number.

use rayon::prelude::*;

/// `run(0), …, run(count − 1)` in that order, computed on all cores.
pub fn map<T: Send>(count: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    (0..count).into_par_iter().map(&run).collect()
}

/// Both results, computed on two threads.
pub fn both<A: Send, B: Send>(first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B + Send) -> (A, B) {
    rayon::join(first, second)
}
