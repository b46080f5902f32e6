//! How well the numbers beside the rate table are known.
//!
//! An eigenvalue h of ∇²F carries the round-off of its computation and what the error δw of its point makes of it. On r = 0 it is
//! h = cσ², σ known to a few ε of the largest singular value: δh = 2√(h h_max)·16ε; from the eigenvalues of the dense Hessian
//! δh = 16ε h_max. At Φ(w₀) the companion's foot point gives the rest, a factor of safety times the distance of the two eigenvalues.
//! On the window it is |dh/dw| δw with the steepest slope between neighbouring points: of σ on r = 0, where σ and not h is Lipschitz
//! down to zero, of h elsewhere.

use super::{Setup, SlowPoint};
use crate::compare::SAFETY;
use crate::field::{Loss, Weights};
use crate::flow::Foot;
use crate::manifold::Spectrum;
use crate::numeric::rank;

/// Errors of both ends of a spectrum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpectrumError {
    /// Of h₊.
    pub smallest: f64,
    /// Of the largest eigenvalue.
    pub largest: f64,
}

/// Round-off of the spectrum of ∇²F at a point.
pub fn round_off(setup: &Setup, spectrum: &Spectrum) -> SpectrumError {
    let unit = 16.0 * f64::EPSILON * spectrum.largest;
    let smallest = match setup.squares() {
        Some(_) => 2.0 * unit * (spectrum.smallest / spectrum.largest.max(f64::MIN_POSITIVE)).sqrt(),
        None => unit,
    };
    SpectrumError { smallest, largest: 2.0 * unit }
}

/// Errors of the spectrum at Φ(w₀), from the companion's.
pub fn at_foot(setup: &Setup, foot: &Foot, companion: &Foot) -> SpectrumError {
    let (here, other, own) = (&foot.spectrum, &companion.spectrum, round_off(setup, &foot.spectrum));
    SpectrumError {
        smallest: own.smallest + SAFETY * (here.smallest - other.smallest).abs(),
        largest: own.largest + SAFETY * (here.largest - other.largest).abs(),
    }
}

/// The smallest h₊ at Φ(w₀), whose error is given, and at the points of the window; with its error.
pub fn smallest(setup: &Setup, (foot, error): (&Foot, f64), slow: &[SlowPoint]) -> (f64, f64) {
    let squares = setup.squares().is_some();
    let size = |h: f64| if squares { h.max(0.0).sqrt() } else { h };
    let path: Vec<(&Weights, f64)> =
        std::iter::once((&foot.w, foot.spectrum.smallest)).chain(slow.iter().map(|p| (&p.w, p.spectrum.smallest))).collect();
    let slope = |pair: &[(&Weights, f64)]| {
        let length = (pair[0].0 - pair[1].0).norm();
        if length > 0.0 { (size(pair[0].1) - size(pair[1].1)).abs() / length } else { 0.0 }
    };
    let steepest = path.windows(2).map(slope).fold(0.0, f64::max);
    let at = |p: &SlowPoint| {
        let h = p.spectrum.smallest;
        let moved = steepest * p.error * if squares { 2.0 * size(h) } else { 1.0 };
        (h, round_off(setup, &p.spectrum).smallest + moved)
    };
    slow.iter().map(at).fold((foot.spectrum.smallest, error), |least, here| if here.0 < least.0 { here } else { least })
}

/// By how much h₊ changes where every weight of Φ(w₀) is moved by its round-off; infinite where the rank is lost there.
pub fn moved(setup: &Setup, foot: &Foot) -> f64 {
    let step = 4.0 * f64::EPSILON * foot.w.norm() / (foot.w.len() as f64).sqrt();
    let beside = foot.w.add_scalar(step);
    let there = setup.manifold().and_then(|manifold| Ok(manifold.at(&beside)?.spectrum().smallest));
    there.map_or(f64::INFINITY, |there| (there - foot.spectrum.smallest).abs())
}

/// Whether h₊ counts as zero beside the largest eigenvalue at the start, by the rule that decides ranks.
pub fn vanishes_beside_start(setup: &Setup, smallest: f64) -> bool {
    let steepest = setup.manifold().and_then(|manifold| Ok(manifold.at(&setup.start)?.spectrum().largest));
    let floor = if setup.squares().is_some() { rank::FLOOR * rank::FLOOR } else { rank::FLOOR };
    steepest.is_ok_and(|steepest| smallest <= floor * steepest)
}

/// Error of a loss at a point that is known to `moved`: |∇L| δ + ½ |∇²L u| δ² along its steepest direction u, and round-off of the sum.
pub fn loss(loss: &dyn Loss, w: &Weights, moved: f64) -> Option<f64> {
    let (mut gradient, mut bent, value) = (Weights::zeros(w.len()), Weights::zeros(w.len()), loss.value(w).ok()?);
    loss.gradient(w, &mut gradient).ok()?;
    let length = gradient.norm();
    let unit = if length > 0.0 { &gradient / length } else { Weights::repeat(w.len(), 1.0 / (w.len() as f64).sqrt()) };
    loss.hessian_product(w, &unit, &mut bent).ok()?;
    Some(length * moved + 0.5 * bent.norm() * moved * moved + 8.0 * f64::EPSILON * value.abs()).filter(|error| error.is_finite())
}
