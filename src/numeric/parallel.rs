//! Different runs on different threads (rayon's bridge): never inside a sum, so results do not depend on their number.

use rayon::prelude::*;

/// `run(0), …, run(count − 1)` in that order, computed on all cores.
pub fn map<T: Send>(count: usize, run: impl Fn(usize) -> T + Sync) -> Vec<T> {
    (0..count).into_par_iter().map(&run).collect()
}
