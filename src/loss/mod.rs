//! A model on its data becomes a loss: reduction to residuals that can vanish, and derivative checks by slope.

mod reduce;
pub mod slope;

pub use reduce::{LossError, least_squares, posed};
