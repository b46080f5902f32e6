use super::MinNormError;
use super::constraint::Constraint;
use crate::field::Weights;
use crate::numeric::dense;

/// Steps.
const STEPS: usize = 200;
/// Curvatures below this share of the largest are raised to it.
const LEAST: f64 = 1e-3;

/// Where M consists of the minima of F: down F from `start` to their neighbourhood; elsewhere `start` itself.
///
/// Steps −Σᵢ qᵢ⟨qᵢ, ∇F⟩/max(|hᵢ|, δ) in the eigenvectors of H, cut to 0.3‖w‖ and halved until F falls: Newton's where H is
/// positive, away from saddles where it is not. Zeros of ∇F alone may be saddles of F.
pub fn downhill(constraint: &Constraint, start: &Weights) -> Result<Weights, MinNormError> {
    let mut w = start.clone();
    let Some(value) = constraint.loss(&w) else { return Ok(w) };
    let mut value = value?;
    for _ in 0..STEPS {
        let gradient = constraint.residual(&w)?;
        let (curvatures, directions) = dense::symmetric_eigen(&constraint.jacobian(&w)?)?;
        let least = LEAST * curvatures.amax().max(f64::MIN_POSITIVE);
        let along = directions.tr_mul(&gradient).zip_map(&curvatures, |slope, h| -slope / h.abs().max(least));
        let step = &directions * along;
        let length = step.norm();
        if length <= 1e-6 * w.norm().max(f64::MIN_POSITIVE) && curvatures.min() > -least {
            break;
        }
        let mut share = (0.3 * w.norm().max(0.1 * start.norm()) / length).min(1.0);
        let slope = gradient.dot(&step);
        let lower = loop {
            let next = &w + &step * share;
            match constraint.loss(&next) {
                Some(Ok(there)) if there < value + 0.1 * share * slope => break Some((next, there)),
                Some(Err(MinNormError::Budget { budget })) => return Err(MinNormError::Budget { budget }),
                _ => share *= 0.5,
            }
            if share < 1e-6 {
                break None;
            }
        };
        match lower {
            Some(next) => (w, value) = next,
            None => break,
        }
    }
    Ok(w)
}
