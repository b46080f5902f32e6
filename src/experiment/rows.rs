//! One row a λ: w^λ computed twice, and its distances from the other flows.

use super::predictions::{self, Level, Predicted};
use super::tracking::{Options, Progress, TrackError};
use super::{Grid, Setup, accuracy};
use crate::compare::{Row, SEPARATION, Standing, layer_end, sup_gap};
use crate::field::{Fast, Point, Slow, Trajectory, Weights, Work};
use crate::flow::{Expansion, FlowError, Flows, Foot};
use crate::numeric::{grid, parallel};

/// Points of w° on the window that make a smooth curve.
const SHOWN: usize = 48;

/// Beyond this fast time the fast flow is its foot point to round-off: e^{−20} of the 1e-8 that the foot was away.
fn horizon(foot: &Foot) -> f64 {
    foot.time + 20.0 / foot.spectrum.smallest
}

/// The grid of every λ. Large problems are looked at in fewer places, to bound the memory.
pub fn grids(setup: &Setup, foot: &Foot, level: Option<&Level>) -> Vec<Grid> {
    let problem = &setup.problem;
    let per_decade = if setup.start.len() > 5_000 { 2 } else { 6 };
    let first = (0.1 / foot.spectrum.largest).min(problem.fast_time);
    let extra = |l: f64| level.map_or(Vec::new(), |level| level.nodes(l));
    problem.lambda.iter().map(|&l| Grid::new(l, problem.fast_time, &problem.slow_times, &extra(l), first, per_decade)).collect()
}

/// h₊ must be known, the smallest λ lie below it, else there are no two timescales; the window outside its initial layer, else the
/// sup cannot vanish.
pub fn window_outside_layer(setup: &Setup, foot: &Foot, companion: &Foot) -> Result<(), TrackError> {
    let first = setup.problem.slow_times.first().copied().unwrap_or(0.0);
    let lambda = setup.problem.lambda.iter().copied().fold(f64::INFINITY, f64::min);
    let gap = foot.spectrum.smallest;
    let needed = layer_end(lambda, gap);
    let fits = lambda < gap && first >= needed && first > 0.0;
    let error = accuracy::at_foot(setup, foot, companion).smallest + if fits { 0.0 } else { accuracy::moved(setup, foot) };
    if 2.0 * error >= gap || (!fits && accuracy::vanishes_beside_start(setup, gap)) {
        return Err(TrackError::GapUnknown { gap, error });
    }
    if lambda >= gap {
        return Err(TrackError::NotSeparated { lambda, gap, enough: gap / SEPARATION });
    }
    let jump = (&setup.start - &foot.w).norm();
    if fits { Ok(()) } else { Err(TrackError::Window { first, jump, lambda, gap, needed }) }
}

/// What all rows share, by one method at one tolerance.
pub struct Computed {
    /// The fast flow at every time of every grid up to its horizon.
    pub fast: Trajectory<Fast>,
    /// The slow flow at every λt of every grid.
    pub slow: Trajectory<Slow>,
    foot: Weights,
}

impl Computed {
    /// The fast and the slow flow at every time that some row needs, to the end of the window and no farther; the slow flow at `more`
    /// times as well.
    pub fn shared(flows: &dyn Flows, foot: &Foot, grids: &[Grid], more: &[f64]) -> Result<Computed, FlowError> {
        let end = horizon(foot);
        let fast_times = union(grids.iter().flat_map(|g| g.times.iter().copied()).filter(|t| *t <= end));
        let slow_times = union(grids.iter().flat_map(|g| g.slow[..g.composite].iter()).chain(more).copied());
        Ok(Computed { fast: flows.fast(&fast_times)?, slow: flows.slow(&foot.w, &slow_times)?, foot: foot.w.clone() })
    }

    fn fast_at(&self, t: f64) -> &Weights {
        find(&self.fast.points, t).unwrap_or(&self.foot)
    }

    /// w°(s) at one of its times.
    pub fn slow_at(&self, s: f64) -> &Weights {
        find(&self.slow.points, s).unwrap_or(&self.foot)
    }

    /// The fast flow, thinned to about 200 of the times.
    pub fn fast_window(&self, fast_time: f64) -> Trajectory<Fast> {
        Trajectory::new(thinned(&self.fast.points, |t| t == fast_time), self.fast.work)
    }

    /// The slow flow from s → 0 on, thinned to about 200 of the times.
    pub fn drift(&self, window: &[f64]) -> Trajectory<Slow> {
        Trajectory::new(thinned(&self.slow.points, |s| window.contains(&s)), self.slow.work)
    }
}

/// About 200 points, the last one and those at times to keep among them.
fn thinned(points: &[Point], keep: impl Fn(f64) -> bool) -> Vec<Point> {
    let stride = points.len().div_ceil(200).max(1);
    let kept = |k: &usize| k.is_multiple_of(stride) || keep(points[*k].time) || *k + 1 == points.len();
    (0..points.len()).filter(kept).map(|k| points[k].clone()).collect()
}

/// Slow times on the window at which w° is looked at beside those of the grids, where these alone would make a coarse curve.
pub fn between(window: &[f64], grids: &[Grid]) -> Vec<f64> {
    let (Some(first), Some(last)) = (window.first(), window.last()) else { return Vec::new() };
    let known = union(grids.iter().flat_map(|g| g.slow.iter().copied()).filter(|s| s >= first)).len();
    if known >= SHOWN || last <= first { Vec::new() } else { grid::logarithmic(*first, *last, SHOWN) }
}

