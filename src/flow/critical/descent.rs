use super::CriticalFlows;
use crate::field::Weights;
use crate::flow::radau::{CLOSE, at};
use crate::flow::{FlowError, Foot, Phase};
use crate::integrate::star::{Cause, Clock};
use crate::manifold::{Chart, CriticalManifold, ManifoldError};

/// Largest eigenvalue of H at the foot, over that at the start, at which H has vanished.
const FLAT: f64 = 1e-10;

impl CriticalFlows<'_> {
    /// The fast flow to Φ(w₀), and with `tangent` its derivative δ = ∂w/∂λ there (empty without).
    pub fn descend(&self, tangent: bool) -> Result<(Foot, Weights), FlowError> {
        let mut stepper = self.stepper(&self.free, Clock::fast(0.0), 0.0, self.start).map_err(|e| at(Phase::Fast, e))?;
        if tangent {
            stepper.follow_tangent(Weights::zeros(self.start.len()));
        }
        let wrong = |time, source| FlowError::Manifold { phase: Phase::Fast, time, source };
        let steepest = self.manifold.steepest(self.start).map_err(|e| wrong(0.0, e))?;
        loop {
            let mut refused = None;
            let (w, time) = (stepper.weights(), stepper.time());
            let distance = self.manifold.distance(w).map_err(|e| wrong(time, e))?;
            if distance <= CLOSE * w.norm() {
                match self.manifold.retract(w).and_then(|(on, retracted)| Ok((Chart::around(self.loss, &on)?, on, retracted))) {
                    Ok((chart, on, retracted)) => {
                        let largest = chart.spectrum.largest;
                        if largest <= FLAT * steepest {
                            return Err(wrong(time, ManifoldError::Flat { largest, steepest }));
                        }
                        chart.is_all_critical(&on).map_err(|e| wrong(time, e))?;
                        let defect = self.manifold.defect(&on)?;
                        let foot = Foot { w: on, time, retracted, defect, spectrum: chart.spectrum, work: stepper.work };
                        let delta = stepper.tangent().map_or_else(|| Weights::zeros(0), |tangent| tangent.w.clone());
                        return Ok((foot, delta));
                    }
                    // A saddle on the way is left again: only where the flow stops does the refusal count.
                    Err(source) => refused = Some(source),
                }
            }
            let stopped = stepper.speed() <= 1e-15 * w.norm() * stepper.rate();
            let h = stepper.step();
            match (!stopped).then(|| stepper.accepted_step(h, None)) {
                Some(Ok(())) => continue,
                None | Some(Err(Cause::StepLimit { .. })) => {}
                Some(Err(cause)) => return Err(at(Phase::Fast, stepper.stopped(cause))),
            }
            return Err(match refused {
                Some(source) => wrong(stepper.time(), source),
                None => FlowError::NoFoot {
                    time: stepper.time(),
                    distance,
                    gradient: stepper.speed(),
                    start_norm: self.start.norm(),
                    norm: stepper.weights().norm(),
                },
            });
        }
    }
}
