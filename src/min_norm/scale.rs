use super::tangent::Tangent;
use crate::numeric::Vector;

/// The magnitudes against which residuals are small: those at the start, so that they stay meaningful where ∇R, J or w vanish.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// ‖∇R‖, 1 where it vanishes.
    pub gradient: f64,
    /// ‖w‖, 1 where it vanishes.
    pub weights: f64,
    /// ‖J‖‖w‖, 1 where it vanishes.
    pub image: f64,
}

impl Scale {
    /// From a point on or near M.
    pub fn at(point: &Tangent) -> Self {
        let or_one = |x: f64| if x > 0.0 { x } else { 1.0 };
        let (gradient, weights) = (or_one(point.pull.norm()), or_one(point.w.norm()));
        Scale { gradient, weights, image: or_one(point.normal.largest() * weights) }
    }

    /// The scaled constraint residual.
    pub fn constraint(&self, residual: &Vector) -> f64 {
        residual.norm() / self.image
    }

    /// The scaled KKT residual, the constraint's included.
    pub fn kkt(&self, point: &Tangent) -> f64 {
        (point.gradient.norm() / self.gradient).max(self.constraint(&point.residual))
    }

    /// The scale of a search from `start`, at a later point.
    pub fn grown(self, point: &Tangent) -> Scale {
        let mut here = self;
        here.gradient = here.gradient.max(point.pull.norm());
        here.image = here.image.max(point.normal.largest() * point.w.norm());
        here
    }
}
