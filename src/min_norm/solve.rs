use super::constraint::Constraint;
use super::fall::fall;
use super::newton::Limits;
use super::scale::Scale;
use super::tangent::Tangent;
use super::{KktPoint, Method, MinNormError, Options, Target, affine, bridge, newton};
use crate::field::{Loss, Regulariser, Weights};
use crate::numeric::rank;
use crate::numeric::seed::Stream;

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
        && let Ok(point) = affine::solve(&constraint, start)?
    {
        return Ok(point);
    }
    let foot = newton::onto_manifold(&constraint, regulariser, start)?;
    let (scale, size) = (Scale::at(&foot), foot.w.amax());
    let (foot_rank, foot_largest) = (foot.normal.rank(), foot.normal.largest());
    let search = Search { constraint: &constraint, regulariser, options, scale, size, foot_rank, foot_largest };
    match options.target {
        Target::Minimum => search.descend(foot),
        Target::Nearest => search.nearest(foot),
    }
}

/// ‖J(w)‖, the largest singular value of the Jacobian of the constraint at a point of M.
///
/// # Errors
/// Values that are not finite and decompositions that fail.
pub fn jacobian_norm(loss: &dyn Loss, w: &Weights) -> Result<f64, MinNormError> {
    let constraint = Constraint::new(loss, u64::MAX);
    Ok(Tangent::at(&constraint, &Regulariser::HalfSquaredNorm, w, None)?.normal.largest())
}

/// How often a saddle, or a point without a way down, is left before the search ends there.
const ESCAPES: usize = 30;

struct Search<'a> {
    constraint: &'a Constraint<'a>,
    regulariser: &'a Regulariser,
    options: &'a Options,
    scale: Scale,
    size: f64,
    foot_rank: usize,
    foot_largest: f64,
}

/// What a search did until it ended.
struct Ended {
    iterations: u64,
    newton_iterations: u64,
    method: Method,
    why: &'static str,
}

