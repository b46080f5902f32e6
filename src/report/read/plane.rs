//! Two coordinates of weight space in which w° and w^λ are drawn over each other.
//!
//! With two weights: the weights themselves. With more: e₁ is the leading right singular vector of the centred rows of w°,
//! and e₂ the leading one of what is left of the rows of w° and of w^λ at the largest λ after e₁ is taken out. So e₂
//! exists where w° runs on a straight line (linear regression does), and shows how far w^λ is off it.

use super::{Run, Table};
use crate::numeric::{Matrix, Vector, dense};

/// (s, x, y) along a path.
pub type Path = Vec<(f64, f64, f64)>;

/// Curves in two coordinates of weight space.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// What the two coordinates are, in the markup of labels.
    pub axes: [String; 2],
    /// (s, x, y) of w°.
    pub slow: Path,
    /// (s, x, y) of w^λ, λ descending.
    pub regularised: Vec<(f64, Path)>,
    /// (x, y) of the minimum-norm point.
    pub limit: Option<(f64, f64)>,
}

impl Plane {
    /// Chooses coordinates for a run; `None` without weights, or where the weights do not move.
    pub fn choose(run: &Run, limit: Option<&Table>) -> Option<Plane> {
        let slow = &run.slow.as_ref()?.weights.as_ref()?;
        let d = slow.dimension;
        let same = |t: &Table| t.weights.as_ref().is_some_and(|w| w.dimension == d);
        let runs: Vec<_> = run.regularised.iter().filter(|(_, t)| same(t)).collect();
        let rows: Vec<&[f64]> = slow.rows.iter().map(|r| r.1.as_slice()).filter(|r| r.iter().all(|x| x.is_finite())).collect();
        let (origin, e, axes) = if d == 2 {
            let unit = |k: usize| Vector::from_iterator(2, (0..2).map(|j| if j == k { 1.0 } else { 0.0 }));
            (Vector::zeros(2), [unit(0), unit(1)], ["*w*_{0}".to_string(), "*w*_{1}".to_string()])
        } else {
            let off = runs.first().and_then(|(_, t)| t.weights.as_ref()).map(|w| w.rows.iter().map(|r| r.1.as_slice()).collect());
            directions(&rows, off.unwrap_or_default())?
        };
        let place = |w: &[f64]| {
            let dot = |e: &Vector| w.iter().zip(origin.iter()).zip(e.iter()).map(|((w, o), e)| (w - o) * e).sum::<f64>();
            (dot(&e[0]), dot(&e[1]))
        };
        let path = |t: &Table| -> Path {
            let rows = t.weights.iter().flat_map(|w| w.rows.iter());
            rows.map(|(s, w)| (*s, place(w).0, place(w).1)).filter(|p| p.1.is_finite() && p.2.is_finite()).collect()
        };
        Some(Plane {
            slow: path(run.slow.as_ref()?),
            regularised: runs.iter().map(|(lambda, t)| (*lambda, path(t))).collect(),
            limit: limit.filter(|t| same(t)).and_then(|t| path(t).first().map(|p| (p.1, p.2))),
            axes,
        })
    }
}

type Directions = (Vector, [Vector; 2], [String; 2]);

fn directions(slow: &[&[f64]], regularised: Vec<&[f64]>) -> Option<Directions> {
    let d = slow.first()?.len();
    let n = slow.len() as f64;
    let origin = Vector::from_iterator(d, (0..d).map(|j| slow.iter().map(|r| r[j]).sum::<f64>() / n));
    let centred = |rows: &[&[f64]]| Matrix::from_fn(rows.len(), d, |i, j| rows[i][j] - origin[j]);
    let a = centred(slow);
    let first = dense::svd(&a).ok()?;
    if first.values[0] <= 1e-12 * origin.norm().max(1e-300) {
        return None;
    }
    let e1: Vector = first.v.column(0).into_owned();
    let share = first.values[0].powi(2) / first.values.iter().map(|s| s * s).sum::<f64>();
    let mut all = slow.to_vec();
    all.extend(regularised.iter().filter(|r| r.len() == d && r.iter().all(|x| x.is_finite())));
    let mut b = centred(&all);
    let along = &b * &e1;
    b -= along * e1.transpose();
    let second = dense::svd(&b).ok()?;
    if d < 2 || second.values.len() < 2 || second.values[0] <= 1e-14 * first.values[0] {
        return None;
    }
    let mut e2: Vector = second.v.column(0).into_owned();
    let off = e2.dot(&e1);
    e2.axpy(-off, &e1, 1.0);
    let oriented = |e: Vector| {
        let big = e.iamax();
        if e[big] < 0.0 { -e } else { e }
    };
    let percent = format!("{:.2}", 100.0 * share);
    let percent = percent.trim_end_matches('0').trim_end_matches('.');
    let axes = [format!("*e*_{{1}}·*w*  ({percent} % of the motion of *w*°)"), "*e*_{2}·*w*".to_string()];
    Some((origin, [oriented(e1), oriented(e2)], axes))
}
