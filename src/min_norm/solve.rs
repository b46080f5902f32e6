use super::constraint::Constraint;
use super::scale::Scale;
use super::tangent::Tangent;
use super::{KktPoint, Method, MinNormError, Options, Target, affine, bridge, newton};
use crate::field::{Loss, Regulariser, Weights};
use crate::numeric::rank;

/// The KKT point of min R over M that a descent from `start` reaches (or the nearest of any kind, by `options.target`).
///
/// `start` lies on M or near it: typically the foot point of the fast flow. M is {r = 0} where the loss is a sum of
/// squares, {∇F = 0} with constant rank of H otherwise. Affine residuals with R = ½‖w‖² go through the singular value
/// decomposition instead. Costs n²d an iteration for residuals.
///
/// # Errors
/// Whatever is not finite; no point of M near the start; no KKT point within the tolerance or the budget.
pub fn solve(loss: &dyn Loss, regulariser: &Regulariser, start: &Weights, options: &Options) -> Result<KktPoint, MinNormError> {
    if start.len() != loss.dim() {
        return Err(MinNormError::Dimension { found: start.len(), needed: loss.dim() });
    }
    let constraint = Constraint::new(loss, options.max_evaluations);
    constraint.finite("the start", start.as_slice(), start)?;
    let is_affine = loss.least_squares().is_some_and(|squares| squares.residual.is_affine());
    if is_affine
        && *regulariser == Regulariser::HalfSquaredNorm
        && let Ok(point) = affine::solve(&constraint)?
    {
        return Ok(point);
    }
    let foot = newton::onto_manifold(&constraint, regulariser, start)?;
    let scale = Scale::at(&foot);
    match options.target {
        Target::Minimum => descend(&constraint, regulariser, scale, foot, options),
        Target::Nearest => {
            let limit = options.max_iterations.min(300);
            let (end, newton_iterations) =
                newton::polish(&constraint, regulariser, scale, &foot.w, None, options.tolerance, limit)?;
            finish(
                &constraint,
                regulariser,
                scale,
                end,
                options,
                (0, newton_iterations, Method::Newton),
                "Newton's method stopped falling",
            )
        }
    }
}

fn descend(
    constraint: &Constraint,
    regulariser: &Regulariser,
    scale: Scale,
    foot: Tangent,
    options: &Options,
) -> Result<KktPoint, MinNormError> {
    let mut w = foot.w;
    let (mut iterations, mut steps) = (0, 0);
    let mut why = "Newton's method left the neighbourhood";
    // Newton's method is tried from ever closer, and its end refused where it ran away: to another critical point.
    for tolerance in [1e-4, 1e-7, 1e-10, options.tolerance] {
        let left = options.max_iterations.saturating_sub(iterations);
        let ended = bridge::descend(constraint, regulariser, scale, &w, tolerance, left)?;
        w = ended.w;
        iterations += ended.iterations;
        let here = Tangent::at(constraint, regulariser, &w, None)?;
        for cut in ranks(&here) {
            let (end, taken) = newton::polish(constraint, regulariser, scale, &w, cut, options.tolerance, 60)?;
            steps += taken;
            let near = (&end.w - &w).norm() <= 0.1 * w.norm().max(0.1 * scale.weights);
            let lower = regulariser.value(&end.w) <= regulariser.value(&w) * (1.0 + 1e-12) + 1e-12 * scale.weights.powi(2);
            if near && lower && scale.grown(&end).kkt(&end) <= options.tolerance {
                return finish(constraint, regulariser, scale, end, options, (iterations, steps, Method::TrustRegion), "");
            }
        }
        if !ended.converged {
            why = if iterations >= options.max_iterations { "the limit of iterations" } else { "no step is accepted any more" };
            break;
        }
    }
    let end = Tangent::at(constraint, regulariser, &w, None)?;
    finish(constraint, regulariser, scale, end, options, (iterations, steps, Method::TrustRegion), why)
}

/// The ranks of J to try: as it is, then cut at the widest gap among the small singular values (a limit where J drops rank
/// is approached with singular values that are small, not zero).
fn ranks(here: &Tangent) -> Vec<Option<usize>> {
    let values = &here.normal.singular_values;
    let mut cuts = vec![None];
    let small = |k: usize| values[k] < 1e-2 * values[0];
    let widest = (1..values.len()).filter(|&k| small(k)).max_by(|&a, &b| {
        let ratio = |k: usize| values[k - 1] / values[k].max(rank::FLOOR * values[0]);
        ratio(a).total_cmp(&ratio(b))
    });
    cuts.extend(widest.map(Some));
    cuts
}

fn finish(
    constraint: &Constraint,
    regulariser: &Regulariser,
    scale: Scale,
    end: Tangent,
    options: &Options,
    (iterations, newton_iterations, method): (u64, u64, Method),
    ended: &'static str,
) -> Result<KktPoint, MinNormError> {
    let grown = scale.grown(&end);
    let kkt_residual = grown.kkt(&end);
    if kkt_residual > options.tolerance || kkt_residual.is_nan() {
        return Err(MinNormError::NotConverged {
            iterations: iterations + newton_iterations,
            evaluations: constraint.evaluations(),
            residual: kkt_residual,
            limit: options.tolerance,
            why: format!(
                "{ended}; singular values of J from {:.3e} to {:.3e}",
                end.normal.largest(),
                end.normal.singular_values.last().copied().unwrap_or(0.0)
            ),
            w: end.w,
        });
    }
    Ok(KktPoint {
        value: regulariser.value(&end.w),
        norm_squared: end.w.norm_squared(),
        kkt_residual,
        constraint_residual: grown.constraint(&end.residual),
        rank: end.normal.rank(),
        singular_values: end.normal.singular_values,
        multipliers: end.mu,
        iterations,
        newton_iterations,
        evaluations: constraint.evaluations(),
        method,
        w: end.w,
    })
}
