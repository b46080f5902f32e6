//! The walk: three flows, their distances for every λ, the point they head for, and what of it holds.

use crate::compare::{Rates, Row, SAFETY, SEPARATION, Standing};
use crate::field::{Fast, FieldError, Slow, Trajectory, Weights};
use crate::flow::sliding::EventLog;
use crate::flow::{FlowError, Flows, Foot, Phase};
use crate::manifold::{CriticalManifold, ManifoldError, Spectrum};
use crate::min_norm::MinNormError;
use crate::numeric::parallel;
use crate::probe::ProbeError;

use super::accuracy::{self, SpectrumError};
use super::checks::{self, Check};
use super::limit::{self, Limit, Window};
use super::predictions::{Level, Predicted};
use super::rows::{self, Against, Computed};
use super::{Grid, Setup};

/// What to run.
pub struct Options<'a> {
    /// The reported runs.
    pub reported: &'a dyn Flows,
    /// The same at a tolerance a factor 100 apart: its distance from the reported one is the numerical error.
    pub companion: &'a dyn Flows,
    /// The level of the test loss whose crossing is predicted; `None` takes the geometric mean over the window.
    pub level: Option<f64>,
    /// Told what is under way.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// What is under way.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// The fast flow and its foot point.
    Fast,
    /// The slow flow.
    Slow,
    /// One λ begins; with the predicted number of right-hand sides, where it is predictable.
    Lambda(f64, Option<f64>),
    /// One λ is done.
    Done(f64),
    /// The minimum-norm point.
    Limit,
}

/// A point of the slow flow on the window, with the geometry there.
#[derive(Debug, Clone, PartialEq)]
pub struct SlowPoint {
    /// Slow time s.
    pub s: f64,
    /// w°(s).
    pub w: Weights,
    /// Numerical error of w.
    pub error: f64,
    /// ‖r‖ or ‖∇F‖: how far from M.
    pub defect: f64,
    /// Spectrum of the Hessian there.
    pub spectrum: Spectrum,
}

/// Everything that a verification found.
pub struct Tracked {
    /// Φ(w₀).
    pub foot: Foot,
    /// Its numerical error.
    pub foot_error: f64,
    /// Numerical errors of the spectrum there.
    pub spectrum_error: SpectrumError,
    /// The smallest h₊ at Φ(w₀) and on the window, with its numerical error.
    pub smallest: (f64, f64),
    /// The fast flow on its grid.
    pub fast: Trajectory<Fast>,
    /// The slow flow on the window.
    pub slow: Vec<SlowPoint>,
    /// The slow flow from s → 0 to the end of the window, dense enough to be drawn.
    pub drift: Trajectory<Slow>,
    /// For every λ its grid and w^λ on it; empty where the run did not arrive.
    pub regularised: Vec<(Grid, Trajectory<Fast>)>,
    /// The rate table, λ descending.
    pub rows: Vec<Row>,
    /// The fitted orders.
    pub rates: Rates,
    /// sup ‖w₁‖ over the window with its numerical error: what slow gap/λ should tend to.
    pub predicted_constant: Option<(f64, f64)>,
    /// The level of the test loss whose crossing is predicted.
    pub level: Option<Level>,
    /// Numbers at finite λ, predicted and observed.
    pub predictions: Vec<Predicted>,
    /// The minimum-norm point, or why there is none.
    pub limit: Result<Limit, MinNormError>,
    /// What the reported flows met at cell walls; empty for smooth residuals.
    pub events: Vec<EventLog>,
    /// What holds.
    pub checks: Vec<Check>,
    /// What a reader should know, in sentences.
    pub remarks: Vec<String>,
}

