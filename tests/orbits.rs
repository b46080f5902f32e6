//! KKT points that come in orbits of rotations: kind, proof across the orbit, value by duality.

mod kkt_points;

use std::sync::Arc;

use kkt_points::{HALF, bench, certify, completion, factorisation, minimum, normal_matrix, normal_vector, proved, squares};
use slowflow::data::DataSet;
use slowflow::field::{Loss, Regulariser};
use slowflow::min_norm::{self, Kind, duality, nuclear_norm};
use slowflow::model::expression::Expression;
use slowflow::model::{Parameters, Value};
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Vector, dense};

#[test]
fn factored_matrices_are_proved_up_to_rotations_and_their_value_by_duality() {
    for (m, n, width, rank, seed) in [(3, 4, 3, 3, 1), (3, 3, 4, 3, 2), (4, 4, 4, 2, 3)] {
        let mut stream = Stream::new(seed, "test");
        let matrix = normal_matrix(&mut stream, m, rank) * normal_matrix(&mut stream, rank, n);
        let expected = 2.0 * dense::singular_values(&matrix).expect("finite").sum();
        let loss = factorisation(&matrix, width);
        let point = minimum(&loss, &HALF, &mut stream);
        assert!((point.norm_squared / expected - 1.0).abs() < 1e-10);
        let least = duality::least_norm_squared(&loss, &point).expect("no program").expect("a form in UVᵀ");
        assert!(least.lo() <= expected * (1.0 + 1e-14) && expected * (1.0 - 1e-14) <= least.hi());
        // At a singular point the square root of the round-off of r counts.
        assert!(least.width() < if rank < m { 1e-6 } else { 1e-11 } * expected, "{least:?}");
        if rank == m {
            let enclosure = proved(certify(&loss, &HALF, &point));
            assert_eq!(enclosure.orbit, width * (width - 1) / 2);
            assert!(enclosure.norm_squared.lo() <= least.hi() && least.lo() <= enclosure.norm_squared.hi());
        }
    }
}

#[test]
fn the_value_of_a_completion_is_bounded_from_below_wherever_the_search_ended() {
    let mut stream = Stream::new(8, "test");
    let matrix = normal_matrix(&mut stream, 4, 1) * normal_matrix(&mut stream, 1, 4);
    let seen = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 2), (2, 3), (3, 0), (3, 3), (1, 3)];
    let loss = completion(&matrix, 4, &seen);
    let entries: Vec<(usize, usize, f64)> = seen.iter().map(|&(i, j)| (i, j, matrix[(i, j)])).collect();
    let witness = nuclear_norm::complete(4, 4, &entries, 1e-6).expect("a completion");
    for _ in 0..3 {
        let point = minimum(&loss, &HALF, &mut stream);
        let least = duality::least_norm_squared(&loss, &point).expect("no program").expect("a form in UVᵀ");
        assert!(least.lo() <= 2.0 * witness.value && 2.0 * witness.lower <= least.hi() * (1.0 + 1e-12), "{least:?}");
        assert!((least.hi() - point.norm_squared).abs() < 1e-9 * point.norm_squared);
    }
    // Factors of width one reach no other rank: then there is no upper bound.
    let narrow = completion(&matrix, 1, &seen);
    let point = minimum(&narrow, &HALF, &mut stream);
    let least = duality::least_norm_squared(&narrow, &point).expect("no program").expect("a form in UVᵀ");
    assert!(least.hi().is_infinite() && least.lo() <= point.norm_squared * (1.0 + 1e-12));
}

#[test]
fn zeros_of_the_hessian_that_no_symmetry_explains_stay_undecided() {
    // A circle as a formula: nobody tells that it can be turned.
    let model = Expression::new(&["u", "v"], &DataSet::empty()).and_then(|e| e.residuals(&["u^2 + v^2 - 1"])).expect("formulas");
    let circle = squares(Arc::new(model));
    let point = minimum(&circle, &HALF, &mut Stream::new(1, "test"));
    let found = min_norm::classify(&circle, &HALF, &point).expect("finite values");
    assert_eq!((found.kind, found.degenerate, found.orbit), (Kind::Undecided, 1, 0));
    assert_eq!(certify(&circle, &HALF, &point).name(), "undecided");
    // The same circle as a model that knows its rotation.
    let sphere = bench("sphere", Parameters::default().with("dimension", Value::Integer(2)), &DataSet::empty());
    let found = min_norm::classify(&sphere, &HALF, &point).expect("finite values");
    assert_eq!((found.kind, found.degenerate, found.orbit), (Kind::Minimum, 1, 1));
    assert_eq!(proved(certify(&sphere, &HALF, &point)).orbit, 1);
    // Weights that decay differently have no such rotation.
    let weighted = Regulariser::Diagonal(Vector::from_column_slice(&[1.0, 2.0]));
    let point = minimum(&sphere, &weighted, &mut Stream::new(2, "test"));
    let found = min_norm::classify(&sphere, &weighted, &point).expect("finite values");
    assert_eq!((found.kind, found.orbit), (Kind::StrictMinimum, 0));
}

#[test]
fn rotations_leave_residuals_as_they_are() {
    let mut stream = Stream::new(4, "test");
    let data = DataSet::new(normal_matrix(&mut stream, 3, 5), normal_vector(&mut stream, 3));
    let chain = bench(
        "linear-chain",
        Parameters::default().with("widths", Value::List(vec![3.0, 2.0])).with("outputs", Value::Integer(1)),
        &data,
    );
    let sphere = bench("ellipsoid", Parameters::default().with("axes", Value::List(vec![2.0, 1.0, 2.0, 2.0])), &DataSet::empty());
    for (loss, count) in [(chain, 3 + 1), (factorisation(&normal_matrix(&mut stream, 3, 2), 3), 3), (sphere, 3)] {
        let w = normal_vector(&mut stream, loss.dim());
        let rotations = loss.residual.rotations();
        assert_eq!(rotations.len(), count);
        for rotation in rotations {
            let mut out = Vector::zeros(loss.residual.samples());
            let velocity = rotation.velocity(&w);
            loss.residual.push_forward(&w, &velocity, &mut out);
            assert!(out.norm() < 1e-13 * w.norm_squared() && velocity.dot(&w).abs() < 1e-14 * w.norm_squared());
            assert!(velocity.norm() > 1e-3);
        }
    }
}
