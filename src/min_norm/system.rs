use crate::field::{LeastSquares, Loss, Regulariser};
use crate::numeric::graph::{Graph, Node};
use crate::numeric::interval::Interval;

/// The KKT system G(w, μ) = (∇R(w) + J(w)ᵀμ, r(w)) of d + n equations, in interval arithmetic.
pub struct System<'a> {
    graph: Graph,
    residuals: Vec<Node>,
    regulariser: &'a Regulariser,
    /// Number of weights d.
    pub weights: usize,
}

impl<'a> System<'a> {
    /// `None` where the model has no formula for interval arithmetic.
    pub fn new(loss: &LeastSquares, regulariser: &'a Regulariser) -> Option<Self> {
        let mut graph = Graph::new(loss.dim());
        let residuals = loss.residual.formula(&mut graph)?;
        Some(System { graph, residuals, regulariser, weights: loss.dim() })
    }

    /// d + n.
    pub fn unknowns(&self) -> usize {
        self.weights + self.residuals.len()
    }

    /// G over a box of d + n intervals.
    pub fn value(&self, at: &[Interval]) -> Vec<Interval> {
        let (w, mu) = at.split_at(self.weights);
        let enclosed = self.graph.over(w);
        let pulled = enclosed.gradient(&self.residuals, mu);
        let mut out: Vec<Interval> = gradient(self.regulariser, w).into_iter().zip(pulled).map(|(a, b)| a + b).collect();
        out.extend(enclosed.values(&self.residuals));
        out
    }

    /// DG = [∇²R + Σμₖ∇²rₖ, Jᵀ; J, 0] over a box: d + n rows.
    pub fn derivative(&self, at: &[Interval]) -> Vec<Vec<Interval>> {
        let (w, mu) = at.split_at(self.weights);
        let enclosed = self.graph.over(w);
        let mut rows = enclosed.hessian(&self.residuals, mu);
        add_hessian(self.regulariser, w, &mut rows);
        let jacobian = enclosed.jacobian(&self.residuals);
        for (i, row) in rows.iter_mut().enumerate() {
            row.extend(jacobian.iter().map(|gradient| gradient[i]));
        }
        let zeros = vec![Interval::ZERO; self.residuals.len()];
        rows.extend(jacobian.into_iter().map(|mut gradient| {
            gradient.extend_from_slice(&zeros);
            gradient
        }));
        rows
    }

    /// r over a box of weights.
    pub fn residuals(&self, w: &[Interval]) -> Vec<Interval> {
        self.graph.over(w).values(&self.residuals)
    }

    /// J over a box of weights, n rows.
    pub fn jacobian(&self, w: &[Interval]) -> Vec<Vec<Interval>> {
        self.graph.over(w).jacobian(&self.residuals)
    }
}

/// ∇R over a box.
pub fn gradient(regulariser: &Regulariser, w: &[Interval]) -> Vec<Interval> {
    match regulariser {
        Regulariser::HalfSquaredNorm => w.to_vec(),
        Regulariser::Diagonal(a) => w.iter().zip(a).map(|(x, a)| Interval::point(*a) * *x).collect(),
        Regulariser::Quadratic(a) => {
            let row = |i: usize| w.iter().enumerate().map(|(j, x)| Interval::point(a[(i, j)]) * *x).sum();
            (0..w.len()).map(row).collect()
        }
        Regulariser::SmoothPower { p, epsilon } => w.iter().map(|x| *x * smoothed(*x, *epsilon).powf(0.5 * p - 1.0)).collect(),
    }
}

/// R over a box.
pub fn value(regulariser: &Regulariser, w: &[Interval]) -> Interval {
    let half = Interval::point(0.5);
    match regulariser {
        Regulariser::HalfSquaredNorm => half * w.iter().map(|x| x.square()).sum(),
        Regulariser::Diagonal(a) => half * w.iter().zip(a).map(|(x, a)| Interval::point(*a) * x.square()).sum(),
        Regulariser::Quadratic(_) => half * gradient(regulariser, w).into_iter().zip(w).map(|(g, x)| g * *x).sum(),
        Regulariser::SmoothPower { p, epsilon } => {
            w.iter().map(|x| smoothed(*x, *epsilon).powf(0.5 * p)).sum::<Interval>() / Interval::point(*p)
        }
    }
}

fn smoothed(x: Interval, epsilon: f64) -> Interval {
    x.square() + Interval::point(epsilon).square()
}

fn add_hessian(regulariser: &Regulariser, w: &[Interval], rows: &mut [Vec<Interval>]) {
    for (i, row) in rows.iter_mut().enumerate() {
        match regulariser {
            Regulariser::HalfSquaredNorm => row[i] = row[i] + Interval::ONE,
            Regulariser::Diagonal(a) => row[i] = row[i] + Interval::point(a[i]),
            Regulariser::Quadratic(a) => {
                for (j, entry) in row.iter_mut().enumerate() {
                    *entry = *entry + Interval::point(a[(i, j)]);
                }
            }
            Regulariser::SmoothPower { p, epsilon } => {
                let q = smoothed(w[i], *epsilon);
                let factor = Interval::ONE + Interval::point(p - 2.0) * w[i].square() / q;
                row[i] = row[i] + q.powf(0.5 * p - 1.0) * factor;
            }
        }
    }
}