/// A verification that could not run.
#[derive(Debug, thiserror::Error)]
pub enum TrackError {
    /// A flow did not arrive, or left the theory.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// M has no geometry at a point.
    #[error("assumption violated: the rank of the Hessian is constant along the slow flow. At s = {s:.4e}: {source}")]
    Rank {
        /// Slow time.
        s: f64,
        /// What was found.
        source: ManifoldError,
    },
    /// M cannot be set up.
    #[error("assumption violated: the critical points of F near the foot point form a manifold. {0}")]
    Manifold(#[from] ManifoldError),
    /// A probe of the slow flow.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// A value is not finite.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// h₊ at Φ(w₀) is not clear of its error: the rank is not known.
    #[error(
        "assumption violated: the rank of the Hessian at Φ(w₀) is known. Its smallest positive eigenvalue there, h₊ = {gap:.3e} ± {error:.0e}, cannot be told \
         from zero, and no λ can be named that is small beside it\n  hint: F is flat to higher order where it is least, as u^4 is: write the residual \
         that vanishes to first order, as u^2 or u; or residuals depend on each other there: leave one out; or start elsewhere"
    )]
    GapUnknown {
        /// h₊ at Φ(w₀), as computed.
        gap: f64,
        /// Its error.
        error: f64,
    },
    /// Every λ is too large for two timescales.
    #[error(
        "assumption violated: the timescales separate. The smallest λ = {lambda:e} is not below h₊ = {gap:.3e}, the rate at which w comes down to M: \
         the drift is no slower than the descent. Choose λ ≤ h₊/30 = {enough:.1e}"
    )]
    NotSeparated {
        /// The smallest λ.
        lambda: f64,
        /// h₊ at Φ(w₀).
        gap: f64,
        /// λ from which rows count.
        enough: f64,
    },
    /// The window starts inside the initial layer.
    #[error(
        "assumption violated: the window starts outside the initial layer. It starts at s = {first:.3e}, where w^λ has not come down to M: the sup over such a \
         window does not vanish with λ (at s = 0 it is |w₀ − Φ(w₀)| = {jump:.4e} for every λ). For λ = {lambda:e} and h₊ = {gap:.3e} start at s ≥ {needed:.3e}"
    )]
    Window {
        /// First slow time of the window.
        first: f64,
        /// ‖w₀ − Φ(w₀)‖.
        jump: f64,
        /// The smallest λ.
        lambda: f64,
        /// h₊.
        gap: f64,
        /// The start that is needed.
        needed: f64,
    },
}

