//! The one place that names the dense linear-algebra crates.
//!
//! Matrices and vectors are nalgebra's; decompositions are pure Rust by default and go to LAPACK with the feature
//! `lapack`. Both back ends return the same objects: eigenvalues ascending, singular values descending.

use super::jacobi;

pub use nalgebra::Complex;

/// A dense real matrix, column-major.
pub type Matrix = nalgebra::DMatrix<f64>;
/// A dense real column vector.
pub type Vector = nalgebra::DVector<f64>;
/// Numbers of a slice read as a matrix, column-major: weights in row-major order are the transpose of their matrix.
pub type MatrixView<'a> = nalgebra::DMatrixView<'a, f64>;
/// The same, to write to.
pub type MatrixViewMut<'a> = nalgebra::DMatrixViewMut<'a, f64>;
/// A dense complex matrix.
pub type ComplexMatrix = nalgebra::DMatrix<Complex<f64>>;
/// A dense complex vector.
pub type ComplexVector = nalgebra::DVector<Complex<f64>>;
/// LU factors of a real square matrix.
pub type Lu = nalgebra::LU<f64, nalgebra::Dyn, nalgebra::Dyn>;
/// LU factors of a complex square matrix.
pub type ComplexLu = nalgebra::LU<Complex<f64>, nalgebra::Dyn, nalgebra::Dyn>;
/// Cholesky factor of a symmetric positive definite matrix.
pub type Cholesky = nalgebra::Cholesky<f64, nalgebra::Dyn>;

/// A decomposition that did not arrive.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DenseError {
    /// An entry of the matrix is NaN or infinite.
    #[error("entry ({row}, {column}) of the matrix for the {operation} is {value}")]
    NonFinite {
        /// Which decomposition was asked for.
        operation: &'static str,
        /// Row of the first offending entry.
        row: usize,
        /// Its column.
        column: usize,
        /// Its value.
        value: f64,
    },
    /// The iteration inside the decomposition did not converge.
    #[error("the {operation} of a {rows} x {columns} matrix did not converge")]
    NotConverged {
        /// Which decomposition.
        operation: &'static str,
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
}

fn finite(matrix: &Matrix, operation: &'static str) -> Result<(), DenseError> {
    for column in 0..matrix.ncols() {
        for row in 0..matrix.nrows() {
            let value = matrix[(row, column)];
            if !value.is_finite() {
                return Err(DenseError::NonFinite { operation, row, column, value });
            }
        }
    }
    Ok(())
}

/// Thin singular value decomposition A = U diag(σ) Vᵀ.
#[derive(Debug, Clone)]
pub struct Svd {
    /// Left singular vectors, m × min(m, n).
    pub u: Matrix,
    /// Singular values, descending.
    pub values: Vector,
    /// Right singular vectors as columns, n × min(m, n).
    pub v: Matrix,
}

/// Thin SVD with singular values descending.
pub fn svd(matrix: &Matrix) -> Result<Svd, DenseError> {
    finite(matrix, "singular value decomposition")?;
    let (u, values, vt) = match backend::svd(matrix) {
        Ok(found) if decomposes(matrix, &found) => found,
        _ => jacobi::svd(matrix).ok_or(DenseError::NotConverged {
            operation: "singular value decomposition",
            rows: matrix.nrows(),
            columns: matrix.ncols(),
        })?,
    };
    let order = descending(&values);
    let v = vt.transpose();
    Ok(Svd {
        u: Matrix::from_columns(&order.iter().map(|&k| u.column(k)).collect::<Vec<_>>()),
        values: Vector::from_iterator(order.len(), order.iter().map(|&k| values[k])),
        v: Matrix::from_columns(&order.iter().map(|&k| v.column(k)).collect::<Vec<_>>()),
    })
}

/// Whether AV = U diag(σ) to round-off. nalgebra's last 2 × 2 step loses σ where the matrix is of low rank, by 60 % of a matrix
/// of ones (its issue 1172), and says nothing.
fn decomposes(matrix: &Matrix, (u, values, vt): &(Matrix, Vector, Matrix)) -> bool {
    let mut defect = matrix * vt.transpose();
    for (k, mut column) in defect.column_iter_mut().enumerate() {
        column.axpy(-values[k], &u.column(k), 1.0);
    }
    let size = matrix.nrows().max(matrix.ncols()) as f64;
    defect.norm() <= 10.0 * f64::EPSILON * size * matrix.norm()
}

