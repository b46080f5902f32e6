//! Dense decompositions: the same mathematics from either back end (`--features lapack` runs this file against LAPACK).

use slowflow::numeric::dense::{DenseError, orthonormal_range, svd, symmetric_eigen};
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector};

fn random(rows: usize, columns: usize, seed: u64) -> Matrix {
    let mut stream = Stream::new(seed, "dense");
    Matrix::from_fn(rows, columns, |_, _| stream.normal())
}

/// Round-off of a product of this size.
fn small(m: &Matrix) -> f64 {
    20.0 * f64::EPSILON * (m.nrows().max(m.ncols()) as f64) * m.norm().max(1.0)
}

#[test]
fn singular_values_descend_and_the_product_comes_back() {
    for (rows, columns) in [(1, 1), (4, 9), (9, 4), (30, 30), (16, 64), (120, 50)] {
        for a in [random(rows, columns, 1), random(rows, 1, 2) * random(1, columns, 3)] {
            let d = svd(&a).expect("converges");
            assert!(d.values.as_slice().windows(2).all(|w| w[0] >= w[1]) && d.values.iter().all(|s| *s >= 0.0));
            assert!((&d.u * Matrix::from_diagonal(&d.values) * d.v.transpose() - &a).norm() < small(&a), "{rows} x {columns}");
            let k = rows.min(columns);
            assert_eq!((d.u.shape(), d.v.shape()), ((rows, k), (columns, k)));
            assert!((d.u.tr_mul(&d.u) - Matrix::identity(k, k)).norm() < 1e-12);
            assert!((d.v.tr_mul(&d.v) - Matrix::identity(k, k)).norm() < 1e-12);
        }
    }
}

#[test]
fn known_singular_values_to_round_off() {
    // U diag(σ) Vᵀ with σ over twelve decades: absolute accuracy ε‖A‖.
    let (u, v) = (orthonormal_range(&random(12, 6, 4)).expect("QR"), orthonormal_range(&random(9, 6, 5)).expect("QR"));
    let sigma = Vector::from_vec(vec![3.0, 1.0, 1e-3, 1e-6, 1e-9, 1e-12]);
    let computed = svd(&(&u * Matrix::from_diagonal(&sigma) * v.transpose())).expect("converges").values;
    for k in 0..6 {
        assert!((computed[k] - sigma[k]).abs() < 20.0 * f64::EPSILON * 3.0, "σ_{k}: {} instead of {}", computed[k], sigma[k]);
    }
}

#[test]
fn eigenvalues_ascend_and_the_product_comes_back() {
    for n in [1, 2, 17, 80] {
        let b = random(n, n, 6);
        let a = &b + b.transpose();
        let (values, vectors) = symmetric_eigen(&a).expect("converges");
        assert!(values.as_slice().windows(2).all(|w| w[0] <= w[1]));
        assert!((&vectors * Matrix::from_diagonal(&values) * vectors.transpose() - &a).norm() < small(&a));
        assert!((values.sum() - a.trace()).abs() < small(&a));
    }
}

#[test]
fn an_orthonormal_range_spans_its_matrix() {
    for (rows, columns) in [(5, 5), (40, 7), (200, 30)] {
        let a = random(rows, columns, 7);
        let q = orthonormal_range(&a).expect("QR");
        assert!((q.tr_mul(&q) - Matrix::identity(columns, columns)).norm() < 1e-12);
        assert!((&q * q.tr_mul(&a) - &a).norm() < small(&a));
    }
}

#[test]
fn matrices_of_low_rank_come_back_too() {
    let mut matrices = vec![Matrix::zeros(3, 2), Matrix::from_row_slice(3, 3, &[1.0, 2.0, 2.0, 2.0, -1.0, -1.0, 2.0, 1.0, -1.0])];
    for rows in 2..20 {
        matrices.extend((2..20).map(|columns| Matrix::repeat(rows, columns, 1.0)));
    }
    // Hessians of rank one with round-off on them.
    for k in 0..100 {
        for (a, b) in [(0.0, 0.0), (1e-16, 1e-16), (3e-16, 0.0), (1e-13, 1e-12), (0.0, 2e-13)] {
            let x = 0.2 + 1e-3 * f64::from(k);
            matrices.push(Matrix::from_row_slice(2, 2, &[x + a, x + b, x + b, x]));
        }
    }
    for a in &matrices {
        let d = svd(a).expect("converges");
        let k = a.nrows().min(a.ncols());
        let lost = (&d.u * Matrix::from_diagonal(&d.values) * d.v.transpose() - a).norm();
        assert!(lost < small(a), "{lost:.1e} {a}");
        assert!((d.u.tr_mul(&d.u) - Matrix::identity(k, k)).norm() < 1e-13, "{a}");
        assert!((d.v.tr_mul(&d.v) - Matrix::identity(k, k)).norm() < 1e-13, "{a}");
        if a.nrows() == a.ncols() && a == &a.transpose() {
            let (values, vectors) = symmetric_eigen(a).expect("converges");
            assert!((&vectors * Matrix::from_diagonal(&values) * vectors.transpose() - a).norm() < small(a), "{a}");
        }
    }
}

#[test]
fn entries_that_are_not_finite_are_named() {
    let mut a = random(3, 4, 8);
    a[(2, 1)] = f64::NAN;
    let error = svd(&a).expect_err("refused");
    assert!(matches!(error, DenseError::NonFinite { row: 2, column: 1, .. }), "{error}");
}
