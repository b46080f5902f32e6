use super::{Regulariser, Weights};

/// A one-parameter group of rotations of the weights: the same angle in each of some disjoint coordinate planes (i, j).
///
/// Its velocity Sw has (Sw)ᵢ = −wⱼ and (Sw)ⱼ = wᵢ in every plane, 0 elsewhere; Sᵀ = −S.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The planes.
    pub planes: Vec<(usize, usize)>,
}

impl Rotation {
    /// Sw.
    pub fn velocity(&self, w: &Weights) -> Weights {
        let mut out = Weights::zeros(w.len());
        for &(i, j) in &self.planes {
            (out[i], out[j]) = (-w[j], w[i]);
        }
        out
    }

    /// Whether R is constant along it for every w.
    pub fn keeps(&self, regulariser: &Regulariser) -> bool {
        match regulariser {
            Regulariser::HalfSquaredNorm => true,
            Regulariser::Diagonal(a) => self.planes.iter().all(|&(i, j)| a[i] == a[j]),
            Regulariser::Quadratic(_) | Regulariser::SmoothPower { .. } => false,
        }
    }
}
