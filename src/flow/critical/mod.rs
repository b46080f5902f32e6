//! The three flows of a loss of which only ∇F and Hessian products are known, M its critical points: work and error do not depend
//! on λ here either.
//!
//! The fast flow, and w^λ until it is near M, are integrated in t as they stand: Radau IIA with the dense Hessian, stiff or not. Near
//! M the flow is rewritten, exactly, in charts of M ([`crate::manifold::Chart`]) and runs on in slow time. Where it leaves M again
//! (a λ as large as h₊, a place where H changes rank) it goes on in t, at a cost of 1/λ and with round-off of ∇F over λ.

mod charted;
mod descent;
mod free;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use self::charted::{Leg, Stop};
use self::free::Free;
use super::expansion::{self, ExpansionPoint, Tangents};
use super::radau::{at, method_name};
use super::{Crossing, Expansion, FlowError, Flows, Foot, Phase};
use crate::field::{Fast, LeastSquares, Loss, Point, Regulariser, Slow, Trajectory, Weights, Work};
use crate::integrate::Tolerance;
use crate::integrate::star::{Clock, Limits, Stages, Star, StarError, Stepper};
use crate::manifold::{Chart, CriticalManifold, HessianKernel, ManifoldError};

/// Flows of F + λR from one start, F a general loss.
///
/// ```
/// use std::sync::Arc;
/// use slowflow::field::{FieldError, Loss, Regulariser, Weights};
/// use slowflow::flow::{CriticalFlows, Flows};
/// use slowflow::integrate::Tolerance;
///
/// /// F = cosh(uv − 1) with its gradient and Hessian products, and nothing else.
/// struct Cosh;
///
/// impl Loss for Cosh {
///     fn dim(&self) -> usize {
///         2
///     }
///     fn value(&self, w: &Weights) -> Result<f64, FieldError> {
///         Ok((w[0] * w[1] - 1.0).cosh())
///     }
///     fn gradient(&self, w: &Weights, out: &mut Weights) -> Result<(), FieldError> {
///         let slope = (w[0] * w[1] - 1.0).sinh();
///         out.copy_from_slice(&[slope * w[1], slope * w[0]]);
///         FieldError::check("the gradient", out.as_slice(), w)
///     }
///     fn hessian_product(&self, w: &Weights, v: &Weights, out: &mut Weights) -> Result<(), FieldError> {
///         let (slope, bend) = ((w[0] * w[1] - 1.0).sinh(), (w[0] * w[1] - 1.0).cosh());
///         let along = bend * (w[1] * v[0] + w[0] * v[1]);
///         out.copy_from_slice(&[along * w[1] + slope * v[1], along * w[0] + slope * v[0]]);
///         FieldError::check("the Hessian product", out.as_slice(), w)
///     }
/// }
///
/// let loss: Arc<dyn Loss> = Arc::new(Cosh);
/// let start = Weights::from_vec(vec![2.0, 0.3]);
/// let tolerance = Tolerance { rtol: 1e-11, atol: 1e-13 };
/// let flows = CriticalFlows::new(&loss, &Regulariser::HalfSquaredNorm, &start, tolerance)?;
/// let foot = flows.foot()?;
/// // uv = 1 on M, and u² − v² decays as e^{−2s} along it.
/// let w = &flows.slow(&foot.w, &[1.0])?.points[0].w;
/// let (kept, left) = (2.0_f64.powi(2) - 0.3_f64.powi(2), w[0].powi(2) - w[1].powi(2));
/// assert!((w[0] * w[1] - 1.0).abs() < 1e-11 && (left - kept * (-2.0_f64).exp()).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CriticalFlows<'a> {
    loss: &'a Arc<dyn Loss>,
    regulariser: &'a Regulariser,
    manifold: HessianKernel<'a>,
    free: LeastSquares,
    /// Rank of H on M, from the foot point; `None` without one.
    rank: OnceLock<Option<usize>>,
    /// λ of runs that ended in t, with the slow time that they spent so and the floor of their error.
    plain: Mutex<Vec<(f64, f64, f64)>>,
    start: &'a Weights,
    /// Allowed error a step: atol + rtol‖w‖, as a Euclidean norm of w.
    pub tolerance: Tolerance,
    /// The method.
    pub stages: Stages,
    /// What bounds every run.
    pub limits: Limits,
    /// Distance from M, relative to ‖w‖, within which w^λ is handed over to a chart.
    pub near: f64,
    /// Steps after which another chart is taken in any case; `None` takes one where the last is no longer good.
    pub renew: Option<u64>,
}

/// Changes between charts and the plain flow that one run may make.
const CHANGES: usize = 20;

