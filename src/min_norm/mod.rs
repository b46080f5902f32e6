//! The minimum-norm point of M without a flow: found, classified, certified. An independent witness of the limit s → ∞.
//!
//! A KKT point of min R over M = {r = 0} solves ∇R(w) + J(w)ᵀμ = 0, r(w) = 0. [`solve()`] descends R on M by a Riemannian
//! trust region and ends with Newton's method on this system. Never imports `flow`.

mod affine;
mod bridge;
mod certificate;
mod classify;
mod constraint;
pub mod convex;
mod downhill;
pub mod duality;
mod error;
mod evidence;
mod fall;
mod inertia;
mod krawczyk;
mod many;
mod metric;
mod newton;
mod normal;
mod nuclear_duality;
pub mod nuclear_norm;
mod orbit;
mod outer;
mod point;
mod refute;
mod scale;
mod solve;
mod spectrum;
mod support;
mod system;
mod tangent;

pub use certificate::{Certificate, Enclosure, RADIUS, UNKNOWNS, certify};
pub use classify::{Classification, Kind, classify};
pub use error::MinNormError;
pub use evidence::{Evidence, evidence};
pub use many::{Found, Survey, survey};
pub use point::{KktPoint, Method, Options, Target};
pub use solve::{jacobian_norm, solve};
pub use spectrum::{TangentSpectrum, tangent_spectrum};
