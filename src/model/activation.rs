use crate::numeric::graph::Function;

/// An activation φ: ℝ → ℝ of a two-layer network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// φ(z) = tanh z.
    Tanh,
    /// φ(z) = log(1 + eᶻ).
    Softplus,
    /// φ(z) = z².
    Quadratic,
    /// φ(z) = z for z > 0 and `slope`·z otherwise; ReLU has slope 0. At 0 the derivative of the lower side is taken.
    Rectifier {
        /// Slope on z ≤ 0, in [0, 1).
        slope: f64,
    },
}

impl Activation {
    /// φ(z), φ'(z), φ''(z).
    pub fn jet(self, z: f64) -> [f64; 3] {
        match self {
            Self::Tanh => {
                let t = z.tanh();
                let first = (1.0 - t) * (1.0 + t);
                [t, first, -2.0 * t * first]
            }
            Self::Softplus => {
                let tail = (-z.abs()).exp();
                let small = tail / (1.0 + tail);
                let (up, down) = if z > 0.0 { (1.0 - small, small) } else { (small, 1.0 - small) };
                [z.max(0.0) + tail.ln_1p(), up, up * down]
            }
            Self::Quadratic => [z * z, 2.0 * z, 2.0],
            Self::Rectifier { slope } => {
                let slope = if z > 0.0 { 1.0 } else { slope };
                [slope * z, slope, 0.0]
            }
        }
    }

    /// φ for interval arithmetic; `None` where it has a kink.
    pub fn function(self) -> Option<Function> {
        match self {
            Self::Tanh => Some(Function::Tanh),
            Self::Softplus => Some(Function::Softplus),
            Self::Quadratic => Some(Function::Square),
            Self::Rectifier { .. } => None,
        }
    }

    /// The p with φ(az) = aᵖφ(z) for every a > 0, where there is one.
    pub fn homogeneity(self) -> Option<f64> {
        match self {
            Self::Tanh | Self::Softplus => None,
            Self::Quadratic => Some(2.0),
            Self::Rectifier { .. } => Some(1.0),
        }
    }

    /// Whether φ' jumps at z = 0.
    pub fn has_kink(self) -> bool {
        matches!(self, Self::Rectifier { .. })
    }
}