impl Search<'_> {
    fn nearest(&self, foot: Tangent) -> Result<KktPoint, MinNormError> {
        let limit = self.options.max_iterations.min(300);
        let limits = Limits { rank: None, tolerance: self.options.tolerance, reach: f64::INFINITY, steps: limit, patience: 20 };
        let polish = |w: &Weights| newton::polish(self.constraint, self.regulariser, self.scale, w, limits);
        let (mut end, mut newton_iterations) = polish(&foot.w)?;
        if self.scale.grown(&end).kkt(&end) > self.options.tolerance {
            let (nearer, taken) = fall(self.constraint, self.regulariser, self.scale, foot)?;
            let (there, more) = polish(&nearer.w)?;
            (end, newton_iterations) = (there, newton_iterations + taken + more);
        }
        let why = "Newton's method stopped falling";
        self.finish(end, Ended { iterations: 0, newton_iterations, method: Method::Newton, why })
    }

    /// Descends to a KKT point; where R bends down there, leaves it along that direction and descends again.
    fn descend(&self, foot: Tangent) -> Result<KktPoint, MinNormError> {
        let mut ended = Ended { iterations: 0, newton_iterations: 0, method: Method::TrustRegion, why: "" };
        let mut end = self.descent(foot.w, &mut ended)?;
        for _ in 0..ESCAPES {
            match self.below(&end)? {
                None => break,
                Some(w) => end = self.descent(w, &mut ended)?,
            }
        }
        self.finish(end, ended)
    }

    fn descent(&self, mut w: Weights, ended: &mut Ended) -> Result<Tangent, MinNormError> {
        ended.why = "Newton's method left the neighbourhood";
        let mut kicks = Stream::new(0, "kicks");
        // Newton's method is tried from ever closer, and its end refused where it ran away to another critical point.
        let mut tolerances = [1e-4, 1e-7, 1e-10, self.options.tolerance].into_iter();
        let mut tolerance = 1e-4;
        for _ in 0..ESCAPES {
            let left = self.options.max_iterations.saturating_sub(ended.iterations);
            let run = bridge::descend(self.constraint, self.regulariser, self.scale, &w, tolerance, left)?;
            w = run.w;
            ended.iterations += run.iterations;
            let here = Tangent::at(self.constraint, self.regulariser, &w, None)?;
            let reach = if run.converged { 0.05 } else { 0.5 };
            for cut in ranks(&here) {
                let limits =
                    Limits { rank: cut, tolerance: self.options.tolerance, reach: self.away(&w, reach), steps: 60, patience: 3 };
                let (end, taken) = newton::polish(self.constraint, self.regulariser, self.scale, &w, limits)?;
                ended.newton_iterations += taken;
                if self.belongs(&w, &end, reach) {
                    return Ok(end);
                }
            }
            if ended.iterations >= self.options.max_iterations {
                ended.why = "the limit of iterations";
                break;
            }
            match (run.converged, tolerances.next()) {
                (true, Some(next)) => tolerance = next,
                (true, None) => break,
                // No step is accepted where J has dropped rank: beside it there are other ways down.
                (false, _) => {
                    ended.why = "no step is accepted any more";
                    let size = 1e-2 * w.norm() / (w.len() as f64).sqrt();
                    let beside = &w + Weights::from_fn(w.len(), |_, _| size * kicks.normal());
                    match newton::onto_manifold(self.constraint, self.regulariser, &beside) {
                        Ok(there) => w = there.w,
                        Err(MinNormError::NotOnManifold { .. }) => break,
                        Err(other) => return Err(other),
                    }
                }
            }
        }
        Tangent::at(self.constraint, self.regulariser, &w, None)
    }

    /// A point of M with smaller R beside a KKT point whose Hessian has a clearly negative eigenvalue; `None` at minima.
    fn below(&self, end: &Tangent) -> Result<Option<Weights>, MinNormError> {
        let Some((curvature, direction)) = end.lowest_curvature(self.constraint, self.regulariser)? else { return Ok(None) };
        if curvature > -1e-6 * self.scale.gradient / self.scale.weights {
            return Ok(None);
        }
        let value = self.regulariser.value(&end.w);
        let mut length = 0.1 * end.w.norm().max(0.1 * self.scale.weights);
        for _ in 0..10 {
            for step in [&direction * length, &direction * -length] {
                let found = bridge::retract(self.constraint, self.scale, end, &step)?;
                if let Some(w) = found.filter(|w| self.regulariser.value(w) < value + 0.1 * curvature * length * length) {
                    return Ok(Some(w));
                }
            }
            length *= 0.5;
        }
        Ok(None)
    }

    fn away(&self, w: &Weights, reach: f64) -> f64 {
        reach * w.norm().max(0.1 * self.scale.weights)
    }

    /// Whether `end` is a KKT point within `reach`·‖w‖ of `w`, with no larger R: the one that the descent was heading for.
    fn belongs(&self, w: &Weights, end: &Tangent, reach: f64) -> bool {
        let near = (&end.w - w).norm() <= self.away(w, reach);
        let (before, after) = (self.regulariser.value(w), self.regulariser.value(&end.w));
        let lower = after <= before * (1.0 + 1e-12) + 1e-12 * self.scale.gradient * self.scale.weights;
        near && lower && self.scale.grown(end).kkt(end) <= self.options.tolerance
    }

    fn finish(&self, end: Tangent, ended: Ended) -> Result<KktPoint, MinNormError> {
        let scale = self.scale.grown(&end);
        let kkt_residual = scale.kkt(&end);
        if kkt_residual > self.options.tolerance || kkt_residual.is_nan() {
            let smallest = end.normal.singular_values.last().copied().unwrap_or(0.0);
            let of = self.constraint.derivative();
            return Err(MinNormError::NotConverged {
                iterations: ended.iterations + ended.newton_iterations,
                evaluations: self.constraint.evaluations(),
                residual: kkt_residual,
                limit: self.options.tolerance,
                why: format!("{}; singular values of {of} from {:.3e} to {smallest:.3e}", ended.why, end.normal.largest()),
                w: end.w,
            });
        }
        self.constraint.is_minimum(&end.w)?;
        Ok(KktPoint {
            value: self.regulariser.value(&end.w),
            size: self.size.max(end.w.amax()),
            norm_squared: end.w.norm_squared(),
            kkt_residual,
            constraint_residual: scale.constraint(&end.residual),
            rank: end.normal.rank(),
            foot_rank: self.foot_rank,
            foot_largest: self.foot_largest,
            singular_values: end.normal.singular_values,
            multipliers: end.mu,
            iterations: ended.iterations,
            newton_iterations: ended.newton_iterations,
            evaluations: self.constraint.evaluations(),
            method: ended.method,
            w: end.w,
        })
    }
}

/// The ranks of J to try. A limit where J drops rank is approached with singular values that are small, not zero: where
/// there are small ones the cut at their widest gap comes first, for it then leads to the limit itself.
fn ranks(here: &Tangent) -> Vec<Option<usize>> {
    let values = &here.normal.singular_values;
    let ratio = |k: &usize| values[k - 1] / values[*k].max(rank::FLOOR * values[0]);
    let small = (1..values.len()).filter(|&k| values[k] < 1e-3 * values[0]);
    let widest = small.max_by(|a, b| ratio(a).total_cmp(&ratio(b)));
    widest.map(Some).into_iter().chain([None]).collect()
}