fn union(times: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut all: Vec<f64> = times.collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

fn find(points: &[Point], time: f64) -> Option<&Weights> {
    points.binary_search_by(|p| p.time.total_cmp(&time)).ok().map(|k| &points[k].w)
}

/// What every row is held against.
pub struct Against<'a> {
    /// The reported fast and slow flow.
    pub reported: &'a Computed,
    /// Their companions.
    pub companion: &'a Computed,
    /// The reported foot point and its companion.
    pub feet: (&'a Foot, &'a Foot),
    /// The smallest h₊ on the window.
    pub gap: f64,
    /// The expansion in λ and its companion, where the method has one.
    pub expansions: Option<(&'a Expansion, &'a Expansion)>,
    /// The level of the test loss whose crossing is predicted.
    pub level: Option<Level>,
}

/// One row with what stands behind it.
pub struct Outcome {
    /// The row.
    pub row: Row,
    /// Where w^λ was looked at.
    pub grid: Grid,
    /// w^λ there; empty where the run did not arrive.
    pub run: Trajectory<Fast>,
    /// Predictions at this λ.
    pub predictions: Vec<Predicted>,
}

/// Every row, λ in the problem's order; the runs go in parallel, each by itself.
pub fn all(setup: &Setup, options: &Options<'_>, grids: &[Grid], against: &Against<'_>) -> Vec<Outcome> {
    let row = |k: usize| {
        let computed = one(setup.problem.lambda[k], setup, options, &grids[k], against);
        (options.progress)(Progress::Done(setup.problem.lambda[k]));
        computed
    };
    parallel::map(grids.len(), row)
}

/// The difference of two trajectories at a grid point: of one run, with what is shared, from the foot point.
type Distance<'a> = dyn Fn(&Trajectory<Fast>, &Computed, &Foot, usize) -> Weights + 'a;

/// The two runs at one λ, or why there are none.
fn runs(lambda: f64, options: &Options<'_>, grid: &Grid, foot: &Foot) -> Result<(Trajectory<Fast>, Trajectory<Fast>), String> {
    let until = grid.times.last().copied().unwrap_or(0.0);
    let predicted = options.reported.predicted_evaluations(lambda, until, foot);
    (options.progress)(Progress::Lambda(lambda, predicted));
    if let (Some(cost), Some(budget)) = (predicted, options.reported.budget())
        && cost > budget as f64
    {
        return Err(format!(
            "predicted {cost:.2e} right-hand sides (cost grows as 1/λ), the budget is {budget:.2e}: raise `budget` or choose method = \"radau\""
        ));
    }
    let reported = options.reported.regularised(lambda, &grid.times).map_err(|error| error.to_string())?;
    let companion = options.companion.regularised(lambda, &grid.times).map_err(|error| error.to_string())?;
    Ok((reported, companion))
}

fn one(lambda: f64, setup: &Setup, options: &Options<'_>, grid: &Grid, against: &Against<'_>) -> Outcome {
    let empty = Row {
        lambda,
        fast: None,
        slow: None,
        composite: None,
        expansion: None,
        method: options.reported.method().into(),
        work: Work::default(),
        standing: Standing::NotRun(String::new()),
    };
    let (a, b) = match runs(lambda, options, grid, against.feet.0) {
        Ok(pair) => pair,
        Err(why) => {
            let row = Row { standing: Standing::NotRun(why), ..empty };
            return Outcome {
                row,
                grid: grid.clone(),
                run: Trajectory::new(Vec::new(), Work::default()),
                predictions: Vec::new(),
            };
        }
    };
    let size = a.points.iter().map(|p| p.w.norm()).fold(0.0, f64::max);
    let point = |run: &Trajectory<Fast>, k: usize| run.points[k].w.clone();
    let gap_of = |count: usize, distance: &Distance| {
        let (first, second) = (against.reported, against.companion);
        sup_gap(count, |k| distance(&a, first, against.feet.0, k), |k| distance(&b, second, against.feet.1, k), size)
    };
    let from_slow = |run: &Trajectory<Fast>, other: &Computed, k: usize| {
        let index = grid.window[k];
        point(run, index) - other.slow_at(grid.slow[index])
    };
    let fast = gap_of(grid.fast, &|run, other, _, k| point(run, k) - other.fast_at(grid.times[k]));
    let slow = gap_of(grid.window.len(), &|run, other, _, k| from_slow(run, other, k));
    let composite = gap_of(grid.composite, &|run, other, foot, k| {
        point(run, k) - other.fast_at(grid.times[k]) - other.slow_at(grid.slow[k]) + &foot.w
    });
    let expansion = against.expansions.map(|(first, second)| {
        let corrected =
            |run, other, expansion: &Expansion, k: usize| from_slow(run, other, k) - &expansion.points[k].first * lambda;
        let count = grid.window.len().min(first.points.len()).min(second.points.len());
        sup_gap(count, |k| corrected(&a, against.reported, first, k), |k| corrected(&b, against.companion, second, k), size)
    });
    let predictions = against.expansions.map_or(Vec::new(), |(first, _)| {
        let test = setup.test.as_deref();
        predictions::at(lambda, grid, (&a, &b), first, &*setup.objective.loss, test, against.level.as_ref())
    });
    let first = setup.problem.slow_times.first().copied().unwrap_or(0.0);
    // The layer is over within the first part of the drift: the gap at its start counts, the smallest one for separation.
    let standing = Standing::of(lambda, against.gap, against.feet.0.spectrum.smallest, first, &slow);
    let row = Row { fast: Some(fast), slow: Some(slow), composite: Some(composite), expansion, work: a.work, standing, ..empty };
    Outcome { row, grid: grid.clone(), run: a, predictions }
}
