//! Discrete counterparts of the flows: steps instead of times.

mod gradient_descent;

pub use gradient_descent::{GradientDescent, TrainError};
