//! Problems, their KKT points and the certificates of these, for the tests of certificates.

use std::sync::Arc;

use slowflow::data::DataSet;
use slowflow::field::{LeastSquares, Loss, Regulariser, Residual};
use slowflow::min_norm::{self, Certificate, Enclosure, KktPoint, Options};
use slowflow::model::{self, Parameters, Value};
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector};

pub const HALF: Regulariser = Regulariser::HalfSquaredNorm;

pub fn normal_matrix(stream: &mut Stream, rows: usize, columns: usize) -> Matrix {
    Matrix::from_fn(rows, columns, |_, _| stream.normal())
}

pub fn normal_vector(stream: &mut Stream, n: usize) -> Vector {
    Vector::from_fn(n, |_, _| stream.normal())
}

pub fn squares(residual: Arc<dyn Residual>) -> LeastSquares {
    LeastSquares { residual, c: 1.0, offset: 0.0 }
}

pub fn bench(name: &str, parameters: Parameters, data: &DataSet) -> LeastSquares {
    let entry = model::find(name).expect("a model of that name");
    squares((entry.build)(&parameters, data).expect("valid parameters"))
}

/// Residuals of UVᵀ − Y on the entries that `seen` names.
pub fn completion(matrix: &Matrix, width: usize, seen: &[(usize, usize)]) -> LeastSquares {
    let inputs = Matrix::from_fn(seen.len(), 2, |k, c| if c == 0 { seen[k].0 as f64 } else { seen[k].1 as f64 });
    let targets = Vector::from_fn(seen.len(), |k, _| matrix[seen[k]]);
    let shape = [("rows", matrix.nrows()), ("columns", matrix.ncols()), ("width", width)];
    let parameters = shape.iter().fold(Parameters::default(), |all, (name, k)| all.with(name, Value::Integer(*k)));
    bench("matrix-factorisation", parameters, &DataSet::new(inputs, targets))
}

pub fn factorisation(matrix: &Matrix, width: usize) -> LeastSquares {
    let (rows, columns) = matrix.shape();
    let all: Vec<(usize, usize)> = (0..rows).flat_map(|i| (0..columns).map(move |j| (i, j))).collect();
    completion(matrix, width, &all)
}

pub fn minimum(loss: &LeastSquares, regulariser: &Regulariser, stream: &mut Stream) -> KktPoint {
    let start = normal_vector(stream, loss.dim());
    min_norm::solve(loss, regulariser, &start, &Options::default()).expect("a minimum")
}

pub fn certify(loss: &LeastSquares, regulariser: &Regulariser, point: &KktPoint) -> Certificate {
    min_norm::certify(loss, regulariser, &point.w, &point.multipliers, point.size)
}

pub fn proved(certificate: Certificate) -> Box<Enclosure> {
    match certificate {
        Certificate::Proved(enclosure) => enclosure,
        other => panic!("{other:?}"),
    }
}
