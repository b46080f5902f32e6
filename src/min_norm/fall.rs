use super::MinNormError;
use super::bridge::retract;
use super::constraint::Constraint;
use super::scale::Scale;
use super::tangent::Tangent;
use crate::field::Regulariser;

/// Steps.
const STEPS: u64 = 100;

/// Damped Newton steps along M that each lower ‖P∇R‖, from `here` until it is a thousandth of ‖∇R‖ or falls no more, and how many.
///
/// With g = P∇R and H the Riemannian Hessian, −H⁺g is a way down for ½‖g‖² wherever Hg ≠ 0, towards KKT points of any kind:
/// from far away Newton's method itself, which may raise ‖g‖, need not arrive.
pub fn fall(
    constraint: &Constraint,
    regulariser: &Regulariser,
    scale: Scale,
    mut here: Tangent,
) -> Result<(Tangent, u64), MinNormError> {
    for taken in 0..STEPS {
        let speed = here.gradient.norm();
        if speed <= 1e-3 * scale.gradient {
            return Ok((here, taken));
        }
        let step = here.newton_step(constraint, regulariser)?;
        let mut length = (0.3 * here.w.norm() / step.norm()).min(1.0);
        let lower = loop {
            if let Some(w) = retract(constraint, scale, &here, &(&step * length))? {
                let there = Tangent::at(constraint, regulariser, &w, None)?;
                if there.gradient.norm() < (1.0 - 0.1 * length) * speed {
                    break Some(there);
                }
            }
            length *= 0.5;
            if length < 1e-4 {
                break None;
            }
        };
        match lower {
            Some(there) => here = there,
            None => return Ok((here, taken)),
        }
    }
    Ok((here, STEPS))
}
