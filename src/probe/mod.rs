//! The slow flow as a dynamical system: equilibria and rates of approach, normal hyperbolicity, saddles passed on the way,
//! sensitivity to the start.
//!
//! Linearised at an equilibrium, dw/ds = −P∇R contracts a tangent displacement by the Riemannian Hessian of R on M: its
//! eigenvalues are the exponents of the approach.

mod approach;
mod hyperbolicity;
mod passages;
mod path;
mod predictions;
mod sensitivity;

pub use approach::{Approach, approach, arrival, slowest_rate};
pub use hyperbolicity::{Hyperbolicity, PathPoint, hyperbolicity};
pub use passages::{Passage, passages};
pub use path::{Path, Sample, confirm, follow};
pub use predictions::{Curve, curve};
pub use sensitivity::{Basin, basins, destination};

use crate::flow::FlowError;
use crate::manifold::ManifoldError;
use crate::min_norm::MinNormError;

/// A probe that could not be taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProbeError {
    /// A flow did not arrive.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The geometry of M.
    #[error(transparent)]
    Manifold(#[from] ManifoldError),
    /// The search for an equilibrium.
    #[error(transparent)]
    MinNorm(#[from] MinNormError),
    /// The KKT point found from the end of the path is not near it.
    #[error(
        "at s = {s:.3e} the slow flow has |P∇R| = {speed:.3e}, and the KKT point found from there is {distance:.3e} away, more than {reach:.1e}: it has not come near an equilibrium"
    )]
    NoneNear {
        /// Slow time reached.
        s: f64,
        /// ‖P∇R‖ there.
        speed: f64,
        /// Distance to the point.
        distance: f64,
        /// Distance that counts as near.
        reach: f64,
    },
    /// The slow flow has not come near an equilibrium.
    #[error(
        "the slow flow is still moving at s = {s:.3e}: |P∇R| = {speed:.3e}, needed {needed:.1e}; its rates there are too small to follow it to its end"
    )]
    StillMoving {
        /// Slow time reached.
        s: f64,
        /// ‖P∇R‖ there.
        speed: f64,
        /// The speed at which an equilibrium counts as near.
        needed: f64,
    },
}