/// Singular values alone, descending.
pub fn singular_values(matrix: &Matrix) -> Result<Vector, DenseError> {
    Ok(svd(matrix)?.values)
}

/// Eigenvalues (ascending) and orthonormal eigenvectors (columns) of a symmetric matrix; only its lower triangle counts.
pub fn symmetric_eigen(matrix: &Matrix) -> Result<(Vector, Matrix), DenseError> {
    finite(matrix, "symmetric eigendecomposition")?;
    let (values, vectors) = backend::symmetric_eigen(matrix)?;
    let mut order = descending(&values);
    order.reverse();
    Ok((
        Vector::from_iterator(order.len(), order.iter().map(|&k| values[k])),
        Matrix::from_columns(&order.iter().map(|&k| vectors.column(k)).collect::<Vec<_>>()),
    ))
}

/// Orthonormal basis (columns) of the range of a tall matrix of full column rank, by Householder QR.
pub fn orthonormal_range(matrix: &Matrix) -> Result<Matrix, DenseError> {
    finite(matrix, "QR decomposition")?;
    backend::qr_q(matrix)
}

fn descending(values: &Vector) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    order
}

#[cfg(not(feature = "lapack"))]
mod backend {
    use super::{DenseError, Matrix, Vector};

    const SWEEPS: usize = 10_000;

    pub fn svd(matrix: &Matrix) -> Result<(Matrix, Vector, Matrix), DenseError> {
        let lost =
            DenseError::NotConverged { operation: "singular value decomposition", rows: matrix.nrows(), columns: matrix.ncols() };
        let svd = nalgebra::SVD::try_new(matrix.clone(), true, true, f64::EPSILON, SWEEPS).ok_or_else(|| lost.clone())?;
        Ok((svd.u.ok_or_else(|| lost.clone())?, svd.singular_values, svd.v_t.ok_or(lost)?))
    }

    pub fn symmetric_eigen(matrix: &Matrix) -> Result<(Vector, Matrix), DenseError> {
        let eigen = nalgebra::SymmetricEigen::try_new(matrix.clone(), f64::EPSILON, SWEEPS).ok_or(DenseError::NotConverged {
            operation: "symmetric eigendecomposition",
            rows: matrix.nrows(),
            columns: matrix.ncols(),
        })?;
        Ok((eigen.eigenvalues, eigen.eigenvectors))
    }

    pub fn qr_q(matrix: &Matrix) -> Result<Matrix, DenseError> {
        Ok(matrix.clone().qr().q())
    }
}

#[cfg(feature = "lapack")]
mod backend {
    use super::{DenseError, Matrix, Vector};

    pub fn svd(matrix: &Matrix) -> Result<(Matrix, Vector, Matrix), DenseError> {
        let svd = nalgebra_lapack::SVD::new(matrix.clone()).ok_or(DenseError::NotConverged {
            operation: "singular value decomposition",
            rows: matrix.nrows(),
            columns: matrix.ncols(),
        })?;
        let k = svd.singular_values.len();
        Ok((svd.u.columns(0, k).into_owned(), svd.singular_values, svd.vt.rows(0, k).into_owned()))
    }

    pub fn symmetric_eigen(matrix: &Matrix) -> Result<(Vector, Matrix), DenseError> {
        let eigen = nalgebra_lapack::SymmetricEigen::try_new(matrix.clone()).ok_or(DenseError::NotConverged {
            operation: "symmetric eigendecomposition",
            rows: matrix.nrows(),
            columns: matrix.ncols(),
        })?;
        Ok((eigen.eigenvalues, eigen.eigenvectors))
    }

    pub fn qr_q(matrix: &Matrix) -> Result<Matrix, DenseError> {
        use nalgebra_lapack::qr::QrDecomposition;
        let lost = |_| DenseError::NotConverged { operation: "QR decomposition", rows: matrix.nrows(), columns: matrix.ncols() };
        Ok(nalgebra_lapack::QR::new(matrix.clone()).map_err(lost)?.q())
    }
}
