//! What a verification would find at its first look, without running it: derivatives, spectrum near the start, cost.
//!
//! The spectrum is taken at w₀ and at the point of M that Newton's method in the normal direction reaches from there. It is
//! an estimate of that at Φ(w₀): the fast flow ends elsewhere on M, at a distance of the order of ‖w₀ − Φ(w₀)‖².

use std::time::Instant;

use super::{Setup, accuracy};
use crate::compare::{SEPARATION, layer_end};
use crate::field::{Curvature, FieldError, Weights};
use crate::loss::slope::{self, SlopeCheck};
use crate::manifold::{ManifoldError, Spectrum};
use crate::numeric::Vector;
use crate::numeric::seed::Stream;

/// Slope below which a Taylor remainder is not quadratic.
const SLOPE: f64 = 1.8;
/// Relative difference of ⟨Jv, c⟩ and ⟨v, Jᵀc⟩ above which one of them is wrong.
const TRANSPOSE: f64 = 1e-10;
/// Floating-point operations a second that the estimate of the time assumes for dense algebra.
const FLOPS: f64 = 2e9;

/// What is known before a verification.
pub struct Preview {
    /// F(w₀).
    pub start_loss: f64,
    /// ‖∇F(w₀)‖.
    pub start_gradient: f64,
    /// ‖r(w₀)‖, or ‖∇F(w₀)‖ where M is the set of critical points.
    pub start_defect: f64,
    /// The worst derivative check of three directions.
    pub derivatives: SlopeCheck,
    /// Spectrum of cJᵀJ at w₀, or of the Hessian.
    pub at_start: Result<Spectrum, ManifoldError>,
    /// Spectrum at the nearest point of M, with the distance from w₀.
    pub near: Result<(Spectrum, f64), ManifoldError>,
    /// Blocks of the curvature and the weights of the largest; `None` where no structure is known.
    pub blocks: Option<(usize, usize)>,
    /// Steps that one run is expected to take.
    pub steps: f64,
    /// Runs in all: three flows, every λ, each twice.
    pub runs: usize,
    /// Seconds of one thread that they are expected to take.
    pub seconds: f64,
    /// Bytes that they are expected to hold at once.
    pub bytes: f64,
    /// What `verify` would refuse, or judge as wrong, in sentences.
    pub faults: Vec<String>,
}

/// Looks at a problem without running it.
///
/// # Errors
/// Values that are not finite at the start.
pub fn preview(setup: &Setup) -> Result<Preview, FieldError> {
    let (n, d) = (setup.squares().map_or(0, |squares| squares.residual.samples()), setup.start.len());
    let derivatives = derivatives(setup)?;
    let manifold = setup.manifold();
    let spectrum_at = |w: &Weights| match &manifold {
        Ok(manifold) => Ok(*manifold.at(w)?.spectrum()),
        Err(error) => Err(error.clone()),
    };
    let at_start = spectrum_at(&setup.start);
    let near = match &manifold {
        Ok(manifold) => manifold.retract(&setup.start).and_then(|(on, distance)| Ok((spectrum_at(&on)?, distance))),
        Err(error) => Err(error.clone()),
    };
    let mu = Vector::repeat(n, 1.0 / (n as f64).sqrt());
    let blocks = match setup.squares().map(|squares| squares.residual.curvature(&setup.start, &mu)) {
        Some(Curvature::Zero) => Some((0, 0)),
        Some(Curvature::Blocks(blocks)) => {
            Some((blocks.iter().map(|b| b.copies.len()).sum(), blocks.iter().map(|b| b.matrix.nrows()).max().unwrap_or(0)))
        }
        Some(Curvature::Operator) | None => None,
    };
    let steps = 35.0 * (1e-6 / setup.problem.rtol).max(1.0).powf(0.09);
    let runs = 2 * (setup.problem.lambda.len() + 2);
    let seconds = runs as f64 * steps * step_seconds(setup, &mu)?;
    let points: f64 = setup.problem.lambda.iter().map(|l| 60.0 + 6.0 * (1.0 / l).log10()).sum();
    let bytes = 8.0 * (4.0 * points * d as f64 + 8.0 * (n * d) as f64 + 12.0 * (n * n) as f64);
    let mut gradient = Weights::zeros(d);
    setup.objective.loss.gradient(&setup.start, &mut gradient)?;
    let mut preview = Preview {
        start_loss: setup.objective.loss.value(&setup.start)?,
        start_gradient: gradient.norm(),
        start_defect: manifold.as_ref().map_or(Ok(f64::NAN), |manifold| manifold.defect(&setup.start))?,
        derivatives,
        at_start,
        near,
        blocks,
        steps,
        runs,
        seconds,
        bytes,
        faults: Vec::new(),
    };
    preview.faults = faults(setup, &preview);
    Ok(preview)
}

