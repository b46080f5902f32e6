//! The order of a gap in λ, with an interval for what is not a power law.
//!
//! A gap is no sample: gap = C λ^p (1 + aλ + …) up to its numerical error δ, and the scatter about a straight line in log–log is the next
//! order of the expansion, which shifts the slope of every fit to one side. So the interval is
//!
//! ```text
//! slope ± (t₀.₉₇₅ se + |slope − p̂| + Σ |vᵢ| δᵢ/gapᵢ),      vᵢ = (xᵢ − x̄)/Σ(xⱼ − x̄)²,  x = log λ
//! ```
//!
//! the scatter (Student's t with n − 2 degrees of freedom), the systematic part, by the exponent p̂ of the fit of
//! log gap = c + p log λ + aλ, which has the next order in it, and what the numerical errors may do at worst. Systematic parts have no
//! distribution and are added in size. Through two rows there is no interval.

use crate::numeric::fit;

/// A fitted order with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The order: the slope of log gap over log λ.
    pub order: f64,
    /// Lower end; −∞ through two rows.
    pub low: f64,
    /// Upper end; ∞ through two rows.
    pub high: f64,
    /// Rows in the fit.
    pub rows: usize,
    /// The part of the scatter about the line in the half width.
    pub scatter: f64,
    /// That of the next order in λ.
    pub systematic: f64,
    /// That of the numerical errors.
    pub numerical: f64,
    /// The smallest and the largest λ in the fit.
    pub lambdas: (f64, f64),
}

/// The order through rows of λ, gap and numerical error; `None` with fewer than two rows.
pub fn fit(rows: &[(f64, f64, f64)]) -> Option<Fit> {
    let rows: Vec<&(f64, f64, f64)> = rows.iter().filter(|(l, gap, _)| *l > 0.0 && *gap > 0.0 && gap.is_finite()).collect();
    let line = fit::log_log(&rows.iter().map(|(l, gap, _)| (*l, *gap)).collect::<Vec<_>>())?;
    let largest = rows.iter().map(|row| row.0).fold(0.0, f64::max);
    let smallest = rows.iter().map(|row| row.0).fold(f64::INFINITY, f64::min);
    let x: Vec<f64> = rows.iter().map(|row| row.0.ln()).collect();
    let y: Vec<f64> = rows.iter().map(|row| row.1.ln()).collect();
    let z: Vec<f64> = rows.iter().map(|row| row.0 / largest).collect();
    let (x, y, z) = (centred(&x), centred(&y), centred(&z));
    // By Frisch and Waugh: what λ leaves of log λ and of log gap has the slope of the joint fit.
    let (own, other) = (without(&x, &z), without(&y, &z));
    let (size, spread) = (dot(&x, &x), dot(&own, &own));
    let systematic = match rows.len() {
        2 => f64::INFINITY,
        _ if spread <= 1e-12 * size => f64::INFINITY,
        _ => (line.slope - dot(&own, &other) / spread).abs(),
    };
    let numerical = x.iter().zip(&rows).map(|(x, row)| (x / size).abs() * row.2 / row.1).sum();
    let half = line.half_width + systematic + numerical;
    let (low, high) = (line.slope - half, line.slope + half);
    Some(Fit {
        order: line.slope,
        low,
        high,
        rows: line.points,
        scatter: line.half_width,
        systematic,
        numerical,
        lambdas: (smallest, largest),
    })
}

fn centred(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|v| v - mean).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// a less its part along z.
fn without(a: &[f64], z: &[f64]) -> Vec<f64> {
    let along = dot(a, z) / dot(z, z);
    a.iter().zip(z).map(|(a, z)| a - along * z).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `count` rows λ = largest/ratio^k of a gap.
    fn rows(count: i32, ratio: f64, gap: impl Fn(f64) -> f64) -> Vec<(f64, f64, f64)> {
        (0..count).map(|k| 0.1 * ratio.powi(-k)).map(|l| (l, gap(l), 0.0)).collect()
    }

    #[test]
    fn the_interval_holds_the_order_whatever_the_next_order_is() {
        let (mut alone, mut cases) = (0, 0);
        for order in [1, 2] {
            for count in 3..=10 {
                for ratio in [2.0, 3.0, 10.0] {
                    // The first correction at the largest λ from −30 % to 50 % of the gap.
                    for a in [-3.0, -1.0, -0.1, 1e-3, 0.1, 1.0, 3.0, 5.0] {
                        let found = fit(&rows(count, ratio, |l| 7.0 * l.powi(order) * (1.0 + a * l))).expect("rows");
                        let (off, half) = ((found.order - f64::from(order)).abs(), found.high - found.order);
                        assert!(off <= half, "order {order}, {count} rows, ratio {ratio}, a {a}: {off:.2e} off, ± {half:.2e}");
                        // It says something: t is 12.7 with three rows, 4.3 with four, and small from then on.
                        let wide = if count < 5 { 12.0 } else { 6.0 };
                        assert!(
                            half <= wide * off + 1e-12,
                            "order {order}, {count} rows, ratio {ratio}, a {a}: {off:.2e} off, ± {half:.2e}"
                        );
                        alone += usize::from(off > found.scatter);
                        cases += 1;
                    }
                }
            }
        }
        // The scatter alone misses the order in part of the cases.
        assert!(alone > cases / 20, "{alone} of {cases}");
    }

    #[test]
    fn numerical_errors_widen_the_interval_by_what_they_can_do() {
        // The first gap too large and the last too small by 5 % of them turn the slope by 0.1/log(λ₁/λ₃).
        let exact = rows(3, 10.0, |l| 2.0 * l);
        let wrong: Vec<_> =
            exact.iter().zip([0.05, 0.0, -0.05]).map(|((l, gap, _), e)| (*l, gap * (1.0 + e), 0.05 * gap)).collect();
        let found = fit(&wrong).expect("rows");
        assert!(
            (found.order - 1.0 - 0.1 / 100f64.ln()).abs() < 1e-3 && (found.order - 1.0) <= found.numerical * 1.1,
            "{found:?}"
        );
        assert!(found.low <= 1.0 && fit(&exact).is_some_and(|f| f.high - f.low < 1e-12), "{found:?}");
    }

    #[test]
    fn two_rows_have_an_order_and_no_interval() {
        let found = fit(&rows(2, 10.0, |l| 3.0 * l)).expect("two rows");
        assert!((found.order - 1.0).abs() < 1e-14 && found.low == f64::NEG_INFINITY && found.high == f64::INFINITY);
        assert_eq!(fit(&rows(1, 10.0, |l| l)), None);
    }
}
