//! w° and w^λ in the two coordinates of weight space of [`crate::report::plane`], as `path-0.csv` and `path-<λ>.csv` hold them.

use super::Table;

/// (s, x, y) along a path.
pub type Path = Vec<(f64, f64, f64)>;

/// Curves in two coordinates of weight space.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths {
    /// (s, x, y) of w°, from Φ(w₀) at s = 0 on.
    pub slow: Path,
    /// (s, x, y) of w^λ, λ descending.
    pub regularised: Vec<(f64, Path)>,
    /// (x, y) of the minimum-norm point.
    pub limit: Option<(f64, f64)>,
    /// The share of the motion of w° along the first coordinate, Σx²/Σ(x² + y² + off²) about the mean.
    pub share: Option<f64>,
}

impl Paths {
    /// From the tables of w° (`s, x, y, off`; the row without an s is the minimum-norm point) and of every λ.
    pub fn read(slow: &Table, regularised: &[(f64, Table)]) -> Option<Paths> {
        let [s, x, y, off] = ["s", "x", "y", "off"].map(|name| slow.column(name));
        let (s, x, y) = (s?, x?, y?);
        let known = |k: &usize| x[*k].is_finite() && y[*k].is_finite();
        let at = |k: usize| (s[k], x[k], y[k]);
        let path: Path = (0..s.len()).filter(known).map(at).filter(|p| p.0.is_finite()).collect();
        let limit = (0..s.len()).filter(known).find(|k| !s[*k].is_finite()).map(|k| (x[k], y[k]));
        let mean = |column: &[f64]| column.iter().sum::<f64>() / column.len().max(1) as f64;
        let spread = |values: Vec<f64>| {
            let middle = mean(&values);
            values.iter().map(|v| (v - middle).powi(2)).sum::<f64>()
        };
        let (across, up) = (spread(path.iter().map(|p| p.1).collect()), spread(path.iter().map(|p| p.2).collect()));
        let away: Option<f64> =
            off.map(|off| (0..s.len()).filter(|k| s[*k].is_finite()).map(|k| off[k].powi(2)).filter(|x| x.is_finite()).sum());
        let others = regularised.iter().map(|(lambda, table)| {
            let points = table.pairs("x", "y").into_iter().zip(table.column("s").unwrap_or(&[]));
            (*lambda, points.map(|((x, y), s)| (*s, x, y)).collect())
        });
        Some(Paths {
            share: away.map(|away| across / (across + up + away)).filter(|share| share.is_finite()),
            slow: path,
            regularised: others.collect(),
            limit,
        })
    }
}