/// The worst check over three random directions of length 0.3‖w₀‖, shortened to stay inside the domain of r, and inside the cell
/// of a model with kinks.
fn derivatives(setup: &Setup) -> Result<SlopeCheck, FieldError> {
    let (model, w) = (setup.residual.as_ref(), &setup.start);
    let mut worst = SlopeCheck { residual: None, pull_back: None, transpose: 0.0 };
    let smaller = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    for seed in 0..3 {
        let mut stream = Stream::new(seed, "derivative check");
        let mut v = Weights::from_fn(w.len(), |_, _| stream.normal());
        let mu = Vector::from_fn(model.samples(), |_, _| stream.normal());
        v *= 0.3 * w.norm().max(1e-3) / v.norm().max(f64::MIN_POSITIVE);
        let (mut here, mut there) = (Vec::new(), Vec::new());
        model.switches(w, &mut here);
        model.switches(&(w + &v), &mut there);
        let reach = here.iter().zip(&there).map(|(a, b)| (a / (b - a)).abs()).fold(f64::INFINITY, f64::min);
        v *= (8.0 * reach).min(1.0);
        let check = |v: &Weights| match model.samples() {
            0 => slope::check_loss(&*setup.objective.loss, w, v),
            _ => slope::check(model, w, v, &mu),
        };
        let mut found = check(&v);
        // Too long for the domain of r, or for its Taylor remainder to be quadratic yet: a wrong derivative stays wrong.
        for _ in 0..4 {
            if found.as_ref().is_ok_and(|found| steepness(found) >= SLOPE) {
                break;
            }
            v *= 0.1;
            match check(&v) {
                Ok(shorter) if found.is_err() || (SLOPE..f64::INFINITY).contains(&steepness(&shorter)) => found = Ok(shorter),
                _ => {}
            }
        }
        let found = found?;
        worst.residual = smaller(worst.residual, found.residual);
        worst.pull_back = smaller(worst.pull_back, found.pull_back);
        worst.transpose = worst.transpose.max(found.transpose);
    }
    Ok(worst)
}

/// The smaller slope; infinite where the remainders are round-off throughout.
fn steepness(found: &SlopeCheck) -> f64 {
    found.residual.unwrap_or(f64::INFINITY).min(found.pull_back.unwrap_or(f64::INFINITY))
}

/// Seconds of one step of the implicit method: one J and one curvature, some 15 residuals with pull-back, and the dense algebra
/// (five weighted Gram matrices, one real and two complex factorisations).
fn step_seconds(setup: &Setup, mu: &Vector) -> Result<f64, FieldError> {
    let Some(squares) = setup.squares() else { return dense_step_seconds(setup) };
    let (model, w) = (squares.residual.as_ref(), &setup.start);
    let (n, d) = (model.samples() as f64, w.len() as f64);
    let (mut r, mut g) = (Vector::zeros(model.samples()), Weights::zeros(w.len()));
    let clock = Instant::now();
    drop(model.jacobian(w));
    drop(model.curvature(w, mu));
    let once = clock.elapsed().as_secs_f64();
    let clock = Instant::now();
    for k in 0..15 {
        let shifted = w * (1.0 + 1e-12 * f64::from(k));
        model.residual(&shifted, &mut r)?;
        model.pull_back(&shifted, mu, &mut g);
    }
    Ok(once + clock.elapsed().as_secs_f64() + (10.0 * n * n * d + 3.0 * n.powi(3)) / FLOPS)
}