impl<'a> CriticalFlows<'a> {
    /// Flows of F + λR from `start`, with the seven-stage method.
    ///
    /// # Errors
    /// More weights than a dense Hessian serves.
    pub fn new(
        loss: &'a Arc<dyn Loss>,
        regulariser: &'a Regulariser,
        start: &'a Weights,
        tolerance: Tolerance,
    ) -> Result<Self, ManifoldError> {
        Ok(CriticalFlows {
            loss,
            regulariser,
            manifold: HessianKernel::new(loss.as_ref())?,
            free: Free::problem(loss),
            rank: OnceLock::new(),
            plain: Mutex::default(),
            start,
            tolerance,
            stages: Stages::Seven,
            limits: Limits::default(),
            near: 0.03,
            renew: None,
        })
    }

    /// A run of a form of the flow from `w` at `time`.
    fn stepper<'b>(&'b self, problem: &'b LeastSquares, clock: Clock, time: f64, w: &Weights) -> Result<Stepper<'b>, StarError> {
        let star = Star { problem, regulariser: self.regulariser };
        Stepper::new(star, clock, self.stages, self.tolerance, self.limits, time, w).map_err(|cause| StarError {
            cause,
            symbol: clock.symbol,
            time,
            partial: Vec::new(),
            work: Work::default(),
        })
    }

    /// w^λ(s/λ) at slow times, for λ > 0.
    ///
    /// # Errors
    /// Every way of not arriving.
    pub fn in_slow_time(&self, lambda: f64, times: &[f64]) -> Result<Trajectory<Slow>, FlowError> {
        let phase = Phase::Regularised(lambda);
        let (mut points, mut work) = (Vec::with_capacity(times.len()), Work::default());
        let mut here = Leg { s: 0.0, w: self.start.clone(), on: self.start.clone(), first: None, step: None };
        for change in 0.. {
            let from = here.s;
            let Some(leg) = self.descend_near(lambda, change, times, here, &mut points, &mut work)? else {
                self.note_plain(lambda, from, &points)?;
                break;
            };
            let (done, stop) = self.along(lambda, leg, &times[points.len()..], &mut work).map_err(|e| at(phase, e))?;
            points.extend(done.into_iter().map(|point| Point { time: point.s, w: point.w }));
            match stop {
                None => break,
                Some(Stop { leg, .. }) => here = leg,
            }
        }
        Ok(Trajectory::new(points, work))
    }

    /// Round-off of ∇F, ε‖H‖‖w‖, is one of dw/ds by that over λ: what it may amount to over the slow time that was run in t.
    fn note_plain(&self, lambda: f64, from: f64, points: &[Point]) -> Result<(), FlowError> {
        let Some(end) = points.last() else { return Ok(()) };
        let steepest = self.manifold.steepest(&end.w).map_err(slow)?;
        let (span, floor) = (end.time - from, f64::EPSILON * steepest * end.w.norm() * (end.time - from) / lambda);
        self.plain.lock().unwrap_or_else(PoisonError::into_inner).push((lambda, span, floor));
        Ok(())
    }

    /// From a point in t to the next one that a chart covers; `None` at the last of `times`.
    fn descend_near(
        &self,
        lambda: f64,
        change: usize,
        times: &[f64],
        from: Leg,
        points: &mut Vec<Point>,
        work: &mut Work,
    ) -> Result<Option<Leg>, FlowError> {
        let phase = Phase::Regularised(lambda);
        let mut stepper = self.stepper(&self.free, Clock::fast(lambda), from.s / lambda, &from.w).map_err(|e| at(phase, e))?;
        // After a change back to t some steps are made in it.
        let first = if change == 0 { 0 } else { 20 << change.min(10) };
        let mut entry = None;
        while points.len() < times.len() && entry.is_none() {
            let until = times[points.len()] / lambda;
            if stepper.time() >= until {
                points.push(Point { time: times[points.len()], w: stepper.weights().clone() });
                continue;
            }
            if stepper.work.steps >= first && change < CHANGES {
                entry = self.entry(lambda, stepper.weights())?;
            }
            if entry.is_none()
                && let Err(cause) = stepper.step_towards(until)
            {
                return Err(at(phase, stepper.stopped(cause)));
            }
        }
        *work += stepper.work;
        let step = (stepper.work.steps > 0).then_some(stepper.step() * lambda);
        let (s, w) = (stepper.time() * lambda, stepper.weights().clone());
        Ok(entry.map(|on| Leg { s, w, on, first: None, step }))
    }

    /// The point of M next to a point of a path that is on M up to the tolerance.
    fn beside(&self, w: &Weights) -> Result<Weights, FlowError> {
        let rank = self.rank.get().copied().flatten();
        Ok(self.manifold.retract_to_rank(w, rank).map_err(slow)?.0)
    }

