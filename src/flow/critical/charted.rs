use std::sync::Arc;

use super::CriticalFlows;
use crate::field::{Coupling, FieldError, LeastSquares, Weights, Work};
use crate::flow::expansion::ExpansionPoint;
use crate::flow::{FlowError, Phase};
use crate::integrate::star::{Clock, StarError};
use crate::manifold::{Chart, ManifoldError};
use crate::numeric::Vector;

/// Where a run in charts begins or stands.
#[derive(Clone)]
pub struct Leg {
    /// Slow time s.
    pub s: f64,
    /// w there.
    pub w: Weights,
    /// The point of M below it, around which the chart is taken.
    pub on: Weights,
    /// w₁ there, where it is followed.
    pub first: Option<Weights>,
    /// Length of the next step, where one was proposed.
    pub step: Option<f64>,
}

/// Where charts end before the last of the times.
pub struct Stop {
    /// The last good point.
    pub leg: Leg,
    /// Why.
    pub cause: ManifoldError,
}

/// ‖∇F − κf‖ that is round-off, in units of ‖H‖‖w‖.
const ROUND_OFF: f64 = 1e-12;
/// ‖∇F − κf‖/κ that the quadrature may leave, in units of ‖f‖.
const QUADRATURE: f64 = 1e-13;

/// Whether `w` lies in the chart at that κ: multipliers exist, S is good below, and the rewriting holds.
pub fn covered(chart: &Chart, kappa: f64, w: &Weights) -> Result<bool, FieldError> {
    let Some(mu) = chart.multipliers(w, kappa)? else { return Ok(false) };
    Ok(chart.covers(&chart.base(w, &mu, kappa)).unwrap_or(false) && holds(chart, kappa, w, &mu, 0.0)?.is_none())
}

/// `None` where ∇F = κf; else by how much it is not, and what is allowed: round-off, quadrature, and g = 0 only to `error` in w.
fn holds(chart: &Chart, kappa: f64, w: &Weights, mu: &Vector, error: f64) -> Result<Option<(f64, f64)>, FieldError> {
    let (left, force) = chart.departure(w, mu, kappa)?;
    let allowed = chart.spectrum.largest * (ROUND_OFF * w.norm() + error) + QUADRATURE * kappa * force;
    Ok((left > allowed).then_some((left, allowed)))
}

impl CriticalFlows<'_> {
    /// From `leg` in slow time through `times`, chart after chart; with the place and the reason where they end before.
    pub fn along(
        &self,
        kappa: f64,
        mut leg: Leg,
        times: &[f64],
        work: &mut Work,
    ) -> Result<(Vec<ExpansionPoint>, Option<Stop>), StarError> {
        let mut points = Vec::with_capacity(times.len());
        while points.len() < times.len() {
            let chart = match Chart::around(self.loss, &leg.on) {
                Ok(chart) => Arc::new(chart),
                Err(cause) => return Ok((points, Some(Stop { leg, cause }))),
            };
            match self.in_chart(kappa, &chart, leg, times, &mut points, work)? {
                (there, None) => leg = there,
                (leg, Some(cause)) => return Ok((points, Some(Stop { leg, cause }))),
            }
        }
        Ok((points, None))
    }

    /// Through `times` until the chart is no longer good; with the reason where there will be no other.
    fn in_chart(
        &self,
        kappa: f64,
        chart: &Arc<Chart>,
        mut leg: Leg,
        times: &[f64],
        points: &mut Vec<ExpansionPoint>,
        work: &mut Work,
    ) -> Result<(Leg, Option<ManifoldError>), StarError> {
        let problem = LeastSquares { residual: chart.clone(), c: 1.0, offset: chart.minimum };
        let mut stepper = self.stepper(&problem, Clock::slow(kappa), leg.s, &leg.w)?;
        if let Some(step) = leg.step {
            stepper.propose(step);
        }
        if let Some(first) = &leg.first {
            stepper.follow_tangent(first.clone());
        }
        while let Some(&until) = times.get(points.len()) {
            if stepper.time() >= until {
                points.push(self.point(until, chart, &stepper));
                continue;
            }
            if let Err(cause) = stepper.step_towards(until) {
                // Another chart may do better, unless this one is new.
                if stepper.work.steps == 0 {
                    return Err(stepper.stopped(cause));
                }
                break;
            }
            let (w, mu) = (stepper.weights(), stepper.multipliers());
            let below = chart.base(w, mu, kappa);
            leg = Leg {
                s: stepper.time(),
                w: w.clone(),
                first: stepper.tangent().map(|t| t.w.clone()),
                on: below,
                step: Some(stepper.step()),
            };
            match holds(chart, kappa, w, mu, stepper.allowed()) {
                Ok(None) => {}
                Ok(Some((gradient, allowed))) => {
                    *work += stepper.work;
                    let rank = chart.spectrum.rank;
                    return Ok((leg, Some(ManifoldError::NotCritical { rank, found: rank, gradient, allowed })));
                }
                Err(fault) => {
                    *work += stepper.work;
                    return Ok((leg, Some(fault.into())));
                }
            }
            let old = self.renew.is_some_and(|steps| stepper.work.steps >= steps);
            if old || !chart.covers(&leg.on).unwrap_or(false) {
                break;
            }
        }
        *work += stepper.work;
        if points.len() < times.len() {
            match self.manifold.retract_to_rank(&leg.on, Some(chart.spectrum.rank)) {
                Ok((on, _)) => leg.on = on,
                Err(cause) => return Ok((leg, Some(cause))),
            }
        }
        Ok((leg, None))
    }

    fn point(&self, s: f64, chart: &Chart, stepper: &crate::integrate::star::Stepper<'_>) -> ExpansionPoint {
        let (w, mu) = (stepper.weights().clone(), stepper.multipliers());
        let none = (Weights::zeros(0), f64::NAN, None);
        let (first, excess, excess_first) = stepper.tangent().map_or(none, |tangent| {
            let (excess, more) = chart.excess(&w, mu, &tangent.w, &tangent.mu);
            (tangent.w.clone(), excess, (stepper.work.steps > 0).then_some(more))
        });
        ExpansionPoint { s, w, first, excess, excess_first }
    }

    /// The slow flow from `leg` on M: charts must lead to the end.
    pub fn on_manifold(&self, leg: Leg, times: &[f64], work: &mut Work) -> Result<Vec<ExpansionPoint>, FlowError> {
        let done = self.along(0.0, leg, times, work);
        match done.map_err(|source| FlowError::Star { phase: Phase::Slow, source: Box::new(source) })? {
            (points, None) => Ok(points),
            (_, Some(Stop { leg, cause })) => Err(FlowError::Manifold { phase: Phase::Slow, time: leg.s, source: cause }),
        }
    }
}
