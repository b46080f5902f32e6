//! The fast times at which one λ is looked at.

use crate::numeric::grid;

/// Times t for one λ: the fast window, a logarithmic grid over everything, and the slow window s/λ.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// All fast times, ascending from 0.
    pub times: Vec<f64>,
    /// Slow time λt of each; on the window exactly the s that was asked for.
    pub slow: Vec<f64>,
    /// Indices of the slow window.
    pub window: Vec<usize>,
    /// Indices of the extra slow times, where a predicted crossing is observed.
    pub extra: Vec<usize>,
    /// How many of the times lie in the fast window [0, T].
    pub fast: usize,
    /// How many of them lie in [0, S/λ], S the end of the slow window.
    pub composite: usize,
}

impl Grid {
    /// `first` is the first positive time (well below the fastest mode), `per_decade` the density of the logarithmic grid;
    /// the slow times `extra` are met exactly, as those of the window are.
    pub fn new(lambda: f64, fast_time: f64, slow_times: &[f64], extra: &[f64], first: f64, per_decade: usize) -> Grid {
        let end = slow_times.last().map_or(fast_time, |s| s / lambda).max(fast_time);
        let decades = (end / first).log10().max(1.0);
        let mut pairs: Vec<(f64, f64)> = grid::logarithmic(first, end, (decades * per_decade as f64).ceil() as usize + 1)
            .into_iter()
            .chain(grid::linear(0.0, fast_time, 4 * per_decade + 1))
            .map(|t| (t, lambda * t))
            .filter(|(t, _)| *t <= end)
            .collect();
        // A window point replaces any grid point that is the same time up to rounding.
        pairs.retain(|(t, _)| slow_times.iter().all(|s| (t * lambda - s).abs() > 1e-9 * s));
        pairs.extend(slow_times.iter().chain(extra).map(|&s| (s / lambda, s)));
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        pairs.dedup_by(|a, b| a.0 == b.0);
        let positions = |wanted: &[f64]| wanted.iter().filter_map(|s| pairs.iter().position(|(_, slow)| slow == s)).collect();
        let (window, extra) = (positions(slow_times), positions(extra));
        let fast = pairs.iter().take_while(|(t, _)| *t <= fast_time).count();
        let composite = slow_times.last().map_or(0, |end| pairs.iter().take_while(|(_, s)| s <= end).count());
        let (times, slow) = pairs.into_iter().unzip();
        Grid { times, slow, window, extra, fast, composite }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_met_exactly_and_times_ascend_from_zero() {
        let window = [0.1, 0.5, 1.0, 5.0];
        let grid = Grid::new(1e-3, 10.0, &window, &[0.7], 0.01, 6);
        assert_eq!(grid.times[0], 0.0);
        assert!(grid.times.windows(2).all(|w| w[0] < w[1]));
        let met: Vec<f64> = grid.window.iter().map(|&k| grid.slow[k]).collect();
        assert_eq!(met, window);
        assert!(grid.times[grid.fast - 1] <= 10.0 && grid.times[grid.fast] > 10.0);
        assert_eq!((grid.times.last(), grid.composite), (Some(&(5.0 / 1e-3)), grid.times.len()));
        // Where λ is so large that the slow window ends inside of the fast one.
        let grid = Grid::new(10.0, 10.0, &window, &[], 0.01, 6);
        assert_eq!((grid.slow[grid.composite - 1], grid.times.last()), (5.0, Some(&10.0)));
    }
}
