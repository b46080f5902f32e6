//! What is measured along every regularised flow beside its losses: `invariants-<λ>.csv` and `spectrum-<λ>.csv`; where it
//! and the slow flow are in a plane of weight space, `path-<λ>.csv` and `path-0.csv`; and the function that a model of one input is at slow times of the largest λ: `snapshots.csv`, with `samples.csv`.

use std::fs;
use std::path::Path;

use super::files::{FilesError, io_error, table};
use super::plane::Plane;
use crate::data;
use crate::experiment::{Setup, Tracked};
use crate::field::{Regulariser, Weights};
use crate::numeric::{Vector, shortest};
use crate::probe;

/// Prefixes of the files, for those of earlier runs.
pub(super) const PREFIXES: [&str; 6] = ["limit-enclosure", "invariants-", "spectrum-", "path-", "snapshots", "samples"];

/// Columns of predictions.
const SNAPSHOTS: usize = 8;

/// Writes both files of every λ, as far as the model knows invariants and a matrix.
///
/// `invariants-<λ>.csv`: t, s, and the largest |q(w^λ(t)) − q(w₀)e^{−2λt}| over the invariants q, over ‖w₀‖²: zero for the
/// continuous flow. `spectrum-<λ>.csv`: t, s, σ₁ ≥ σ₂ ≥ … of the matrix that the model fits.
pub(super) fn write(folder: &Path, setup: &Setup, tracked: &Tracked) -> Result<(), FilesError> {
    let balanced = setup.objective.regulariser == Regulariser::HalfSquaredNorm;
    let known = setup.residual.invariants(&setup.start).filter(|_| balanced);
    let scale = setup.start.norm_squared();
    for (row, (_, run)) in tracked.rows.iter().zip(&tracked.regularised) {
        let name = shortest::lambda(row.lambda);
        let save = |prefix: &str, header: &[&str], measure: &dyn Fn(f64, &Weights) -> Option<Vec<f64>>| {
            let lines = run.points.iter().filter_map(|p| Some((p.time, measure(p.time, &p.w)?)));
            let cells = lines.map(|(t, numbers)| {
                let clocks = [t, row.lambda * t].into_iter();
                (clocks.chain(numbers).map(|x| x.is_finite().then_some(x)).collect(), None)
            });
            let path = folder.join(format!("{prefix}{name}.csv"));
            let file = fs::File::create(&path).map_err(io_error(&path))?;
            table(file, header, 0, &mut cells.into_iter()).map_err(io_error(&path))
        };
        if run.points.is_empty() {
            continue;
        }
        if let Some(start) = &known {
            let deviation = |t: f64, w: &Weights| {
                let there: Vector = setup.residual.invariants(w)? - start * (-2.0 * row.lambda * t).exp();
                Some(vec![there.amax() / scale])
            };
            save("invariants-", &["t", "s", "largest |q(w) − q(w₀)e^{−2λt}| / |w₀|²"], &deviation)?;
        }
        if let Some(first) = setup.residual.singular_values(&setup.start) {
            let names: Vec<String> = (1..=first.len()).map(|k| format!("sigma_{k}")).collect();
            let header: Vec<&str> = ["t", "s"].into_iter().chain(names.iter().map(String::as_str)).collect();
            save("spectrum-", &header, &|_, w| setup.residual.singular_values(w).map(|v| v.iter().copied().collect()))?;
        }
    }
    paths(folder, tracked)?;
    snapshots(folder, setup, tracked)
}

/// More weights than this have no plane: its directions are singular vectors.
const PLANE: usize = 2_000;

