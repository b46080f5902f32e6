//! What kind of KKT point it is: the eigenvalues of the Riemannian Hessian of R on M.
//!
//! On ker J the Hessian is that of the Lagrangian, A = ∇²R + Σμₖ∇²rₖ. All its eigenvalues > 0: a strict local minimum.
//! Small dimensions: the eigenvalues of P A P + s QQᵀ with s above all of them, less the rank(J) values s. Large ones
//! with block-diagonal A: their number below σ, in n²d, from inertia (Haynsworth; Gould, Math. Prog. 32 (1985) 90) of
//!
//! [A − σ, Jᵀ; J, 0]:   N(σ) = n₋(A − σ) + n₋(−J(A − σ)⁻¹Jᵀ) − rank J.

use super::constraint::Constraint;
use super::inertia::{Blocks, below};
use super::orbit::Orbit;
use super::tangent::Tangent;
use super::{KktPoint, MinNormError};
use crate::field::{Loss, Regulariser};
use crate::numeric::dense;
use crate::numeric::rank::{self, FLOOR};
use crate::numeric::{Matrix, Vector};

/// Weights up to which all eigenvalues are computed.
pub(super) const DENSE: usize = 400;

/// What kind of KKT point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// All eigenvalues are positive: a strict local minimum.
    StrictMinimum,
    /// No eigenvalue is negative, and those that are zero belong to the orbit of the point under rotations that keep r and R:
    /// a minimum, strict across its orbit.
    Minimum,
    /// Some eigenvalues are negative.
    Saddle {
        /// How many.
        index: usize,
    },
    /// J has a lower rank than on M around: M is not a manifold here.
    Singular,
    /// The numbers do not decide.
    Undecided,
}

impl Kind {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::StrictMinimum => "strict-minimum",
            Kind::Minimum => "minimum",
            Kind::Saddle { .. } => "saddle",
            Kind::Singular => "singular",
            Kind::Undecided => "undecided",
        }
    }
}

/// The kind of a KKT point with the numbers that decide it.
#[derive(Debug, Clone, PartialEq)]
pub struct Classification {
    /// What kind of point.
    pub kind: Kind,
    /// Dimension of ker J.
    pub dimension: usize,
    /// Rank of J at the point; `None` where ambiguous.
    pub rank: Option<usize>,
    /// Eigenvalues of the Riemannian Hessian, ascending; empty where not all are computed (large dimensions).
    pub eigenvalues: Vec<f64>,
    /// Smallest eigenvalue of the Riemannian Hessian (to three digits in large dimensions); `None` where not computed.
    pub smallest_eigenvalue: Option<f64>,
    /// Smallest positive eigenvalue (to three digits in large dimensions): the rate at which a slow flow that arrives does so.
    pub rate: Option<f64>,
    /// Number of zero eigenvalues.
    pub degenerate: usize,
    /// Dimension of the orbit of the point under rotations that keep r and R.
    pub orbit: usize,
    /// The derivative whose kernel is tangent to M: `J`, or `∇²F` where M is the set of critical points.
    pub derivative: &'static str,
    /// Why, with the numbers.
    pub why: String,
}

