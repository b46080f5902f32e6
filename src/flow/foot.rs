//! The foot point Φ(w₀): the end of the fast flow.
//!
//! The flow is followed over doubling times until the Newton distance δ = ‖J⁺r‖ to M is below [`CLOSE`]·|w|; the rest is a
//! retraction in the normal direction, whose tangential error is O(δ²), so below round-off (zero where M is affine).

use super::FlowError;
use crate::field::{FieldError, Loss, Weights, Work};
use crate::integrate::{Cause, IntegrateError, Integrator};
use crate::manifold::{CriticalManifold, ManifoldError, Spectrum};

/// Distance to M, relative to |w|, at which the flow hands over to Newton's method.
const CLOSE: f64 = 1e-8;
/// Newton distance, relative to |w|, beyond which a point with vanishing gradient is no part of M at all.
pub(super) const RECEDES: f64 = 1e3;
/// Residuals below this part of those at the start have vanished.
pub(super) const VANISHED: f64 = 1e-8;
/// Times the fast flow is doubled before it counts as not converging.
const DOUBLINGS: usize = 60;

/// Φ(w₀) with its geometry.
#[derive(Debug, Clone, PartialEq)]
pub struct Foot {
    /// Φ(w₀) on M.
    pub w: Weights,
    /// Fast time up to which the flow was followed.
    pub time: f64,
    /// Distance covered by the final retraction.
    pub retracted: f64,
    /// ‖r‖ at Φ(w₀).
    pub defect: f64,
    /// Spectrum of the Hessian at Φ(w₀).
    pub spectrum: Spectrum,
    /// What it cost.
    pub work: Work,
}

/// Follows `field` = −∇F from `start` to M.
pub(super) fn foot(
    loss: &dyn Loss,
    manifold: &dyn CriticalManifold,
    field: &dyn crate::field::VectorField,
    integrator: &dyn Integrator,
    start: &Weights,
    wrap: &dyn Fn(IntegrateError) -> FlowError,
) -> Result<Foot, FlowError> {
    let mut gradient = Weights::zeros(start.len());
    loss.gradient(start, &mut gradient)?;
    let scale = first_time(loss, start, &gradient)?;
    let (mut w, mut time, mut work) = (start.clone(), 0.0, Work::default());
    let mut leg = scale;
    let mut distance = f64::INFINITY;
    for _ in 0..DOUBLINGS {
        match integrator.integrate(field, &w, &[leg]) {
            Ok(solution) => {
                work += solution.work;
                if let Some(end) = solution.states.into_iter().next() {
                    w = end;
                }
            }
            Err(IntegrateError { cause: Cause::Budget { .. } | Cause::Field { .. } | Cause::StepUnderflow { .. }, .. })
                if w.norm() > 1e6 * (1.0 + start.norm()) =>
            {
                break;
            }
            Err(error) => return Err(wrap(error)),
        }
        time += leg;
        leg = time;
        loss.gradient(&w, &mut gradient)?;
        distance = newton_distance(manifold, &w)?;
        if distance <= CLOSE * w.norm() {
            let manifold_error = |source: ManifoldError| FlowError::Manifold { phase: super::Phase::Fast, time, source };
            let (on, retracted) = manifold.retract(&w).map_err(manifold_error)?;
            let spectrum = *manifold.at(&on).map_err(manifold_error)?.spectrum();
            let defect = manifold.defect(&on)?;
            return Ok(Foot { w: on, time, retracted, defect, spectrum, work });
        }
        // A gradient that vanishes where J has no full rank is a saddle; where M only recedes, the flow goes on.
        if gradient.norm() <= 1e-13 * (1.0 + w.norm()) / scale && distance > RECEDES * w.norm() {
            let defect = manifold.defect(&w)?;
            if defect <= VANISHED * manifold.defect(start)? {
                let wrong = |source: ManifoldError| FlowError::Manifold { phase: super::Phase::Fast, time, source };
                manifold.at(&w).map_err(wrong)?;
            }
            return Err(FlowError::Saddle { time, gradient: gradient.norm(), defect });
        }
    }
    Err(FlowError::NoFoot { time, distance, gradient: gradient.norm(), start_norm: start.norm(), norm: w.norm() })
}

/// ‖J⁺r‖, infinite where J has no full rank (which may pass: only the end counts).
fn newton_distance(manifold: &dyn CriticalManifold, w: &Weights) -> Result<f64, FlowError> {
    match manifold.distance(w) {
        Ok(distance) => Ok(distance),
        Err(ManifoldError::RankDrop { .. }) => Ok(f64::INFINITY),
        Err(ManifoldError::Field(fault)) => Err(FlowError::Field(fault)),
        Err(source) => Err(FlowError::Manifold { phase: super::Phase::Fast, time: f64::NAN, source }),
    }
}

/// The time 1/L of the fastest mode at the start, from a few power iterations on the Hessian.
fn first_time(loss: &dyn Loss, start: &Weights, gradient: &Weights) -> Result<f64, FieldError> {
    let d = start.len();
    let mut v = if gradient.norm() > 0.0 { gradient.clone() } else { Weights::repeat(d, 1.0) };
    let mut image = Weights::zeros(d);
    let mut largest = 0.0;
    for _ in 0..8 {
        let length = v.norm();
        if length == 0.0 {
            break;
        }
        v /= length;
        loss.hessian_product(start, &v, &mut image)?;
        largest = image.norm();
        std::mem::swap(&mut v, &mut image);
    }
    Ok(if largest > 0.0 { 1.0 / largest } else { 1.0 })
}
