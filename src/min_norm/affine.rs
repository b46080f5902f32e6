//! Affine residuals r(w) = Jw + r(0) and R = ½‖w‖²: the minimum-norm least-squares solution −J⁺r(0) directly.

use super::constraint::Constraint;
use super::normal::Normal;
use super::{KktPoint, Method, MinNormError};
use crate::field::Weights;
use crate::numeric::rank::{self, AmbiguousRank};

/// w = −J⁺r(0), with one step of refinement w ← QQᵀw − J⁺r(w). The rank of J needs a gap.
///
/// Where r cannot vanish (noisy data, more samples than rank) the constraint is Jᵀr = 0, M the least-squares solutions:
/// `constraint_residual` is then ‖J⁺r‖/‖w‖.
pub fn solve(constraint: &Constraint, start: &Weights) -> Result<Result<KktPoint, AmbiguousRank>, MinNormError> {
    let origin = Weights::zeros(constraint.dim());
    let normal = Normal::new(&constraint.jacobian(&origin)?, None).map_err(MinNormError::Dense)?;
    let decided = match rank::decide(&normal.singular_values) {
        Ok(decided) => decided,
        Err(ambiguous) => return Ok(Err(ambiguous)),
    };
    let mut w = normal.step(&constraint.residual(&origin)?);
    for _ in 0..2 {
        w += normal.step(&constraint.residual(&w)?);
        w -= normal.project(&w);
    }
    constraint.finite("the pseudo-inverse solution", w.as_slice(), &w)?;
    let mu = normal.multipliers(&w);
    let size = w.norm().max(f64::MIN_POSITIVE);
    let constraint_residual = normal.step(&constraint.residual(&w)?).norm() / size;
    let kkt_residual = (normal.project(&w).norm() / size).max(constraint_residual);
    let norm_squared = w.norm_squared();
    Ok(Ok(KktPoint {
        multipliers: mu,
        value: 0.5 * norm_squared,
        size: w.amax().max(start.amax()),
        norm_squared,
        kkt_residual,
        constraint_residual,
        foot_largest: normal.largest(),
        singular_values: normal.singular_values,
        rank: decided.rank,
        foot_rank: decided.rank,
        iterations: 0,
        newton_iterations: 0,
        evaluations: constraint.evaluations(),
        method: Method::PseudoInverse,
        w,
    }))
}
