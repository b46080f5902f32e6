use super::orbit::Orbit;
use super::outer::Outer;
use crate::field::{LeastSquares, Loss, Regulariser, Weights};
use crate::numeric::graph::{Graph, Node};
use crate::numeric::interval::Interval;
use crate::numeric::{Matrix, Vector};

/// The KKT system G(w, μ) = (∇R(w) + J(w)ᵀμ, r(w)) of d + n equations, in interval arithmetic.
///
/// Where the rotations of an orbit with tangents T at w₀ keep r and R, G is singular along it. Then the system is
/// (∇R + Jᵀμ + Tν, r, Tᵀ(w − w₀)) with m unknowns ν more. Its zeros have ν = 0: with S̃_b = Σ_c L_cb S_c, S̃_b w is
/// orthogonal to ∇R and to every row of J, so that 0 = Σ_a ⟨S̃_b w, T_a⟩ν_a, and that matrix is regular ([`Orbit::crosses`]).
pub struct System<'a> {
    graph: Graph,
    residuals: Vec<Node>,
    outer: Option<Outer>,
    regulariser: &'a Regulariser,
    slice: Option<(&'a Orbit, &'a Weights)>,
    /// Number of weights d.
    pub weights: usize,
}

impl<'a> System<'a> {
    /// `None` where the model has no formula for interval arithmetic.
    pub fn new(loss: &LeastSquares, regulariser: &'a Regulariser) -> Option<Self> {
        let mut graph = Graph::new(loss.dim());
        let residuals = loss.residual.formula(&mut graph)?;
        Some(System { graph, residuals, outer: None, regulariser, slice: None, weights: loss.dim() })
    }

    /// The system (∇R + J_zᵀμ, ∇h(z(w))) of F = h(z(w)) near a critical point `w` whose Hessian has that `rank`.
    ///
    /// # Errors
    /// Why F has no such form.
    pub fn of_critical_points(loss: &dyn Loss, regulariser: &'a Regulariser, w: &Weights, rank: usize) -> Result<Self, String> {
        let (graph, residuals, outer) = Outer::of(loss, w, rank)?;
        Ok(System { graph, residuals, outer: Some(outer), regulariser, slice: None, weights: loss.dim() })
    }

    /// Multipliers of ∇h(z(w)) from those of ∇F: J_zᵀμ = Hν with μ = ∇²h J_z ν, to rounding.
    pub fn inner_multipliers(&self, w: &Weights, nu: &Vector) -> Vector {
        let point: Vec<Interval> = w.iter().map(|x| Interval::point(*x)).collect();
        let middle =
            |rows: &[Vec<Interval>]| Matrix::from_fn(rows.len(), rows.first().map_or(0, Vec::len), |i, j| rows[i][j].mid_rad().0);
        middle(&self.jacobian(&point)) * nu
    }

    /// The same across the orbit at `anchor`.
    pub fn across(self, orbit: &'a Orbit, anchor: &'a Weights) -> Self {
        System { slice: Some((orbit, anchor)), ..self }
    }

    /// n.
    pub fn multipliers(&self) -> usize {
        self.residuals.len()
    }

    /// d + n + m.
    pub fn unknowns(&self) -> usize {
        self.weights + self.residuals.len() + self.slice.map_or(0, |(orbit, _)| orbit.dimension())
    }

    /// G over a box of d + n + m intervals.
    pub fn value(&self, at: &[Interval]) -> Vec<Interval> {
        let (w, mu, nu) = self.parts(at);
        let enclosed = self.graph.over(w);
        let pulled = enclosed.gradient(&self.residuals, mu);
        let mut out: Vec<Interval> = gradient(self.regulariser, w).into_iter().zip(pulled).map(|(a, b)| a + b).collect();
        out.extend(self.constraint(&enclosed.values(&self.residuals)));
        if let Some((orbit, anchor)) = self.slice {
            for (tangent, nu) in orbit.tangents.column_iter().zip(nu) {
                for (row, t) in out.iter_mut().zip(&tangent) {
                    *row = *row + Interval::point(*t) * *nu;
                }
                let apart = tangent.iter().zip(w).zip(anchor).map(|((t, w), a)| Interval::point(*t) * (*w - Interval::point(*a)));
                out.push(apart.sum());
            }
        }
        out
    }

    /// r, or ∇h at z = r.
    fn constraint(&self, inner: &[Interval]) -> Vec<Interval> {
        self.outer.as_ref().map_or_else(|| inner.to_vec(), |outer| outer.gradient(inner))
    }

    /// The rows of J, or ∇²h(z) J.
    fn outward(&self, inner: &[Interval], jacobian: &[Vec<Interval>]) -> Vec<Vec<Interval>> {
        let Some(outer) = &self.outer else { return jacobian.to_vec() };
        let combined = |row: &Vec<Interval>, i: usize| row.iter().zip(jacobian).map(|(h, line)| *h * line[i]).sum();
        outer.hessian(inner).iter().map(|row| (0..self.weights).map(|i| combined(row, i)).collect()).collect()
    }

    fn parts<'b>(&self, at: &'b [Interval]) -> (&'b [Interval], &'b [Interval], &'b [Interval]) {
        let (w, rest) = at.split_at(self.weights);
        let (mu, nu) = rest.split_at(self.residuals.len());
        (w, mu, nu)
    }

    /// DG = [∇²R + Σμₖ∇²rₖ, Jᵀ, T; J, 0, 0; Tᵀ, 0, 0] over a box: d + n + m rows; with ∇²h J in the place of the lower J.
    pub fn derivative(&self, at: &[Interval]) -> Vec<Vec<Interval>> {
        let (w, mu, _) = self.parts(at);
        let enclosed = self.graph.over(w);
        let mut rows = enclosed.hessian(&self.residuals, mu);
        add_hessian(self.regulariser, w, &mut rows);
        let mut border = enclosed.jacobian(&self.residuals);
        let mut lower = self.outward(&enclosed.values(&self.residuals), &border);
        if let Some((orbit, _)) = self.slice {
            let across = border.len();
            border.extend(orbit.tangents.column_iter().map(|tangent| tangent.iter().map(|t| Interval::point(*t)).collect()));
            lower.extend_from_slice(&border[across..]);
        }
        for (i, row) in rows.iter_mut().enumerate() {
            row.extend(border.iter().map(|line| line[i]));
        }
        let zeros = vec![Interval::ZERO; border.len()];
        rows.extend(lower.into_iter().map(|mut line| {
            line.extend_from_slice(&zeros);
            line
        }));
        rows
    }

    /// r, or ∇h(z), over a box of weights.
    pub fn residuals(&self, w: &[Interval]) -> Vec<Interval> {
        self.constraint(&self.graph.over(w).values(&self.residuals))
    }

    /// J, or ∇²h J, over a box of weights, n rows.
    pub fn jacobian(&self, w: &[Interval]) -> Vec<Vec<Interval>> {
        let enclosed = self.graph.over(w);
        self.outward(&enclosed.values(&self.residuals), &enclosed.jacobian(&self.residuals))
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
