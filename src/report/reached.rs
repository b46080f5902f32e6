//! What a run that did not arrive had reached: `reached.csv`, so that nothing computed is lost.

use std::fs;
use std::path::{Path, PathBuf};

use super::files::{FilesError, io_error, table};
use crate::experiment::TrackError;

/// The file in the results folder; the next run that arrives removes it.
pub const REACHED: &str = "reached.csv";

/// Writes the points that the flow behind `error` had reached (its time, ‖w‖², the weights) into `folder`, and says where and
/// up to which time; `None` where it had reached none.
///
/// # Errors
/// A folder that cannot be written.
pub fn write_reached(folder: &Path, error: &TrackError) -> Result<Option<String>, FilesError> {
    let TrackError::Flow(error) = error else { return Ok(None) };
    let Some((symbol, points)) = error.reached().filter(|(_, points)| !points.is_empty()) else { return Ok(None) };
    let path: PathBuf = folder.join(REACHED);
    fs::create_dir_all(folder).map_err(io_error(folder))?;
    let file = fs::File::create(&path).map_err(io_error(&path))?;
    let dimension = points[0].1.len();
    let mut rows = points.iter().map(|&(time, w)| (vec![Some(time), Some(w.norm_squared())], Some(w)));
    table(file, &[symbol, "norm_squared"], dimension, &mut rows).map_err(io_error(&path))?;
    let last = points[points.len() - 1].0;
    Ok(Some(format!("the {} points reached up to {symbol} = {last:.6e} stand in {}", points.len(), path.display())))
}
