//! A proof, in interval arithmetic, that a KKT point exists where a search says.
//!
//! What is proved is about the formula of the model with its data as the `f64` numbers that they are and exact
//! arithmetic; for reduced residuals (rank-deficient or noisy linear regression) about Uᵀ(Xw − y) with U as computed.
//! Proved: exactly one (w, μ) with ∇R + Jᵀμ = 0, r = 0 in a box, whose w lies in the enclosure; where the point has an orbit of
//! rotations, exactly one in the slice orthogonal to the orbit at the candidate (those on its orbit are KKT points with it). Refuted: no KKT point with
//! full-rank J within the radius of the candidate. Everything else is undecided, with the reason.
//! Where M consists of critical points of F, r is ∇h(z(w)) of F = h(z(w)) (`outer`): that they form a manifold is then proved too.

use super::constraint::Constraint;
use super::krawczyk::{Outcome, krawczyk};
use super::orbit::Orbit;
use super::refute::refute;
use super::support;
use super::system::{System, value};
use crate::field::{LeastSquares, Loss, Regulariser, Weights};
use crate::numeric::interval::Interval;
use crate::numeric::{Vector, dense, rank};

/// Relative radius of the box in which a KKT point is proved.
pub const RADIUS: f64 = 1e-6;

/// Unknowns d + n up to which the test is tried: its matrices have their square as number of entries.
pub const UNKNOWNS: usize = 1500;

/// What is proved about a candidate.
#[derive(Debug, Clone, PartialEq)]
pub enum Certificate {
    /// A KKT point exists and is the only one in a box around its enclosure.
    Proved(Box<Enclosure>),
    /// No KKT point (with J of full row rank) lies within the radius.
    Refuted {
        /// What rules it out, with the numbers.
        reason: String,
    },
    /// Neither.
    Undecided {
        /// Why.
        reason: String,
    },
}

/// Where the proved KKT point lies.
#[derive(Debug, Clone, PartialEq)]
pub struct Enclosure {
    /// One interval a weight.
    pub w: Vec<Interval>,
    /// ‖w‖².
    pub norm_squared: Interval,
    /// R(w).
    pub value: Interval,
    /// Upper bound of the distance ‖w − candidate‖.
    pub distance: f64,
    /// Dimension of the orbit of rotations through it, 0 for an isolated point.
    pub orbit: usize,
}

impl Certificate {
    /// `proved`, `refuted` or `undecided`.
    pub fn name(&self) -> &'static str {
        match self {
            Certificate::Proved(_) => "proved",
            Certificate::Refuted { .. } => "refuted",
            Certificate::Undecided { .. } => "undecided",
        }
    }
}

