use super::tangent::Tangent;
use super::{Completion, Entry, spread};
use crate::min_norm::MinNormError;
use crate::numeric::{Matrix, Vector, dense};

/// The dual solution of least Frobenius norm, with a bracket of its norm.
///
/// Among the D on the observed entries with P_T D = UVᵀ and ‖D‖ ≤ 1. It is the limit λ → 0 of (Y − X_λ)/λ on them, X_λ the minimum of
/// ½‖X_Ω − Y‖² + λ‖X‖_*: the dual of that problem is max ⟨D, Y⟩ − ½λ‖D‖².
#[derive(Debug, Clone, PartialEq)]
pub struct Least {
    /// D, ‖D‖ ≤ 1.
    pub matrix: Matrix,
    /// A lower bound of the least ‖D‖²; ‖D‖² itself is an upper bound.
    pub lower: f64,
}

const ITERATIONS: usize = 20_000;
/// Iterations between two looks at the bracket.
const LOOK: usize = 25;
/// Relative width of the bracket.
const WIDTH: f64 = 1e-8;
/// ‖D‖ beyond 1 that is round-off.
const ROUNDING: f64 = 1e-12;

impl Completion {
    /// The dual solution of least norm, X being of that rank: Douglas–Rachford splitting between ½‖D‖² on {P_T D = UVᵀ} and
    /// {‖D‖ ≤ 1}, judged by duality: for every Z, ½‖D‖² ≥ min over {P_T D = UVᵀ} of ½‖D‖² + ⟨Z, D⟩, less ‖Z‖_*.
    ///
    /// # Errors
    /// A rank that is ambiguous; a bracket that does not close, as where every dual solution has ‖D − UVᵀ‖ = 1.
    pub fn least_certificate(&self, rank: usize, entries: &[Entry]) -> Result<Least, MinNormError> {
        let failed =
            |what: &str| MinNormError::LinearProgram { what: format!("the least dual solution of the completion: {what}") };
        let tangent = Tangent::at(&self.matrix, rank, entries)?.ok_or_else(|| failed("an ambiguous rank"))?;
        let on = |matrix: &Matrix| Vector::from_iterator(entries.len(), entries.iter().map(|&(i, j, _)| matrix[(i, j)]));
        let mut y = spread(&self.matrix, entries, &tangent.certify(&Vector::zeros(entries.len())));
        if dense::singular_values(&y)?.amax() <= 1.0 + ROUNDING {
            return Ok(Least { lower: y.norm_squared(), matrix: y });
        }
        let beyond = dense::singular_values(&tangent.normal(&self.certificate))?.amax();
        let mut z = y;
        for iteration in 1..=ITERATIONS {
            let svd = dense::svd(&z)?;
            let mut clipped = svd.u.clone();
            for (mut column, sigma) in clipped.column_iter_mut().zip(&svd.values) {
                column *= sigma.min(1.0);
            }
            let x = clipped * svd.v.transpose();
            y = spread(&self.matrix, entries, &tangent.certify(&(on(&(&x * 2.0 - &z)) * 0.5)));
            if iteration.is_multiple_of(LOOK) {
                let pull = &z - &x;
                let free = tangent.certify(&-on(&pull));
                let lower = free.norm_squared() + 2.0 * (on(&pull).dot(&free) - dense::singular_values(&pull)?.sum());
                let length = dense::singular_values(&y)?.amax();
                if length <= 1.0 + ROUNDING || beyond < 1.0 {
                    // Towards a dual solution inside of the ball, as far as it takes to get into it.
                    let share = ((length - 1.0) / (length - beyond)).max(0.0);
                    let inside = &y * (1.0 - share) + &self.certificate * share;
                    if inside.norm_squared() - lower <= WIDTH * lower {
                        return Ok(Least { matrix: inside, lower });
                    }
                }
            }
            z += &y - x;
        }
        Err(failed(&format!("the bracket has not closed after {ITERATIONS} iterations")))
    }
}
