//! A verification as the document of the contract.

use super::summary as out;
use crate::compare::{Fit, Row, Standing};
use crate::experiment::{Check, Limit, Setup, Tracked, assumptions, loss_error};
use crate::min_norm::{Certificate, Enclosure};
use crate::numeric::interval::Interval;

/// The commit that the program was built from, as far as the build could tell.
pub fn commit() -> &'static str {
    option_env!("SLOWFLOW_COMMIT").unwrap_or("unknown")
}

fn order(fit: Option<Fit>) -> Option<out::Order> {
    fit.map(|fit| out::Order {
        value: Some(fit.order),
        low: finite(fit.low),
        high: finite(fit.high),
        rows: fit.rows as u64,
        lambdas: Some([fit.lambdas.0, fit.lambdas.1]),
        scatter: finite(fit.scatter).filter(|_| fit.rows > 2),
        systematic: finite(fit.systematic),
        numerical: finite(fit.numerical),
    })
}

fn row(row: &Row) -> out::Row {
    out::Row {
        lambda: row.lambda,
        fast_gap: row.fast.map(|g| g.value),
        slow_gap: row.slow.map(|g| g.value),
        composite_gap: row.composite.map(|g| g.value),
        expansion_gap: row.expansion.map(|g| g.value),
        numerical_error: row.slow.map(|g| g.error),
        fast_error: row.fast.map(|g| g.error),
        composite_error: row.composite.map(|g| g.error),
        expansion_error: row.expansion.map(|g| g.error),
        limited_by_solver: matches!(row.standing, Standing::SolverLimited | Standing::NotRun(_)),
        asymptotic: Some(row.standing == Standing::Asymptotic),
        standing: match &row.standing {
            Standing::NotRun(why) => format!("not run: {why}"),
            other => other.words().into(),
        },
        method: row.method.clone(),
        evaluations: Some(row.work.evaluations),
        linear_solves: Some(row.work.linear_solves),
        steps: Some(row.work.steps),
        rejected: Some(row.work.rejected),
    }
}

fn certificate(certificate: &Certificate) -> out::Certificate {
    let ends = |x: &Interval| Some([x.lo(), x.hi()].map(finite));
    let verdict = certificate.name().into();
    match certificate {
        Certificate::Proved(box_) => out::Certificate {
            verdict,
            norm_squared: ends(&box_.norm_squared),
            regulariser: ends(&box_.value),
            distance: finite(box_.distance),
            orbit: Some(box_.orbit),
            reason: None,
        },
        Certificate::Refuted { reason } | Certificate::Undecided { reason } => {
            out::Certificate { verdict, reason: Some(reason.clone()), ..out::Certificate::default() }
        }
    }
}

fn limit_out(limit: &Limit) -> out::Limit {
    let end = limit.continued.as_ref().ok();
    out::Limit {
        norm_squared: Some(limit.point.w.norm_squared()),
        kkt_residual: Some(limit.point.kkt_residual),
        distance_from_slow_end: Some(limit.distance_from_slow_end),
        classification: limit.classification.kind.name().into(),
        certificate: Some(certificate(&limit.certificate)),
        why: limit.classification.why.clone(),
        orbit: Some(limit.classification.orbit),
        regulariser: finite(limit.point.value),
        least_norm_squared: limit.least_norm_squared.map(|x| [x.lo(), x.hi()].map(finite)),
        slow_limit_time: end.map(|end| end.s),
        slow_limit_distance: end.map(|end| end.distance),
        slow_limit_error: end.and_then(|end| end.error).and_then(finite),
        slow_limit_norm_squared: end.map(|end| end.w.norm_squared()),
        slow_limit_reached: end.map(|end| end.reached.name().into()),
        slow_limit_why: limit.continued.as_ref().map_or_else(|why| Some(why.clone()), |end| end.stopped.clone()),
        nearest_norm_squared: end.map(|end| end.nearest.0.norm_squared),
        nearest_distance: end.map(|end| end.nearest.1),
        nearest_classification: end.map(|end| end.kind.name().into()),
        least_regulariser_found: limit.least.as_ref().ok().map(|least| least.value),
        starts: limit.least.as_ref().ok().map(|least| least.starts),
        kkt_points: limit.least.as_ref().ok().map(|least| least.points),
        starts_failed: limit.least.as_ref().ok().map(|least| least.failed),
        kkt_points_met_once: limit.least.as_ref().ok().map(|least| least.met_once),
        kkt_completeness: limit.least.as_ref().ok().map(|least| least.completeness.clone()),
        starts_why: match &limit.least {
            Ok(least) => Some(least.lost.clone()).filter(|_| least.failed > 0),
            Err(why) => Some(why.clone()),
        },
        norm_squared_error: proved(limit).and_then(|found| {
            let value = limit.point.w.norm_squared();
            finite((found.norm_squared.hi() - value).max(value - found.norm_squared.lo()))
        }),
        train_loss: None,
        test_loss: None,
        train_loss_error: None,
        test_loss_error: None,
    }
}

/// The box in which the point is proved to exist.
fn proved(limit: &Limit) -> Option<&Enclosure> {
    match &limit.certificate {
        Certificate::Proved(found) => Some(found),
        _ => None,
    }
}

