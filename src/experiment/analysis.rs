//! `slowflow analyse`: one problem's slow flow as a dynamical system, by the probes.

use super::methods::{flows_from, pair};
use super::{Setup, TrackError};
use crate::compare::{SAFETY, sup_gap};
use crate::field::Weights;
use crate::flow::{Flows, Foot};
use crate::integrate::Tolerance;
use crate::min_norm::{self, Survey};
use crate::numeric::grid;
use crate::probe::{self, Approach, Basin, Hyperbolicity, Passage, Path, ProbeError};

/// Evaluations of one start of the search for KKT points.
const BUDGET: u64 = 100_000;
/// Samples a leg of the path.
const POINTS: usize = 40;

/// What to analyse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scope {
    /// Random starts of the search for KKT points.
    pub starts: usize,
    /// Perturbed starts for every size of the perturbation.
    pub perturbed: usize,
}

/// The slow gap of one λ on the window of the problem, over λ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Constant {
    /// λ.
    pub lambda: f64,
    /// sup ‖w^λ(s/λ) − w°(s)‖/λ.
    pub constant: f64,
    /// Its numerical error.
    pub error: f64,
}

/// The analysis of one problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Φ(w₀).
    pub foot: Foot,
    /// The slow flow until it rests.
    pub path: Path,
    /// Numerical error of its end: a factor of safety times the distance from the companion's.
    pub path_error: f64,
    /// The larger of that and the same at its beginning, Φ(w₀).
    pub ends_error: f64,
    /// Its equilibrium.
    pub approach: Approach,
    /// Rates along it.
    pub hyperbolicity: Hyperbolicity,
    /// Saddles on the way.
    pub passages: Vec<Passage>,
    /// All KKT points that random starts lead to.
    pub survey: Survey,
    /// Where perturbed starts end.
    pub basins: Vec<Basin>,
    /// The slow gap over λ, λ descending: constant where the two-phase picture holds.
    pub constants: Vec<Constant>,
    /// The largest λ below which every constant is within 10 % of the last.
    pub observed_lambda: Option<f64>,
}

impl Analysis {
    /// Error of the distance from the end of the path to the equilibrium: of both.
    pub fn distance_error(&self) -> f64 {
        self.path_error + 1e-12 * self.approach.point.w.norm()
    }
}

/// What [`analyse`] does, in turn.
pub const STAGES: [&str; 6] = [
    "fast flow to its foot point",
    "slow flow to its rest",
    "rates and saddles along the path",
    "KKT points from many starts",
    "perturbed starts",
    "gaps from λ = 1 to 1e-6",
];

/// Runs the probes; `progress` hears the number of each of [`STAGES`] as it begins.
///
/// # Errors
/// A flow that does not arrive, a rank that changes, no equilibrium at the end.
pub fn analyse(setup: &Setup, scope: Scope, progress: &dyn Fn(usize)) -> Result<Analysis, TrackError> {
    let (loss, regulariser) = (&*setup.objective.loss, &setup.objective.regulariser);
    let manifold = setup.manifold()?;
    let tolerance = Tolerance { rtol: setup.problem.rtol, atol: setup.problem.atol };
    let (flows, companion) = pair(setup)?;
    let first = setup.problem.slow_times.last().copied().unwrap_or(1.0);

    progress(0);
    let foot = flows.foot()?;
    let companion_foot = companion.foot()?;
    progress(1);
    let mut path = probe::follow(&*flows, &*manifold, regulariser, (&foot.w, 0.0), first, POINTS)?;
    let other = probe::confirm(&*companion, &companion_foot.w, &mut path)?;
    let apart = path.end().map_or(f64::NAN, |end| (other - &end.w).norm());
    let path_error = SAFETY * apart + 2.0 * f64::EPSILON * foot.w.norm();
    let ends_error = path_error.max(SAFETY * (&foot.w - &companion_foot.w).norm());
    let approach = probe::approach(loss, regulariser, &path, path_error)?;
    progress(2);
    let mut gradient = Weights::zeros(setup.start.len());
    loss.gradient(&setup.start, &mut gradient)?;
    let heuristic = gradient.norm() / foot.w.norm().max(f64::MIN_POSITIVE);
    let hyperbolicity = probe::hyperbolicity(loss, &*manifold, regulariser, &path, heuristic, first)?;
    let passages = probe::passages(loss, regulariser, &*flows, &*manifold, &path)?;
    progress(3);
    let options = min_norm::Options { max_evaluations: BUDGET, ..min_norm::Options::default() };
    let survey =
        min_norm::survey(loss, regulariser, &foot.w, scope.starts, setup.problem.seed, &options).map_err(ProbeError::from)?;

    progress(4);
    let loose = Tolerance { rtol: tolerance.rtol.max(1e-8), atol: tolerance.atol.max(1e-10) };
    let along = |start: &Weights| -> Result<Weights, ProbeError> {
        let flows = flows_from(setup, start, loose)?;
        Ok(probe::destination(&*flows, loss, &*manifold, regulariser, first)?.1)
    };
    let (end, seed) = (&approach.point.w, setup.problem.seed);
    let basins = probe::basins(regulariser, end, &setup.start, &[1e-3, 1e-1, 1.0], scope.perturbed, seed, &along);
    progress(5);
    let constants = constants(setup, (&*flows, &*companion), (&foot, &companion_foot))?;
    let observed_lambda = observed(&constants);
    Ok(Analysis {
        foot,
        path,
        path_error,
        ends_error,
        approach,
        hyperbolicity,
        passages,
        survey,
        basins,
        constants,
        observed_lambda,
    })
}

/// Slow gaps on the window for λ from 1 down to 1e-6, those left out whose cost is beyond the budget (explicit methods: 1/λ)
/// or whose error exceeds a tenth of them.
fn constants(
    setup: &Setup,
    (reported, companion): (&dyn Flows, &dyn Flows),
    (foot, companion_foot): (&Foot, &Foot),
) -> Result<Vec<Constant>, TrackError> {
    let window = &setup.problem.slow_times;
    let slow = (reported.slow(&foot.w, window)?, companion.slow(&companion_foot.w, window)?);
    let mut found = Vec::new();
    for lambda in grid::logarithmic(1.0, 1e-6, 13) {
        let times: Vec<f64> = window.iter().map(|s| s / lambda).collect();
        let predicted = times.last().and_then(|until| reported.predicted_evaluations(lambda, *until, foot));
        if predicted.zip(reported.budget()).is_some_and(|(cost, budget)| cost > budget as f64) {
            continue;
        }
        let regularised = (reported.regularised(lambda, &times)?, companion.regularised(lambda, &times)?);
        let gap = sup_gap(
            window.len(),
            |k| &regularised.0.points[k].w - &slow.0.points[k].w,
            |k| &regularised.1.points[k].w - &slow.1.points[k].w,
            foot.w.norm(),
        );
        if !gap.limited() {
            found.push(Constant { lambda, constant: gap.value / lambda, error: gap.error / lambda });
        }
    }
    Ok(found)
}

fn observed(constants: &[Constant]) -> Option<f64> {
    let last = constants.last()?;
    let near = |c: &&Constant| (c.constant - last.constant).abs() <= 0.1 * last.constant;
    constants.iter().rev().take_while(near).last().map(|c| c.lambda)
}
