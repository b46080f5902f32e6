//! From a claim to its verdict.

use super::quantity::{Measure, Quantity};
use super::{Bench, ClaimFile, Experiment, MeasureError, Measured};
use crate::compare::SAFETY;
use crate::experiment::{Options, Setup, Verdict, pair, track};
use crate::field::LeastSquares;
use crate::integrate::Tolerance;
use crate::problem::{Parameters, ProblemFile};

/// Smallest relative tolerance at which a run can still be told from a looser one.
const SMALLEST_RTOL: f64 = 1e-14;

/// What became of a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The value with its error, where it was measured.
    pub measured: Option<Measured>,
    /// Distance of the value to the nearest limit, negative outside.
    pub margin: Option<f64>,
    /// Why it did not run.
    pub note: String,
}

impl Outcome {
    /// Not measured, and why.
    pub fn not_run(note: String) -> Outcome {
        Outcome { verdict: Verdict::NotRun, measured: None, margin: None, note }
    }

    /// Whether this is what the claim file says: it holds, or it is marked and fails; or it says that it cannot run.
    pub fn as_stated(&self, claim: &ClaimFile) -> bool {
        match (&claim.experiment, &claim.expected_to_fail) {
            (Experiment::NotExpressible(_), _) => true,
            (_, None) => self.verdict == Verdict::Holds,
            (_, Some(_)) => self.verdict == Verdict::Fails,
        }
    }
}

/// Measures what the claim names and judges it.
pub fn run(claim: &ClaimFile) -> Outcome {
    let (problem, quantity, given, expected) = match &claim.experiment {
        Experiment::NotExpressible(reason) => return Outcome::not_run(reason.clone()),
        Experiment::Measure { problem, quantity, given, expected } => (problem, *quantity, given, expected),
    };
    match measure(problem, quantity, given) {
        Err(note) => Outcome::not_run(note),
        Ok(measured) => {
            let (verdict, margin) = expected.judge(measured);
            Outcome { verdict, measured: Some(measured), margin: Some(margin), note: String::new() }
        }
    }
}

/// The residuals that quantities are measured with.
fn squares(setup: &Setup) -> Result<&LeastSquares, String> {
    setup.squares().ok_or_else(|| "quantities are measured on residuals that vanish on M, and this loss has none".into())
}

fn measure(problem: &ProblemFile, quantity: &Quantity, given: &Parameters) -> Result<Measured, String> {
    let measured = match quantity.measure {
        Measure::Flows(function) => {
            let setup = Setup::new(problem.clone()).map_err(|error| error.to_string())?;
            let tolerance = Tolerance { rtol: problem.rtol, atol: problem.atol };
            let factor = if problem.rtol / 100.0 >= SMALLEST_RTOL { 0.01 } else { 100.0 };
            let loss = squares(&setup)?;
            let reported = function(&Bench { setup: &setup, loss, given, tolerance }).map_err(|error| error.to_string())?;
            let companion = function(&Bench { setup: &setup, loss, given, tolerance: tolerance.scaled(factor) })
                .map_err(|error| format!("at {factor} times the tolerance: {error}"))?;
            let error = SAFETY * (reported.value - companion.value).abs() + reported.error.max(companion.error);
            Ok(Measured { value: reported.value, error })
        }
        Measure::Alone(function) => {
            let setup = Setup::new(problem.clone()).map_err(|error| error.to_string())?;
            let tolerance = Tolerance { rtol: problem.rtol, atol: problem.atol };
            function(&Bench { setup: &setup, loss: squares(&setup)?, given, tolerance })
        }
        Measure::Tracked(function) => {
            let mut problem = problem.clone();
            if !given.list("lambda").is_empty() {
                problem.lambda = given.list("lambda").to_vec();
                problem.lambda.sort_by(|a, b| b.total_cmp(a));
            }
            let setup = Setup::new(problem).map_err(|error| error.to_string())?;
            let (reported, companion) = pair(&setup).map_err(|error| error.to_string())?;
            let options = Options { reported: &*reported, companion: &*companion, level: None, progress: &|_| {} };
            let tracked = track(&setup, &options).map_err(|error| error.to_string())?;
            function(&setup, &tracked, given)
        }
    };
    measured
        .and_then(|m| if m.value.is_finite() && m.error.is_finite() { Ok(m) } else { Err(MeasureError::NotFinite(m.value)) })
        .map_err(|error| error.to_string())
}
