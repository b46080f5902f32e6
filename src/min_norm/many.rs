use super::classify::{Classification, classify};
use super::{KktPoint, MinNormError, Options, Target, solve};
use crate::field::{Loss, Regulariser, Weights};
use crate::numeric::seed::Stream;

/// A KKT point with its kind and the number of starts that led to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The point of the first start that led there.
    pub point: KktPoint,
    /// What kind of point.
    pub classification: Classification,
    /// Starts that led there.
    pub starts: usize,
}

/// All distinct KKT points that a number of starts led to.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// The points, R ascending.
    pub found: Vec<Found>,
    /// Starts that led to no KKT point.
    pub failed: usize,
    /// What those did instead, and how many each.
    pub reasons: Vec<(String, usize)>,
    /// All starts.
    pub starts: usize,
}

impl Survey {
    fn lost(&mut self, why: String) {
        self.failed += 1;
        match self.reasons.iter_mut().find(|known| known.0 == why) {
            Some(known) => known.1 += 1,
            None => self.reasons.push((why, 1)),
        }
    }

    /// Kinds and values of R (to nine digits) that one start alone led to. Their share of the starts estimates the probability that one
    /// more start leads to a point that is not in the list (Good, Biometrika 40 (1953), 237).
    pub fn met_once(&self) -> usize {
        let alike = |a: &Found, b: &Found| {
            a.classification.kind == b.classification.kind && (a.point.value - b.point.value).abs() <= 1e-9 * a.point.value.abs()
        };
        let alone =
            |one: &&Found| self.found.iter().filter(|other| alike(one, other)).map(|other| other.starts).sum::<usize>() == 1;
        self.found.iter().filter(alone).count()
    }

    /// How complete the list of points is, with the counts it rests on.
    pub fn completeness(&self) -> String {
        let (lost, once) = (self.failed, self.met_once());
        let mut parts = Vec::new();
        if lost > 0 {
            parts.push(format!("{lost} of {} starts led to none ({})", self.starts, self.lost_in_words()));
        }
        if once > 0 {
            let (values, share) = (if once == 1 { "value of R was" } else { "values of R were" }, 100 * once / self.starts);
            parts.push(format!("{once} {values} met by one start only: about {share} % of further starts would meet another"));
        }
        match parts[..] {
            [] => "every start led to one of them, none alone to its value of R: no proof that there are no others".into(),
            _ => format!("the list may be incomplete: {}", parts.join("; ")),
        }
    }

    /// "2 found no point of M, 1 …": what the starts did that led nowhere; "0" where there are none.
    pub fn lost_in_words(&self) -> String {
        match self.reasons[..] {
            [] => "0".into(),
            _ => self.reasons.iter().map(|(why, count)| format!("{count} {why}")).collect::<Vec<_>>().join(", "),
        }
    }
}

/// Searches from `start` and from `starts` random points of its norm (stream `starts` of `seed`), half of them for minima,
/// half for the nearest KKT point of any kind. Points further apart than 1e-6 of the largest norm (the start's included) are distinct: on an
/// orbit of minima every start may count as its own.
///
/// # Errors
/// Only what `classify` fails on: a start that leads nowhere is counted.
pub fn survey(
    loss: &dyn Loss,
    regulariser: &Regulariser,
    start: &Weights,
    starts: usize,
    seed: u64,
    options: &Options,
) -> Result<Survey, MinNormError> {
    let d = loss.dim();
    let mut stream = Stream::new(seed, "starts");
    let size = if start.norm() > 0.0 { start.norm() / (d as f64).sqrt() } else { 1.0 };
    let mut survey = Survey { found: Vec::new(), failed: 0, reasons: Vec::new(), starts: starts + 1 };
    for k in 0..=starts {
        let from = if k == 0 { start.clone() } else { Weights::from_fn(d, |_, _| size * stream.normal()) };
        let (target, aim) = match k % 2 {
            0 => (Target::Minimum, "seeking a minimum"),
            _ => (Target::Nearest, "seeking the nearest of any kind"),
        };
        match solve(loss, regulariser, &from, &Options { target, ..*options }) {
            Err(error) => survey.lost(format!("{aim} {}", error.brief())),
            Ok(point) => {
                let same = |known: &&mut Found| {
                    (&known.point.w - &point.w).norm() <= 1e-6 * known.point.w.norm().max(point.w.norm()).max(start.norm())
                };
                match survey.found.iter_mut().find(same) {
                    Some(known) => known.starts += 1,
                    None => {
                        let classification = classify(loss, regulariser, &point)?;
                        survey.found.push(Found { point, classification, starts: 1 });
                    }
                }
            }
        }
    }
    survey.found.sort_by(|a, b| a.point.value.total_cmp(&b.point.value));
    Ok(survey)
}