/// The same where H is formed: d Hessian and d third products, some 40 single ones, and eigenvalues.
fn dense_step_seconds(setup: &Setup) -> Result<f64, FieldError> {
    let (loss, w, d) = (&*setup.objective.loss, &setup.start, setup.start.len() as f64);
    let mut out = w.clone();
    let clock = Instant::now();
    loss.hessian_product(w, w, &mut out)?;
    loss.third_product(w, w, w, &mut out)?;
    Ok((d + 40.0) * clock.elapsed().as_secs_f64() + 40.0 * d.powi(3) / FLOPS)
}

fn kinked(setup: &Setup) -> bool {
    let mut walls = Vec::new();
    setup.residual.switches(&setup.start, &mut walls);
    !walls.is_empty()
}

fn faults(setup: &Setup, preview: &Preview) -> Vec<String> {
    let mut faults = Vec::new();
    let found = &preview.derivatives;
    for (what, slope) in [("r", found.residual), ("Jᵀμ", found.pull_back)] {
        if let Some(slope) = slope.filter(|s| *s < SLOPE) {
            faults.push(format!("the derivative of {what} is wrong: its Taylor remainder has slope {slope:.2} instead of 2"));
        }
    }
    if found.transpose > TRANSPOSE {
        faults.push(format!("Jᵀ is not the transpose of J: ⟨Jv, c⟩ and ⟨v, Jᵀc⟩ differ by {:.1e} relative", found.transpose));
    }
    if let Err(error) = super::pair(setup) {
        faults.push(format!("assumption violated: the critical points of F near the foot point form a manifold. {error}"));
        return faults;
    }
    if let (Err(error), true) = (&preview.at_start, preview.start_gradient == 0.0) {
        faults.push(format!(
            "assumption violated: M is a manifold. ∇F is zero at w₀, the fast flow stays there, and {error}: start elsewhere"
        ));
        return faults;
    }
    match &preview.near {
        Ok((spectrum, _)) if accuracy::vanishes_beside_start(setup, spectrum.smallest) => faults.push(format!(
            "assumption violated: the rank of the Hessian is constant. At the point of M next to w₀ h₊ = {:.3e} is zero beside the largest eigenvalue at w₀",
            spectrum.smallest
        )),
        Ok((spectrum, _)) => {
            let first = setup.problem.slow_times.first().copied().unwrap_or(0.0);
            let lambda = setup.problem.lambda.iter().copied().fold(f64::INFINITY, f64::min);
            let needed = layer_end(lambda, spectrum.smallest);
            if lambda < spectrum.smallest && (first < needed || first <= 0.0) {
                faults.push(format!(
                    "the window starts at s = {first:e}, inside the initial layer of λ = {lambda:e} (h₊ ≈ {:.3e}): start it at s ≥ {needed:.2e}",
                    spectrum.smallest
                ));
            }
            if setup.problem.lambda.iter().all(|l| l * SEPARATION > spectrum.smallest) {
                faults.push(format!(
                    "every λ is above h₊/{SEPARATION} ≈ {:.2e}: the timescales do not separate, no order can be fitted",
                    spectrum.smallest / SEPARATION
                ));
            }
        }
        // Where r has kinks the rank may be low in the cell of the start alone: the run decides.
        Err(ManifoldError::RankDrop { .. }) if preview.at_start.is_err() && kinked(setup) => {}
        Err(error @ ManifoldError::RankDrop { .. }) => faults.push(format!(
            "assumption violated: M is a manifold of constant rank near the start. {error}; if the fast flow ends there, `verify` refuses"
        )),
        Err(_) => {}
    }
    faults
}
