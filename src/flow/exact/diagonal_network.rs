use super::{ClosedForm, ExactError};
use crate::data::DataSet;
use crate::field::Weights;
use crate::numeric::{Matrix, Vector};
use crate::problem::parameters::Parameters;

/// Diagonal network Xβ = y, β = u∘u − v∘v: u°(s) = u₀e^{−s+η}, v°(s) = v₀e^{−s−η} with η = Xᵀν.
///
/// ν(s) is the minimum of the strictly convex D(ν) = ½Σᵢ e^{−2s}(u₀ᵢ²e^{2ηᵢ} + v₀ᵢ²e^{−2ηᵢ}) − yᵀν, whose gradient is Xβ − y:
/// n equations at every s, no integration; s = 0 gives Φ(w₀). β = u∘v is the same in (u + v)/2 and (u − v)/2.
/// Newton's method with backtracking, continued in s by quarters so that it always starts near its end.
pub struct DiagonalNetwork {
    inputs: Matrix,
    targets: Vector,
    /// u₀ and v₀ of the difference of squares.
    start: (Vector, Vector),
    product: bool,
}

const ITERATIONS: usize = 100;

impl DiagonalNetwork {
    /// Closed form from w₀ = (u₀, v₀), for the parametrisation that the parameters name.
    pub fn new(parameters: &Parameters, data: &DataSet, start: &Weights) -> Self {
        let p = data.inputs.ncols();
        let (u, v) = (start.rows(0, p).into_owned(), start.rows(p, p).into_owned());
        let product = parameters.word("parametrisation") != "difference-of-squares";
        let start = if product { ((&u + &v) * 0.5, (u - v) * 0.5) } else { (u, v) };
        DiagonalNetwork { inputs: data.inputs.clone(), targets: data.targets.clone(), start, product }
    }

    /// e^{−2s}u₀²e^{2η} and e^{−2s}v₀²e^{−2η}.
    fn squares(&self, eta: &Vector, s: f64) -> (Vector, Vector) {
        let scaled = |w: &Vector, sign: f64| w.zip_map(eta, |w, eta| w * w * (2.0 * (sign * eta - s)).exp());
        (scaled(&self.start.0, 1.0), scaled(&self.start.1, -1.0))
    }

    fn dual(&self, nu: &Vector, s: f64) -> f64 {
        let (a, b) = self.squares(&self.inputs.tr_mul(nu), s);
        0.5 * (a.sum() + b.sum()) - self.targets.dot(nu)
    }

    /// The minimum of D at `s`, from a guess.
    fn minimise(&self, nu: &mut Vector, s: f64) -> Result<(), ExactError> {
        let mut size = f64::INFINITY;
        for _ in 0..ITERATIONS {
            let (a, b) = self.squares(&self.inputs.tr_mul(nu), s);
            let slope = &self.inputs * (&a - &b) - &self.targets;
            let mut scaled = self.inputs.clone();
            for (i, mut column) in scaled.column_iter_mut().enumerate() {
                column *= 2.0 * (a[i] + b[i]);
            }
            let hessian = scaled * self.inputs.transpose();
            let Some(factor) = hessian.cholesky() else { break };
            let step = factor.solve(&slope);
            let last = size;
            size = self.inputs.tr_mul(&step).amax();
            // Quadratic convergence: the step after this one is below round-off, or steps have stopped shrinking there.
            if size < 1e-9 || (size < 1e-6 && size >= 0.5 * last) {
                *nu -= step;
                return Ok(());
            }
            let (value, descent) = (self.dual(nu, s), slope.dot(&step));
            let mut length = (1.0 / size).min(1.0);
            let lower = |length| self.dual(&(&*nu - &step * length), s) <= value - 0.1 * length * descent;
            while length > 1e-12 && !lower(length) {
                length *= 0.5;
            }
            nu.axpy(-length, &step, 1.0);
        }
        Err(ExactError::NotConverged { s, step: size, iterations: ITERATIONS })
    }
}

impl ClosedForm for DiagonalNetwork {
    fn slow(&self, s: f64) -> Result<Weights, ExactError> {
        let mut nu = Vector::zeros(self.targets.len());
        let stages = (4.0 * s).ceil().max(0.0) as usize;
        for stage in 0..stages {
            self.minimise(&mut nu, 0.25 * stage as f64)?;
        }
        self.minimise(&mut nu, s)?;
        let eta = self.inputs.tr_mul(&nu);
        let u = self.start.0.zip_map(&eta, |u, eta| u * (eta - s).exp());
        let v = self.start.1.zip_map(&eta, |v, eta| v * (-eta - s).exp());
        let p = u.len();
        Ok(Weights::from_fn(2 * p, |i, _| match (self.product, i < p) {
            (true, true) => u[i] + v[i],
            (true, false) => u[i - p] - v[i - p],
            (false, true) => u[i],
            (false, false) => v[i - p],
        }))
    }
}
