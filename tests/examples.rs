//! The examples run, and what they print is right.

#[allow(dead_code)]
#[path = "../examples/own_model_automatic.rs"]
mod own_model_automatic;
#[allow(dead_code)]
#[path = "../examples/own_model_products.rs"]
mod own_model_products;
#[allow(dead_code)]
#[path = "../examples/parameter_study.rs"]
mod parameter_study;
#[allow(dead_code)]
#[path = "../examples/slow_fast_system.rs"]
mod slow_fast_system;

/// gap/λ must settle: neighbouring constants differ by less and less.
fn order_one(gaps: &[(f64, f64)]) {
    let constants: Vec<f64> = gaps.iter().map(|(x, gap)| gap / x).collect();
    let changes: Vec<f64> = constants.windows(2).map(|c| (c[1] / c[0] - 1.0).abs()).collect();
    assert!(changes.windows(2).all(|c| c[1] < 0.2 * c[0]), "{constants:?}");
    assert!(changes.last().is_some_and(|last| *last < 2e-3), "{constants:?}");
}

#[test]
fn a_model_from_its_residual_function_tracks_the_slow_flow_at_order_one() {
    order_one(&own_model_automatic::gaps().unwrap_or_else(|e| panic!("{e}")));
}

#[test]
fn a_model_with_products_ends_where_the_optimiser_ends() {
    let (flow, optimiser) = own_model_products::limits().unwrap_or_else(|e| panic!("{e}"));
    assert!((flow - optimiser).abs() < 1e-8 * flow, "{flow} {optimiser}");
}

#[test]
fn the_study_has_constants_that_settle_and_keeps_the_invariant() {
    for row in parameter_study::study().unwrap_or_else(|e| panic!("{e}")) {
        assert!((row.constants[0] / row.constants[1] - 1.0).abs() < 1e-2, "a = {}: {:?}", row.a, row.constants);
        assert!(row.invariant < 1e-10, "a = {}: {:e}", row.a, row.invariant);
    }
}

#[test]
fn the_slow_fast_system_is_of_order_one_in_epsilon() {
    order_one(&slow_fast_system::gaps().unwrap_or_else(|e| panic!("{e}")));
}