/// Classifies `point`, a KKT point of `regulariser` over the critical manifold of `loss`.
///
/// # Errors
/// Values that are not finite and decompositions that fail; what the numbers do not decide is `Kind::Undecided`.
pub fn classify(loss: &dyn Loss, regulariser: &Regulariser, point: &KktPoint) -> Result<Classification, MinNormError> {
    let constraint = Constraint::new(loss, u64::MAX);
    let here = Tangent::at(&constraint, regulariser, &point.w, None)?;
    let d = point.w.len();
    let derivative = constraint.derivative();
    let undecided = |d, rank, why| Classification { derivative, ..undecided(d, rank, why) };
    let decided = rank::decide_beside(&here.normal.singular_values, point.foot_largest);
    let largest = here.normal.largest().max(point.foot_largest);
    let (rank, margin) = match &decided {
        Ok(found) => (found.rank, found.smallest.unwrap_or(0.0) / largest.max(f64::MIN_POSITIVE)),
        Err(ambiguous) => return Ok(undecided(d, None, ambiguous.to_string())),
    };
    let values = here.normal.singular_values.iter().map(|s| format!("{s:.3e}")).collect::<Vec<_>>();
    let values = if values.len() > 8 {
        format!("{}, …, {}", values[..4].join(", "), values[values.len() - 3..].join(", "))
    } else {
        values.join(", ")
    };
    if rank < point.foot_rank {
        let why = format!("the rank of {derivative} drops from {} to {rank}; its singular values are {values}", point.foot_rank);
        return Ok(Classification { kind: Kind::Singular, ..undecided(d, Some(rank), why) });
    }
    // A singular limit known to 1e-12 shows singular values up to about its square root.
    if rank > 0 && margin < 1e-6 {
        let why = format!(
            "σ_r/σ₁ = {margin:.1e} is neither clearly positive nor zero; the singular values of {derivative} are {values}"
        );
        return Ok(undecided(d, None, why));
    }
    if rank == d {
        let why = format!("ker {derivative} = {{0}}: the point is isolated in M");
        return Ok(Classification { kind: Kind::StrictMinimum, ..undecided(d, Some(rank), why) });
    }
    let orbit = Orbit::of(loss, regulariser, &point.w).map_or(0, |orbit| orbit.dimension());
    if d <= DENSE {
        let (values, scale) = eigenvalues(&constraint, regulariser, &here, rank)?;
        let found = judge(&values, scale, Classification { orbit, ..undecided(d, Some(rank), String::new()) });
        return Ok(doubted(found, scale, point.kkt_residual));
    }
    match Blocks::of(loss, regulariser, &here.w, &here.mu) {
        Some(blocks) => {
            let base = Classification { orbit, ..undecided(d, Some(rank), String::new()) };
            Ok(by_inertia(&blocks, &constraint.jacobian(&point.w)?, rank, base))
        }
        None => Ok(undecided(d, Some(rank), format!("{d} weights without a known block structure: more than {DENSE}"))),
    }
}

fn undecided(d: usize, rank: Option<usize>, why: String) -> Classification {
    let dimension = d - rank.unwrap_or(0);
    Classification {
        kind: Kind::Undecided,
        dimension,
        rank,
        eigenvalues: Vec::new(),
        smallest_eigenvalue: None,
        rate: None,
        degenerate: 0,
        orbit: 0,
        derivative: "J",
        why,
    }
}

/// All eigenvalues of the Riemannian Hessian, ascending, and ‖∇²R‖ (its largest column).
pub(super) fn eigenvalues(
    constraint: &Constraint,
    regulariser: &Regulariser,
    here: &Tangent,
    rank: usize,
) -> Result<(Vec<f64>, f64), MinNormError> {
    let d = here.w.len();
    let mut hessian = Matrix::zeros(d, d);
    let (mut unit, mut own) = (Vector::zeros(d), Vector::zeros(d));
    let mut scale = 0.0_f64;
    for i in 0..d {
        unit[i] = 1.0;
        regulariser.hessian_product(&here.w, &unit, &mut own);
        scale = scale.max(own.norm());
        hessian.set_column(i, &here.normal.project(&here.lagrangian_product(constraint, regulariser, &unit)?));
        unit[i] = 0.0;
    }
    let mut projected = hessian.clone();
    for i in 0..d {
        let row = here.normal.project(&hessian.row(i).transpose());
        projected.set_row(i, &row.transpose());
    }
    let above = 4.0 * projected.norm() + scale;
    for i in 0..d {
        unit[i] = 1.0;
        let normal = &unit - here.normal.project(&unit);
        let mut column = projected.column_mut(i);
        column.axpy(above, &normal, 1.0);
        unit[i] = 0.0;
    }
    let (values, _) = dense::symmetric_eigen(&((&projected + projected.transpose()) * 0.5))?;
    Ok((values.as_slice()[..d - rank].to_vec(), scale))
}

/// The verdict on ascending eigenvalues, zero meaning small against the largest of them and `scale` = ‖∇²R‖, with a gap.
fn judge(values: &[f64], scale: f64, base: Classification) -> Classification {
    let mut sizes: Vec<f64> = values.iter().map(|v| v.abs()).collect();
    sizes.push(scale);
    sizes.sort_by(|a, b| b.total_cmp(a));
    let smallest_eigenvalue = values.first().copied();
    let base = Classification { smallest_eigenvalue, eigenvalues: values.to_vec(), ..base };
    let positive = match rank::decide(&sizes) {
        Ok(found) => found.rank - 1,
        Err(ambiguous) => return Classification { why: format!("eigenvalues of the Hessian: {ambiguous}"), ..base },
    };
    let floor = FLOOR * sizes[0];
    let index = values.iter().filter(|v| **v < -floor).count();
    let degenerate = values.len() - positive;
    verdict(Classification { rate: values.get(index + degenerate).copied(), ..base }, index, degenerate)
}

