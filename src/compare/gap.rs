//! The sup distance of two trajectories on a grid, with the error of its computation.
//!
//! Everything is computed twice, at tolerances a factor 100 apart. With g_k = a_k − b_k from the reported run and g'_k from
//! its companion, the error of the distance is estimated by 3·max_k ‖g_k − g'_k‖ (+ round-off of the subtraction): one
//! times the difference covers the true error of the looser run in fewer than half of the cases, twice in 98 %, three
//! times with room.

use crate::field::Weights;

/// How often the difference of two runs at tolerances a factor 100 apart is taken as the error.
pub const SAFETY: f64 = 3.0;

/// A sup distance over a grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// max_k ‖a_k − b_k‖.
    pub value: f64,
    /// Its numerical error.
    pub error: f64,
    /// Index k of the maximum.
    pub at: usize,
}

impl Gap {
    /// Whether the error exceeds a tenth of the distance.
    pub fn limited(&self) -> bool {
        self.error > 0.1 * self.value
    }
}

/// max_k ‖g_k‖ with its error from the companion's g'_k; both are given as functions of k < `count`.
pub fn sup_gap(count: usize, reported: impl Fn(usize) -> Weights, companion: impl Fn(usize) -> Weights, scale: f64) -> Gap {
    let mut gap = Gap { value: 0.0, error: 0.0, at: 0 };
    for k in 0..count {
        let here = reported(k);
        let difference = (&here - companion(k)).norm();
        let length = here.norm();
        if length > gap.value || length.is_nan() {
            gap.value = length;
            gap.at = k;
        }
        gap.error = gap.error.max(difference);
    }
    gap.error = SAFETY * gap.error + 2.0 * f64::EPSILON * scale;
    gap
}