/// Runs the whole comparison of one problem: what `slowflow verify` computes.
///
/// # Errors
/// A flow that did not arrive, an assumption of the theory that is violated, a window inside the initial layer.
pub fn track(setup: &Setup, options: &Options<'_>) -> Result<Tracked, TrackError> {
    let manifold = setup.manifold()?;
    (options.progress)(Progress::Fast);
    let (foot, companion_foot) = twice(options, |flows| flows.foot())?;
    rows::window_outside_layer(setup, &foot, &companion_foot)?;

    (options.progress)(Progress::Slow);
    let window = &setup.problem.slow_times;
    let (expansion, companion_expansion) = twice(options, |flows| flows.expansion(window))?;
    let level = match (&expansion, &setup.test) {
        (Some(expansion), Some(test)) => Level::find(options.reported, expansion, test.as_ref(), options.level)?,
        _ => None,
    };
    let grids = rows::grids(setup, &foot, level.as_ref());
    let (reported, companion) = parallel::both(
        || Computed::shared(options.reported, &foot, &grids, &rows::between(window, &grids)),
        || Computed::shared(options.companion, &companion_foot, &grids, &[]),
    );
    let (reported, companion) = (reported?, companion?);
    let slow = along(&*manifold, window, &reported.slow, &companion)?;
    let foot_error = crate::compare::sup_gap(1, |_| foot.w.clone(), |_| companion_foot.w.clone(), foot.w.norm()).error;
    let spectrum_error = accuracy::at_foot(setup, &foot, &companion_foot);
    let smallest = accuracy::smallest(setup, (&foot, spectrum_error.smallest), &slow);

    let against = Against {
        reported: &reported,
        companion: &companion,
        feet: (&foot, &companion_foot),
        gap: smallest.0,
        expansions: expansion.as_ref().zip(companion_expansion.as_ref()),
        level,
    };
    // The search for the limit knows nothing of the flows: it goes beside the rows.
    let search = || {
        (options.progress)(Progress::Limit);
        limit::search(setup, &foot.w)
    };
    let (outcomes, searched) = parallel::both(|| rows::all(setup, options, &grids, &against), search);
    let mut parts = (Vec::new(), Vec::new(), Vec::new());
    for outcome in outcomes {
        parts.0.push(outcome.row);
        parts.1.push((outcome.grid, outcome.run));
        parts.2.extend(outcome.predictions);
    }
    let (mut table, regularised, predictions) = parts;
    let events = options.reported.events();
    let log_of = |phase| events.iter().find(|log| log.phase == phase);
    for row in table.iter_mut().filter(|row| row.standing == Standing::Asymptotic) {
        let logs = log_of(Phase::Slow).zip(log_of(Phase::Regularised(row.lambda)));
        if logs.is_some_and(|(slow, log)| log.displacement(slow) * SEPARATION > 1.0) {
            row.standing = Standing::OutOfStep;
        }
    }
    let rates = Rates::of(&table);
    let predicted_constant = expansion.as_ref().map(|e| {
        let error = companion_expansion.as_ref().map_or(f64::NAN, |other| SAFETY * (e.constant() - other.constant()).abs());
        (e.constant(), error + 4.0 * f64::EPSILON * e.constant())
    });

    let end = |run: &Trajectory<Slow>, foot: &Foot| {
        run.points.iter().rfind(|p| Some(&p.time) == window.last()).map_or_else(|| foot.w.clone(), |p| p.w.clone())
    };
    let ends = (end(&reported.slow, &foot), end(&companion.slow, &companion_foot));
    let until = window.last().copied().unwrap_or(1.0);
    let beyond = Window { reported: (options.reported, &ends.0), companion: (options.companion, &ends.1), until };
    let limit = searched.and_then(|found| limit::limit(setup, &*manifold, &foot.w, found, &beyond));
    let mut tracked = Tracked {
        foot,
        foot_error,
        spectrum_error,
        smallest,
        fast: reported.fast_window(setup.problem.fast_time),
        slow,
        drift: reported.drift(window),
        regularised,
        rows: table,
        rates,
        predicted_constant,
        level,
        predictions,
        limit,
        events,
        checks: Vec::new(),
        remarks: Vec::new(),
    };
    tracked.checks = checks::all(setup, &tracked);
    tracked.remarks = checks::remarks(setup, &tracked)?;
    tracked.remarks.extend(options.reported.remarks());
    if let (Some(asked), None) = (options.level, &tracked.level) {
        tracked.remarks.push(format!("w° does not cross the test loss {asked:.4e} between the first and the last time of the window: no crossing is predicted."));
    }
    Ok(tracked)
}

/// The same of the reported flows and of their companion, side by side.
fn twice<T: Send>(options: &Options<'_>, of: impl Fn(&dyn Flows) -> Result<T, FlowError> + Sync) -> Result<(T, T), FlowError> {
    let (reported, companion) = parallel::both(|| of(options.reported), || of(options.companion));
    Ok((reported?, companion?))
}

/// The window of the slow flow with the geometry at each point: here the constant rank is checked, not assumed.
fn along(
    manifold: &dyn CriticalManifold,
    window: &[f64],
    slow: &Trajectory<Slow>,
    companion: &Computed,
) -> Result<Vec<SlowPoint>, TrackError> {
    let wanted = slow.points.iter().filter(|p| window.contains(&p.time));
    wanted
        .map(|point| {
            let error = SAFETY * (&point.w - companion.slow_at(point.time)).norm() + 2.0 * f64::EPSILON * point.w.norm();
            let there = manifold.retract(&point.w).and_then(|(on, _)| Ok(*manifold.at(&on)?.spectrum()));
            let spectrum = there.map_err(|source| TrackError::Rank { s: point.time, source })?;
            Ok(SlowPoint { s: point.time, w: point.w.clone(), error, defect: manifold.defect(&point.w)?, spectrum })
        })
        .collect()
}
