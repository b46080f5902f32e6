//! A model on its data becomes a loss: reduction to residuals that can vanish, and derivative checks by slope.

pub mod slope;
