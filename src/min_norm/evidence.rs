use super::certificate::{Certificate, certify};
use super::classify::{Classification, Kind, classify};
use super::duality::least_norm_squared;
use super::{KktPoint, MinNormError};
use crate::field::{Loss, Regulariser};
use crate::numeric::interval::Interval;

/// What is known about a KKT point beyond its residual.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// What kind of point.
    pub classification: Classification,
    /// Whether it is proved to exist.
    pub certificate: Certificate,
    /// Proved bounds of the least ‖w‖² over all of M, where the problem is convex in other variables and R = ½‖w‖².
    pub least_norm_squared: Option<Interval>,
}

/// Classifies the point, tests its existence, and bounds the global minimum where duality does.
///
/// # Errors
/// Values that are not finite and decompositions that fail.
pub fn evidence(loss: &dyn Loss, regulariser: &Regulariser, point: &KktPoint) -> Result<Evidence, MinNormError> {
    let least = match regulariser {
        // Without a bound nothing is claimed: a linear program that fails is no failure of the point.
        Regulariser::HalfSquaredNorm => least_norm_squared(loss, point).unwrap_or(None),
        _ => None,
    };
    let classification = classify(loss, regulariser, point)?;
    let certificate = match classification.kind {
        Kind::Singular => Certificate::Undecided {
            reason: format!(
                "{} drops rank at the point, which is then no regular zero of the KKT system: what can be proved is the value",
                classification.derivative
            ),
        },
        _ => certify(loss, regulariser, &point.w, &point.multipliers, point.size),
    };
    // A point that is proved to exist bounds the minimum from above.
    let least_norm_squared = least.map(|least| match &certificate {
        Certificate::Proved(found) => Interval::new(least.lo(), least.hi().min(found.norm_squared.hi())),
        _ => least,
    });
    Ok(Evidence { classification, certificate, least_norm_squared })
}