/// `path-0.csv`: `s, x, y, off` of w° from Φ(w₀) at s = 0 on and, without an s, of the minimum-norm point. `path-<λ>.csv`: the
/// same of w^λ on the window, and with two weights from its start on.
fn paths(folder: &Path, tracked: &Tracked) -> Result<(), FilesError> {
    let d = tracked.foot.w.len();
    let first = tracked.slow.first().map_or(0.0, |p| p.s);
    let drift: Vec<&Weights> = tracked.drift.points.iter().filter(|p| p.time >= first).map(|p| &p.w).collect();
    let largest = tracked.regularised.iter().find(|(_, run)| !run.points.is_empty());
    let off: Vec<&Weights> = largest.iter().flat_map(|(grid, run)| grid.window.iter().map(|k| &run.points[*k].w)).collect();
    let Some(plane) = (d <= PLANE).then(|| Plane::choose(&drift, &off)).flatten() else { return Ok(()) };
    let save = |name: &str, points: &mut dyn Iterator<Item = (Option<f64>, &Weights)>| {
        let path = folder.join(name);
        let file = fs::File::create(&path).map_err(io_error(&path))?;
        let mut lines = points.map(|(s, w)| ([s].into_iter().chain(plane.place(w).map(Some)).collect(), None));
        table(file, &["s", "x", "y", "off"], 0, &mut lines).map_err(io_error(&path))
    };
    let start = std::iter::once((Some(0.0), &tracked.foot.w));
    let slow = tracked.drift.points.iter().filter(|p| p.time > 0.0).map(|p| (Some(p.time), &p.w));
    let end = tracked.limit.iter().map(|limit| (None, &limit.point.w));
    save("path-0.csv", &mut start.chain(slow).chain(end))?;
    for (row, (grid, run)) in tracked.rows.iter().zip(&tracked.regularised).filter(|(_, (_, run))| !run.points.is_empty()) {
        let shown = (0..run.points.len()).filter(|k| d == 2 || grid.slow[*k] >= first);
        let name = format!("path-{}.csv", shortest::lambda(row.lambda));
        save(&name, &mut shown.map(|k| (Some(grid.slow[k]), &run.points[k].w)))?;
    }
    Ok(())
}

/// `snapshots.csv`: x, the teacher, one column of predictions a slow time. `samples.csv`: x, y of the training set.
fn snapshots(folder: &Path, setup: &Setup, tracked: &Tracked) -> Result<(), FilesError> {
    let first = tracked.regularised.iter().find(|(_, run)| !run.points.is_empty());
    let test = setup.test.as_ref().and_then(|test| test.least_squares());
    let (Some(test), Some((grid, run)), Ok(split)) = (test, first, data::load(&setup.problem)) else { return Ok(()) };
    let (Some(samples), Some(curve)) = (probe::curve(&split.train), split.test.as_ref().and_then(probe::curve)) else {
        return Ok(());
    };
    let stride = run.points.len().div_ceil(SNAPSHOTS);
    let mut chosen: Vec<usize> = (0..run.points.len()).rev().step_by(stride).collect();
    chosen.reverse();
    let predicted = chosen.iter().map(|&k| curve.predictions(&*test.residual, &run.points[k].w).ok()).collect::<Option<Vec<_>>>();
    let Some(predicted) = predicted else { return Ok(()) };
    let names: Vec<String> = chosen.iter().map(|&k| format!("s_{}", shortest::number(grid.slow[k]))).collect();
    let header: Vec<&str> = ["x", "teacher"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let save = |name: &str, header: &[&str], count: usize, line: &dyn Fn(usize) -> Vec<f64>| {
        let path = folder.join(name);
        let file = fs::File::create(&path).map_err(io_error(&path))?;
        let cells = |k: usize| (line(k).into_iter().map(Some).collect(), None);
        table(file, header, 0, &mut (0..count).map(cells)).map_err(io_error(&path))
    };
    save("snapshots.csv", &header, curve.x.len(), &|k| {
        [curve.x[k], curve.y[k]].into_iter().chain(predicted.iter().map(|column| column[k])).collect()
    })?;
    save("samples.csv", &["x", "y"], samples.x.len(), &|k| vec![samples.x[k], samples.y[k]])
}
