//! Grids of times and of λ.

/// `points` values from `from` to `to`, evenly spaced; both ends are met exactly. One point gives `from`.
pub fn linear(from: f64, to: f64, points: usize) -> Vec<f64> {
    spaced(from, to, points, |x| from + (to - from) * x)
}

/// `points` values from `from` to `to`, evenly spaced in the logarithm; both ends are met exactly and must be > 0.
pub fn logarithmic(from: f64, to: f64, points: usize) -> Vec<f64> {
    spaced(from, to, points, |x| (from.ln() + (to.ln() - from.ln()) * x).exp())
}

fn spaced(from: f64, to: f64, points: usize, at: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..points)
        .map(|k| match k {
            0 => from,
            k if k + 1 == points => to,
            k => at(k as f64 / (points - 1) as f64),
        })
        .collect()
}