/// Tests the candidate (w, μ) within [`RADIUS`] of `size`, the magnitude of the weights.
///
/// `size` is max|wᵢ| unless w is small by chance, as on the way to 0: see [`super::KktPoint::size`].
pub fn certify(loss: &dyn Loss, regulariser: &Regulariser, w: &Weights, mu: &Vector, size: f64) -> Certificate {
    let undecided = |reason: &str| Certificate::Undecided { reason: reason.into() };
    if w.len() != loss.dim() || w.iter().chain(mu).any(|x| !x.is_finite()) {
        return undecided("the candidate is not finite, or has another number of weights than the problem");
    }
    let posed = match loss.least_squares() {
        Some(squares) if squares.residual.samples() + loss.dim() > UNKNOWNS => {
            return by_support(squares, regulariser, w, size).unwrap_or_else(|why| undecided(&why));
        }
        Some(squares) => System::new(squares, regulariser).map(|system| (system, mu.clone())).ok_or_else(no_formula),
        None => of_critical_points(loss, regulariser, w, mu),
    };
    let (system, mu) = match posed {
        Ok((_, mu)) if mu.iter().any(|x| !x.is_finite()) => return undecided("the multipliers are not finite"),
        Ok((system, mu)) if mu.len() == system.multipliers() => (system, mu),
        Ok(_) => return undecided("the candidate has another number of multipliers than the problem"),
        Err(why) => return undecided(&why),
    };
    let unknowns = w.len() + mu.len();
    let orbit = Orbit::of(loss, regulariser, w);
    let system = match &orbit {
        Some(orbit) => system.across(orbit, w),
        None => system,
    };
    let or_one = |x: f64| if x > 0.0 { x } else { 1.0 };
    let (size, strength) = (or_one(size), or_one(mu.amax()));
    let own = w.iter().chain(&mu).copied();
    let start = Vector::from_iterator(system.unknowns(), own.chain(std::iter::repeat_n(0.0, system.unknowns() - unknowns)));
    let scale = Vector::from_fn(start.len(), |i, _| if i < w.len() { size } else { strength });
    // The box is one of weights: multipliers may lie anywhere.
    let limits = Vector::from_fn(start.len(), |i, _| if i < w.len() { RADIUS * size } else { f64::INFINITY });
    match krawczyk(&system, &start, &scale, &limits) {
        Outcome::Zero(enclosure) => {
            let crosses = orbit.as_ref().is_none_or(|orbit| orbit.crosses(&enclosure));
            if !crosses {
                return undecided("the slice is not shown to cross the orbit of the point");
            }
            Certificate::Proved(Box::new(enclosed(regulariser, w, enclosure, orbit.map_or(0, |orbit| orbit.dimension()))))
        }
        Outcome::Open(reason) => match refute(&system, regulariser, w, RADIUS * size) {
            Some(reason) => Certificate::Refuted { reason },
            None => Certificate::Undecided { reason },
        },
    }
}

fn no_formula() -> String {
    "the model has no formula for interval arithmetic".into()
}

/// The system of a loss that is no sum of squares, and its multipliers.
fn of_critical_points<'a>(
    loss: &dyn Loss,
    regulariser: &'a Regulariser,
    w: &Weights,
    mu: &Vector,
) -> Result<(System<'a>, Vector), String> {
    let hessian = Constraint::new(loss, u64::MAX).jacobian(w).map_err(|error| error.to_string())?;
    let values = dense::singular_values(&hessian).map_err(|error| error.to_string())?;
    let found = rank::decide(values.as_slice()).map_err(|error| format!("of the Hessian of F, {error}"))?;
    if found.rank + w.len() > UNKNOWNS || mu.len() != w.len() {
        return Err(too_large(found.rank + w.len()));
    }
    let system = System::of_critical_points(loss, regulariser, w, found.rank)?;
    let inner = system.inner_multipliers(w, mu);
    Ok((system, inner))
}

fn too_large(unknowns: usize) -> String {
    format!("too large: {unknowns} unknowns, more than the {UNKNOWNS} up to which the test is tried")
}

/// The proof of a large diagonal network, or why there is none.
fn by_support(squares: &LeastSquares, regulariser: &Regulariser, w: &Weights, size: f64) -> Result<Certificate, String> {
    let large = too_large(squares.residual.samples() + w.len());
    let program = squares.residual.basis_pursuit(w).filter(|_| *regulariser == Regulariser::HalfSquaredNorm);
    let Some(program) = program else { return Err(large) };
    let both = support::enclose(&program, w).map_err(|why| format!("{large}; by its support: {why}"))?;
    let found = enclosed(regulariser, w, both, 0);
    if !(found.distance <= RADIUS * size) {
        return Err(format!("{large}; by its support: the minimum lies {:.1e} away", found.distance));
    }
    Ok(Certificate::Proved(Box::new(found)))
}

fn enclosed(regulariser: &Regulariser, candidate: &Weights, mut both: Vec<Interval>, orbit: usize) -> Enclosure {
    both.truncate(candidate.len());
    let norm_squared: Interval = both.iter().map(|x| x.square()).sum();
    // A sum of squares, rounded outward below 0.
    let norm_squared = Interval::new(norm_squared.lo().max(0.0), norm_squared.hi());
    let apart: Interval = both.iter().zip(candidate).map(|(x, c)| (*x - Interval::point(*c)).square()).sum();
    Enclosure { value: value(regulariser, &both), norm_squared, distance: apart.sqrt().hi(), orbit, w: both }
}