    /// The point of M next to `w`, if a chart around it covers `w`.
    fn entry(&self, lambda: f64, w: &Weights) -> Result<Option<Weights>, FlowError> {
        let rank = *self.rank.get_or_init(|| self.descend(false).ok().map(|(foot, _)| foot.spectrum.rank));
        // What fails here only says that M is not near enough yet.
        if self.manifold.distance_at_rank(w, rank).map_or(true, |distance| distance > self.near * w.norm()) {
            return Ok(None);
        }
        let Ok((on, _)) = self.manifold.retract_to_rank(w, rank) else { return Ok(None) };
        let Ok(chart) = Chart::around(self.loss, &on) else { return Ok(None) };
        Ok(charted::covered(&chart, lambda, w)?.then_some(on))
    }
}

impl Tangents for CriticalFlows<'_> {
    fn descend_with_tangent(&self) -> Result<(Foot, Weights), FlowError> {
        self.descend(true)
    }

    fn project(&self, w: &Weights, v: &Weights) -> Result<Weights, FlowError> {
        Ok(self.manifold.at(&self.beside(w)?).map_err(slow)?.project_tangent(v))
    }

    fn normal_inverse(&self, w: &Weights, v: &Weights) -> Result<Weights, FlowError> {
        Ok(self.manifold.at(&self.beside(w)?).map_err(slow)?.hessian_pseudo_inverse(v))
    }

    fn drift_with_tangent(
        &self,
        w: &Weights,
        first: &Weights,
        from: f64,
        times: &[f64],
    ) -> Result<(Vec<ExpansionPoint>, Work), FlowError> {
        let mut work = Work::default();
        // The path is on M up to the tolerance; a chart is laid on M itself.
        let leg = Leg { s: from, w: w.clone(), on: self.beside(w)?, first: Some(first.clone()), step: None };
        Ok((self.on_manifold(leg, times, &mut work)?, work))
    }

    fn regulariser(&self) -> &Regulariser {
        self.regulariser
    }

    fn offset(&self, foot: &Weights) -> Result<f64, FlowError> {
        Ok(self.loss.value(foot)?)
    }
}

fn slow(source: ManifoldError) -> FlowError {
    FlowError::Manifold { phase: Phase::Slow, time: 0.0, source }
}

impl Flows for CriticalFlows<'_> {
    fn method(&self) -> &'static str {
        method_name(self.stages)
    }

    fn foot(&self) -> Result<Foot, FlowError> {
        let foot = self.descend(false)?.0;
        self.rank.get_or_init(|| Some(foot.spectrum.rank));
        Ok(foot)
    }

    fn remarks(&self) -> Vec<String> {
        let mut plain = self.plain.lock().unwrap_or_else(PoisonError::into_inner).clone();
        plain.sort_by(|a, b| b.0.total_cmp(&a.0));
        let sentence = |&(lambda, span, floor): &(f64, f64, f64)| {
            format!(
                "λ = {lambda:e}: over the last {span:.3e} of slow time no chart of M covers w^λ, and the flow was run in t: at a cost of 1/λ, with a \
                 floor of {floor:.1e} from round-off of ∇F over λ."
            )
        };
        plain.iter().map(sentence).collect()
    }

    fn fast(&self, times: &[f64]) -> Result<Trajectory<Fast>, FlowError> {
        let mut stepper = self.stepper(&self.free, Clock::fast(0.0), 0.0, self.start).map_err(|e| at(Phase::Fast, e))?;
        let saved = stepper.run(times).map_err(|e| at(Phase::Fast, e))?;
        let points = saved.into_iter().map(|point| Point { time: point.time, w: point.w }).collect();
        Ok(Trajectory::new(points, stepper.work))
    }

    fn slow(&self, foot: &Weights, times: &[f64]) -> Result<Trajectory<Slow>, FlowError> {
        let mut work = Work::default();
        let leg = Leg { s: 0.0, w: foot.clone(), on: foot.clone(), first: None, step: None };
        let points = self.on_manifold(leg, times, &mut work)?;
        Ok(Trajectory::new(points.into_iter().map(|p| Point { time: p.s, w: p.w }).collect(), work))
    }

    fn regularised(&self, lambda: f64, times: &[f64]) -> Result<Trajectory<Fast>, FlowError> {
        let slow: Vec<f64> = times.iter().map(|t| lambda * t).collect();
        let run = self.in_slow_time(lambda, &slow)?;
        let points = run.points.into_iter().zip(times).map(|(point, &time)| Point { time, w: point.w }).collect();
        Ok(Trajectory::new(points, run.work))
    }

    fn expansion(&self, times: &[f64]) -> Result<Option<Expansion>, FlowError> {
        expansion::expansion(self, times).map(Some)
    }

    fn crossing(&self, expansion: &Expansion, loss: &dyn Loss, level: f64) -> Result<Option<Crossing>, FlowError> {
        expansion::crossing(self, expansion, loss, level)
    }
}