/// Undecided where an eigenvalue that counts may belong to another point.
///
/// A KKT residual ρ leaves the point open by ρ/|v| along an eigenvector of eigenvalue v, all relative, and v by that times the third
/// derivative, of order one beside `scale`: v is known where v² > 2ρ (Kantorovich's condition for Newton's method).
fn doubted(found: Classification, scale: f64, residual: f64) -> Classification {
    let largest = found.eigenvalues.iter().fold(scale, |a, v| a.max(v.abs()));
    let open = (2.0 * residual.max(f64::EPSILON)).sqrt() * largest;
    match found.eigenvalues.iter().find(|v| v.abs() > FLOOR * largest && v.abs() < open) {
        Some(value) if found.kind != Kind::Undecided => {
            let why = format!(
                "the eigenvalue {value:.3e} is too small for the point, whose KKT residual of {residual:.0e} leaves those below {open:.0e} open"
            );
            Classification { kind: Kind::Undecided, rate: None, why, ..found }
        }
        _ => found,
    }
}

fn verdict(base: Classification, index: usize, degenerate: usize) -> Classification {
    let (lowest, of) = (base.smallest_eigenvalue.unwrap_or(0.0), base.derivative);
    let (kind, why) = match (index, degenerate) {
        (0, 0) => (Kind::StrictMinimum, format!("the smallest eigenvalue on ker {of} is {lowest:.3e}")),
        (0, zeros) if zeros == base.orbit => {
            let why = format!(
                "no negative eigenvalue on ker {of}; its {zeros} zeros are those of the orbit of rotations through the point"
            );
            (Kind::Minimum, why)
        }
        (0, zeros) => {
            let known = base.orbit;
            let why = format!(
                "no negative eigenvalue on ker {of}, but {zeros} are zero, {known} of them by known symmetries: the second order does not decide"
            );
            (Kind::Undecided, why)
        }
        (index, _) => (Kind::Saddle { index }, format!("{index} negative eigenvalues on ker {of}, the smallest {lowest:.3e}")),
    };
    Classification { kind, degenerate, why, ..base }
}

fn by_inertia(blocks: &Blocks, jacobian: &Matrix, rank: usize, base: Classification) -> Classification {
    let (low, high) = blocks.bounds();
    let scale = low.abs().max(high.abs());
    let turned = blocks.turned(jacobian);
    let count = |sigma: f64| below(&turned, sigma, rank);
    // The zero threshold, and the gap around it: no eigenvalue between it divided and multiplied by √GAP.
    let (inner, outer) = (1e-8 * scale / rank::GAP.sqrt(), 1e-8 * scale * rank::GAP.sqrt());
    let counts = [-outer, -inner, inner, outer].map(count);
    let [Some(a), Some(b), Some(c), Some(e)] = counts else {
        return Classification { why: "the inertia of the KKT matrix is not clear".into(), ..base };
    };
    if a != b || c != e {
        let (count, of) = (b - a.min(b) + e - c.min(e), base.derivative);
        let why = format!("{count} eigenvalues on ker {of} lie between {inner:.1e} and {outer:.1e} in size");
        return Classification { why, ..base };
    }
    // The eigenvalue with `rank` others below it.
    let eigenvalue = |mut below: f64, rank: usize| {
        let mut above = high + 1e-3 * scale;
        while above - below > 1e-3 * below.abs().max(above.abs()).max(outer) {
            let middle = 0.5 * (below + above);
            match count(middle) {
                Some(n) if n <= rank => below = middle,
                Some(_) => above = middle,
                None => break,
            }
        }
        0.5 * (below + above)
    };
    let smallest = eigenvalue(low - 1e-3 * scale, 0);
    let rate = if c == 0 { smallest } else { eigenvalue(outer, c) };
    let rate = Some(rate).filter(|_| c < base.dimension);
    verdict(Classification { smallest_eigenvalue: Some(smallest), rate, ..base }, a, c - b)
}
