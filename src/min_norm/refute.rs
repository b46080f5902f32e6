use super::normal::Normal;
use super::system::{System, gradient};
use crate::field::{Regulariser, Weights};
use crate::numeric::interval::Interval;
use crate::numeric::{Matrix, Vector};

/// Why no w within `radius` of `candidate` (in every component) is a KKT point with J of full row rank; `None` where that
/// is not shown.
///
/// r(w) ∈ r(m) + J(W)(W − m) must contain 0. And with any vector t a KKT point has t·∇R + (Jt)·μ = 0, so
/// |t·∇R| ≤ ‖Jt‖‖μ‖ ≤ ‖Jt‖‖∇R‖/σ(J), σ the smallest singular value; t is chosen near P∇R, where Jt is small.
/// A bound of σ from below: ‖I − JB‖ ≤ ε < 1 for a rounded right inverse B gives σ ≥ (1 − ε)/‖B‖.
pub fn refute(system: &System, regulariser: &Regulariser, candidate: &Weights, radius: f64) -> Option<String> {
    let around: Vec<Interval> = candidate.iter().map(|x| Interval::around(*x, radius)).collect();
    let centre: Vec<Interval> = candidate.iter().map(|x| Interval::point(*x)).collect();
    let jacobian = system.jacobian(&around);
    for (k, (value, row)) in system.residuals(&centre).into_iter().zip(&jacobian).enumerate() {
        let change: Interval = row.iter().zip(&around).zip(&centre).map(|((j, w), m)| *j * (*w - *m)).sum();
        let value = value + change;
        if !value.contains(0.0) {
            return Some(format!(
                "residual {k} lies in [{:.3e}, {:.3e}] within {radius:.1e} of the candidate",
                value.lo(),
                value.hi()
            ));
        }
    }
    let (n, d) = (jacobian.len(), candidate.len());
    let mid = Matrix::from_fn(n, d, |k, i| jacobian[k][i].mid_rad().0);
    let normal = Normal::new(&mid, None).ok().filter(|normal| normal.rank() == n)?;
    let sigma = smallest_singular_value(&jacobian, &normal)?;
    let pull = gradient(regulariser, &around);
    let rough = Vector::from_iterator(d, pull.iter().map(|g| g.mid_rad().0));
    let t = normal.project(&rough);
    let along: Interval = pull.iter().zip(&t).map(|(g, t)| *g * Interval::point(*t)).sum();
    let through: Interval = jacobian.iter().map(|row| dot(row, &t).square()).sum();
    let size: Interval = pull.iter().map(|g| g.square()).sum();
    let limit = through.sqrt() * size.sqrt() / sigma;
    let (low, high) = (along.mignitude(), limit.magnitude());
    (low > high).then(|| format!("|t·∇R| ≥ {low:.3e} but ‖Jt‖‖μ‖ ≤ {high:.3e} within {radius:.1e} of the candidate"))
}

fn dot(row: &[Interval], t: &Vector) -> Interval {
    row.iter().zip(t).map(|(j, t)| *j * Interval::point(*t)).sum()
}

/// A lower bound (as the lower end of a positive interval) of the smallest singular value of every matrix in `jacobian`.
fn smallest_singular_value(jacobian: &[Vec<Interval>], normal: &Normal) -> Option<Interval> {
    let n = jacobian.len();
    let columns: Vec<Vector> = (0..n)
        .map(|k| {
            let mut unit = Vector::zeros(n);
            unit[k] = -1.0;
            normal.step(&unit)
        })
        .collect();
    let mut defect = Interval::ZERO;
    for (k, row) in jacobian.iter().enumerate() {
        for (l, column) in columns.iter().enumerate() {
            let unit = if k == l { Interval::ONE } else { Interval::ZERO };
            defect = defect + (unit - dot(row, column)).square();
        }
    }
    let inverse: Interval = columns.iter().flat_map(|column| column.iter()).map(|b| Interval::point(*b).square()).sum();
    let sigma = (Interval::ONE - defect.sqrt()) / inverse.sqrt();
    (sigma.lo() > 0.0).then_some(sigma)
}
