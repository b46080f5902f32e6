//! The rate table: one row a λ, and the orders fitted through the rows that count.

use super::{Fit, Gap, order};
use crate::field::Work;

/// λ must be below h₊ by this factor for a row to count as asymptotic: there the relative deviation of the constant, of
/// order λ/h₊, is below 1/30.
pub const SEPARATION: f64 = 30.0;

/// One row of the rate table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// λ.
    pub lambda: f64,
    /// sup ‖w^λ(t) − w^fast(t)‖ over t ∈ [0, T].
    pub fast: Option<Gap>,
    /// sup ‖w^λ(s/λ) − w°(s)‖ over the window.
    pub slow: Option<Gap>,
    /// sup ‖w^λ(t) − (w^fast(t) + w°(λt) − Φ(w₀))‖ over [0, S/λ].
    pub composite: Option<Gap>,
    /// sup ‖w^λ(s/λ) − w°(s) − λw₁(s)‖ over the window.
    pub expansion: Option<Gap>,
    /// The method that computed w^λ.
    pub method: String,
    /// What w^λ cost.
    pub work: Work,
    /// Whether the row counts in the fit, and why not.
    pub standing: Standing,
}

/// Why a row counts, or does not.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// In the fit.
    Asymptotic,
    /// λ > h₊/30: the timescales do not separate yet.
    NotSeparated,
    /// The window starts inside the initial layer of this λ.
    InitialLayer,
    /// Cell walls are met at times that differ from those of the slow flow by more than 1/30 of the distance between them.
    OutOfStep,
    /// The numerical error exceeds a tenth of the gap.
    SolverLimited,
    /// The run did not arrive; in words, why.
    NotRun(String),
}

impl Standing {
    /// In a few words, for tables.
    pub fn words(&self) -> &str {
        match self {
            Standing::Asymptotic => "asymptotic",
            Standing::NotSeparated => "not yet asymptotic (λ > h₊/30)",
            Standing::InitialLayer => "window starts in the initial layer",
            Standing::OutOfStep => "cell walls met out of step with the slow flow",
            Standing::SolverLimited => "limited by the solver",
            Standing::NotRun(_) => "not run",
        }
    }

    /// The standing of a row from its numbers: the solver first, then separation (h₊ at its smallest on the window) and the
    /// initial layer (h₊ where the drift starts).
    pub fn of(lambda: f64, smallest_gap: f64, first_gap: f64, first_slow_time: f64, slow: &Gap) -> Standing {
        if slow.limited() {
            Standing::SolverLimited
        } else if lambda * SEPARATION > smallest_gap {
            Standing::NotSeparated
        } else if first_slow_time < layer_end(lambda, first_gap) {
            Standing::InitialLayer
        } else {
            Standing::Asymptotic
        }
    }
}

/// Slow time after which the initial layer e^{−h₊s/λ} is below λ² and (λ/h₊)²: 2λ log(max(1, h₊)/λ)/h₊. Infinite for λ ≥ max(1, h₊),
/// where there is no layer that ends before the drift.
pub fn layer_end(lambda: f64, gap_eigenvalue: f64) -> f64 {
    let folds = (gap_eigenvalue.max(1.0) / lambda).ln();
    if folds > 0.0 { 2.0 * lambda * folds / gap_eigenvalue } else { f64::INFINITY }
}

/// The orders of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Of the fast gap.
    pub fast: Option<Fit>,
    /// Of the slow gap.
    pub slow: Option<Fit>,
    /// Of the composite gap.
    pub composite: Option<Fit>,
    /// Of the expansion gap.
    pub expansion: Option<Fit>,
    /// slow gap/λ at the smallest λ that counts, with its error.
    pub constant: Option<(f64, f64)>,
}

impl Rates {
    /// Fits through the asymptotic rows.
    pub fn of(rows: &[Row]) -> Rates {
        let constant = rows
            .iter()
            .filter(|row| row.standing == Standing::Asymptotic)
            .min_by(|a, b| a.lambda.total_cmp(&b.lambda))
            .and_then(|row| row.slow.map(|gap| (gap.value / row.lambda, gap.error / row.lambda)));
        Rates {
            fast: fitted(rows, |row| row.fast),
            slow: fitted(rows, |row| row.slow),
            composite: fitted(rows, |row| row.composite),
            expansion: fitted(rows, |row| row.expansion),
            constant,
        }
    }
}

fn fitted(rows: &[Row], gap: impl Fn(&Row) -> Option<Gap>) -> Option<Fit> {
    let counted: Vec<(f64, f64, f64)> = rows
        .iter()
        .filter(|row| row.standing == Standing::Asymptotic)
        .filter_map(|row| gap(row).filter(|gap| !gap.limited()).map(|gap| (row.lambda, gap.value, gap.error)))
        .collect();
    order::fit(&counted)
}

/// Order between each row and the one before it (the larger λ), where both gaps are positive and stand clear of their errors.
pub fn local_orders(rows: &[Row]) -> Vec<Option<f64>> {
    let clear = |row: &Row| row.slow.filter(|gap| !gap.limited() && gap.value > 0.0).map(|gap| gap.value);
    let mut orders = vec![None];
    for pair in rows.windows(2) {
        let both = clear(&pair[0]).zip(clear(&pair[1]));
        orders.push(both.map(|(a, b)| (a / b).ln() / (pair[0].lambda / pair[1].lambda).ln()));
    }
    orders.truncate(rows.len());
    orders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_layer_ends_where_nothing_is_separated() {
        // In units of time in which h₊ is 1 the end is 2λ log(1/λ): the same after a change of the unit that makes h₊ larger.
        for h in [1.0, 3.0, 1e3] {
            for lambda in [1e-1, 1e-3, 1e-9] {
                let end = layer_end(lambda * h, h);
                assert!((end / (2.0 * lambda * (1.0 / lambda).ln()) - 1.0).abs() < 1e-12, "{h} {lambda}");
                assert!((-end / lambda).exp() <= lambda * lambda * 1.001, "{h} {lambda}");
            }
            assert!(layer_end(h, h).is_infinite() && layer_end(40.0 * h, h).is_infinite());
        }
        // λ = 1 beside h₊ = 100: separated, but a window from 1e-6 on starts inside the layer.
        let gap = Gap { value: 1.0, error: 1e-9, at: 0 };
        assert_eq!(Standing::of(1.0, 100.0, 100.0, 1e-6, &gap), Standing::InitialLayer);
        assert_eq!(Standing::of(1.0, 100.0, 100.0, 1.0, &gap), Standing::Asymptotic);
        assert_eq!(Standing::of(10.0, 100.0, 100.0, 1.0, &gap), Standing::NotSeparated);
    }
}
