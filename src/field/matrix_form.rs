use crate::numeric::{Matrix, Vector};

/// A problem in X = UVᵀ alone: r = 0 says ⟨A_k, X⟩ = y_k for every k, and ‖w‖² = ‖U‖² + ‖V‖² ≥ 2‖X‖_*.
///
/// The least ‖w‖² is 2 min {‖X‖_* : ⟨A_k, X⟩ = y_k} where the factors are wide enough for every X.
#[derive(Debug, Clone)]
pub struct MatrixForm<'a> {
    /// The entries of every A_k: (row, column, value).
    pub observations: Vec<Vec<(usize, usize, f64)>>,
    /// y.
    pub targets: &'a Vector,
    /// U.
    pub left: Matrix,
    /// V.
    pub right: Matrix,
}

impl MatrixForm<'_> {
    /// Whether the factors reach every matrix of this shape.
    pub fn is_wide(&self) -> bool {
        self.left.ncols() >= self.left.nrows().min(self.right.nrows())
    }
}
