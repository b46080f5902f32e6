//! Newton's method on the KKT system (∇R + Jᵀμ, c) = 0, in its null-space form.

use super::MinNormError;
use super::constraint::Constraint;
use super::downhill::downhill;
use super::scale::Scale;
use super::tangent::Tangent;
use crate::field::{Regulariser, Weights};

/// Where Newton's method ends.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The rank at which J is cut; its numerical rank where `None`.
    pub rank: Option<usize>,
    /// The scaled KKT residual that is sought.
    pub tolerance: f64,
    /// Distance from the start.
    pub reach: f64,
    /// Steps.
    pub steps: u64,
    /// Steps in a row that may raise the residual.
    pub patience: u64,
}

/// Newton steps from `start` to the limit of round-off, and how many were taken; steps are cut to a tenth of ‖w‖.
///
/// Stops where the scaled KKT residual no longer falls.
pub fn polish(
    constraint: &Constraint,
    regulariser: &Regulariser,
    scale: Scale,
    start: &Weights,
    limits: Limits,
) -> Result<(Tangent, u64), MinNormError> {
    let Limits { rank, tolerance, reach, steps: limit, patience } = limits;
    let mut here = Tangent::at(constraint, regulariser, start, rank)?;
    let mut best = here.clone();
    let mut worse = 0;
    for taken in 0..limit {
        let size = scale.grown(&here).kkt(&here);
        let best_size = scale.grown(&best).kkt(&best);
        if size < best_size {
            // Below the tolerance one more step is taken only while each still halves the residual.
            let done = size <= 0.01 * tolerance || (best_size <= tolerance && size > 0.5 * best_size);
            best = here.clone();
            worse = 0;
            if done {
                return Ok((best, taken));
            }
        } else if taken > 0 {
            worse += 1;
            if best_size <= tolerance || worse > patience {
                return Ok((best, taken));
            }
        }
        if size <= 1e-3 * tolerance {
            return Ok((here, taken));
        }
        let mut step = here.newton_step(constraint, regulariser)?;
        let longest = 0.3 * here.w.norm().max(0.1 * scale.weights);
        let length = step.norm();
        if length > longest {
            step *= longest / length;
        }
        let next = &here.w + step;
        if (&next - start).norm() > reach {
            return Ok((best, taken));
        }
        here = Tangent::at(constraint, regulariser, &next, rank)?;
    }
    Ok((best, limit))
}

/// Onto M from a start beside it, by Gauss–Newton steps that are halved until ‖c‖ falls.
pub fn onto_manifold(constraint: &Constraint, regulariser: &Regulariser, start: &Weights) -> Result<Tangent, MinNormError> {
    const LIMIT: f64 = 1e-12;
    const STEPS: u64 = 100;
    let mut here = Tangent::at(constraint, regulariser, &downhill(constraint, start)?, None)?;
    let scale = Scale::at(&here);
    for iterations in 0..STEPS {
        let size = scale.grown(&here).constraint(&here.residual);
        if size <= 1e-14 {
            return Ok(here);
        }
        let step = here.normal.step(&here.residual);
        let mut length = 1.0;
        let next = loop {
            let w = &here.w + &step * length;
            let fallen = match constraint.residual(&w) {
                Ok(residual) => residual.norm() < (1.0 - 0.1 * length) * here.residual.norm(),
                Err(MinNormError::Field { .. }) => false,
                Err(other) => return Err(other),
            };
            if fallen {
                break Some(w);
            }
            length *= 0.5;
            if length < 1e-4 {
                break None;
            }
        };
        match next {
            Some(w) => here = Tangent::at(constraint, regulariser, &w, None)?,
            None if size <= LIMIT => return Ok(here),
            None => return Err(MinNormError::NotOnManifold { iterations, residual: size, limit: LIMIT }),
        }
    }
    let residual = scale.grown(&here).constraint(&here.residual);
    if residual <= LIMIT { Ok(here) } else { Err(MinNormError::NotOnManifold { iterations: STEPS, residual, limit: LIMIT }) }
}
