//! Your own model with products written by hand: implement `Residual`, four functions.
//!
//! Phase retrieval without noise: r_k(w) = ⟨a_k, w⟩² − y_k. J v = 2⟨a_k, w⟩⟨a_k, v⟩ and Σμₖ∇²rₖ = 2 Σ μₖ a_k a_kᵀ.
//! Run with `cargo run --release --example own_model_products`.

use std::error::Error;
use std::sync::Arc;

use slowflow::field::{FieldError, LeastSquares, Loss, Regulariser, Residual, Weights};
use slowflow::flow::{Flows, RadauFlows};
use slowflow::integrate::Tolerance;
use slowflow::loss::slope;
use slowflow::min_norm::{self, Options};
use slowflow::numeric::seed::Stream;
use slowflow::numeric::{Matrix, Vector};

/// r(w) = (Aw)∘(Aw) − y.
struct PhaseRetrieval {
    sensors: Matrix,
    intensities: Vector,
}

impl Residual for PhaseRetrieval {
    fn dim(&self) -> usize {
        self.sensors.ncols()
    }

    fn samples(&self) -> usize {
        self.sensors.nrows()
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        *r = (&self.sensors * w).map(|z| z * z) - &self.intensities;
        FieldError::check("the residual", r.as_slice(), w)
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        *out = (&self.sensors * w).component_mul(&(&self.sensors * v)) * 2.0;
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        *out = self.sensors.tr_mul(&(&self.sensors * w).component_mul(c)) * 2.0;
    }

    fn curvature_product(&self, _w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        *out = self.sensors.tr_mul(&(&self.sensors * v).component_mul(mu)) * 2.0;
    }
}

/// ‖w°(s)‖² far along the slow flow, and that of the KKT point that an optimiser finds from the same foot point.
pub fn limits() -> Result<(f64, f64), Box<dyn Error>> {
    let mut stream = Stream::new(5, "phase retrieval");
    let sensors = Matrix::from_fn(4, 8, |_, _| stream.normal());
    let signal = Weights::from_fn(8, |_, _| stream.normal());
    let intensities = (&sensors * signal).map(|z| z * z);
    let model = PhaseRetrieval { sensors, intensities };
    let start = Weights::from_fn(8, |_, _| stream.normal());

    let check = slope::check(&model, &start, &Weights::repeat(8, 0.3), &Vector::repeat(4, 1.0))?;
    println!("transpose {:.1e}, slopes {:?} {:?}", check.transpose, check.residual, check.pull_back);

    let loss = LeastSquares { residual: Arc::new(model), c: 1.0 / 4.0, offset: 0.0 };
    println!("F(w0) = {:.4}", loss.value(&start)?);
    let regulariser = Regulariser::HalfSquaredNorm;
    let flows = RadauFlows::new(&loss, &regulariser, &start, Tolerance { rtol: 1e-11, atol: 1e-13 })?;
    let foot = flows.foot()?;
    let slow = flows.slow(&foot.w, &[20.0])?;
    let end = slow.last().map_or(f64::NAN, |point| point.w.norm_squared());
    let point = min_norm::solve(&loss, &regulariser, &foot.w, &Options::default())?;
    Ok((end, point.w.norm_squared()))
}

pub fn main() -> Result<(), Box<dyn Error>> {
    let (flow, optimiser) = limits()?;
    println!("norm² at the end of the slow flow: {flow:.12}");
    println!("norm² of the optimiser's KKT point: {optimiser:.12}");
    Ok(())
}