/// What is not finite is absent.
fn finite(x: f64) -> Option<f64> {
    Some(x).filter(|x| x.is_finite())
}

fn check(check: &Check) -> out::Check {
    out::Check {
        name: check.name.into(),
        verdict: check.verdict.name().into(),
        value: check.value,
        limit: check.limit.clone(),
        why: check.why.clone(),
    }
}

/// The document of one verification. `command` is what reproduces it.
pub fn summary(setup: &Setup, tracked: &Tracked, command: &str, seconds: f64) -> out::Summary {
    let problem = &setup.problem;
    let train = |w: &crate::field::Weights| setup.objective.loss.value(w).ok();
    let test = |w: &crate::field::Weights| setup.test.as_ref().and_then(|loss| loss.value(w).ok());
    let train_error = |w: &crate::field::Weights, moved: f64| loss_error(&*setup.objective.loss, w, moved);
    let test_error = |w: &crate::field::Weights, moved: f64| setup.test.as_ref().and_then(|test| loss_error(&**test, w, moved));
    let foot = &tracked.foot;
    let said = |text: &str| Some(text.trim().to_string()).filter(|t| !t.is_empty());
    let source = [problem.source.paper.as_str(), &problem.source.place].join(", ");
    let source = source.trim_matches([',', ' ']);
    out::Summary {
        schema: out::SCHEMA,
        program: out::Program {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            commit: Some(commit().into()),
            features: if cfg!(feature = "lapack") { vec!["lapack".into()] } else { Vec::new() },
            command: command.into(),
        },
        problem: out::Problem {
            title: problem.title.clone(),
            file: problem.path.display().to_string(),
            hash: problem.hash.clone(),
            seed: problem.seed,
            dimension: setup.start.len() as u64,
            samples: setup.residual.samples() as u64,
            test_samples: setup.test.as_ref().and_then(|t| t.least_squares()).map_or(0, |t| t.residual.samples() as u64),
            model: problem.model.kind.clone(),
            manifold: Some(if setup.squares().is_some() { "zero-loss" } else { "critical-points" }.into()),
            rtol: Some(problem.rtol),
            atol: Some(problem.atol),
            fast_time: Some(problem.fast_time),
            slow_times: problem.slow_times.clone(),
            about: said(&problem.about),
            source: said(source),
        },
        foot: out::Foot {
            norm_squared: Some(foot.w.norm_squared()),
            error: Some(tracked.foot_error),
            defect: Some(foot.defect),
            rank: Some(foot.spectrum.rank as u64),
            manifold_dimension: Some((setup.start.len() - foot.spectrum.rank) as u64),
            spectral_gap: Some(foot.spectrum.smallest),
            rank_gap: foot.spectrum.rank_gap,
            largest_eigenvalue: Some(foot.spectrum.largest),
            smallest_spectral_gap_on_window: Some(tracked.smallest.0),
            spectral_gap_error: finite(tracked.spectrum_error.smallest),
            largest_eigenvalue_error: finite(tracked.spectrum_error.largest),
            smallest_spectral_gap_error: finite(tracked.smallest.1),
            train_loss: train(&foot.w),
            test_loss: test(&foot.w),
            train_loss_error: train_error(&foot.w, tracked.foot_error),
            test_loss_error: test_error(&foot.w, tracked.foot_error),
        },
        rows: tracked.rows.iter().map(row).collect(),
        orders: out::Orders {
            fast: order(tracked.rates.fast),
            slow: order(tracked.rates.slow),
            composite: order(tracked.rates.composite),
            expansion: order(tracked.rates.expansion),
        },
        constants: out::Constants {
            slow: tracked.rates.constant.map(|c| c.0),
            slow_error: tracked.rates.constant.map(|c| c.1),
            slow_exact: setup.exact.as_ref().and_then(|exact| exact.slow_constant()),
            slow_predicted: tracked.predicted_constant.map(|c| c.0),
            slow_predicted_error: tracked.predicted_constant.map(|c| c.1),
        },
        limit: tracked.limit.as_ref().ok().map(|limit| out::Limit {
            train_loss: train(&limit.point.w),
            test_loss: test(&limit.point.w),
            train_loss_error: proved(limit).and_then(|found| train_error(&limit.point.w, found.distance)),
            test_loss_error: proved(limit).and_then(|found| test_error(&limit.point.w, found.distance)),
            ..limit_out(limit)
        }),
        checks: tracked.checks.iter().map(check).collect(),
        assumptions: assumptions(setup, tracked).iter().map(check).collect(),
        predictions: tracked
            .predictions
            .iter()
            .map(|p| out::Prediction {
                lambda: p.lambda,
                quantity: p.quantity.into(),
                slow_time: p.s,
                level: tracked.level.filter(|_| p.quantity == "test-loss-crossing").map(|l| l.value),
                leading: Some(p.prediction.leading),
                corrected: Some(p.prediction.corrected),
                observed: p.observed,
                observed_error: p.error,
            })
            .collect(),
        remarks: tracked.remarks.clone(),
        timing: out::Timing { seconds: Some(seconds) },
    }
}
