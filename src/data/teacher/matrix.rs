//! Low-rank matrices Y = scale·ABᵀ/√rank with standard normal A, B: seen entry by entry or through random observations.
//!
//! Source: Boursier, Pesme, Dragomir (arXiv:2505.20172), figure 2 (20 × 20, rank 3; the observed fraction is not given).

use super::{Checked, NOISE, SAMPLES, TEST_SAMPLES, Teacher, normal, subset, with_noise};
use crate::data::{DataError, DataSet, Split};
use crate::numeric::seed::Stream;
use crate::numeric::{Matrix, Vector};
use crate::problem::parameters::{Default, Parameter};

const ROWS: Parameter = Parameter { name: "rows", default: Default::RequiredInteger, about: "rows of Y, ≥ 1" };
const COLUMNS: Parameter = Parameter { name: "columns", default: Default::RequiredInteger, about: "columns of Y, ≥ 1" };
const RANK: Parameter =
    Parameter { name: "rank", default: Default::RequiredInteger, about: "rank of Y, 1 to the smaller of rows and columns" };
const SCALE: Parameter =
    Parameter { name: "scale", default: Default::Number(1.0), about: "standard deviation of the entries of Y, ≥ 0" };

/// Observed entries of a low-rank matrix: inputs (row, column), the test set all other entries.
pub const LOW_RANK: Teacher = Teacher {
    name: "low-rank-teacher",
    about: "entries of Y = scale·ABᵀ/√rank observed at random; the test set is every unobserved entry; both row by row",
    parameters: &[
        ROWS,
        COLUMNS,
        RANK,
        SCALE,
        Parameter { name: "observed", default: Default::Integer(0), about: "number of observed entries; 0 to use `fraction`" },
        Parameter { name: "fraction", default: Default::Number(1.0), about: "observed share of the entries, in (0, 1], rounded" },
        NOISE,
    ],
    generate: |parameters, seed| {
        let checked = Checked { teacher: "low-rank-teacher", parameters };
        let y = truth(&checked, seed)?;
        let (rows, columns) = y.shape();
        let noise = checked.at_least("noise", 0.0)?;
        let observed = if parameters.integer("observed") > 0 {
            checked.count("observed", rows * columns)?
        } else {
            let fraction = parameters.number("fraction");
            if !(fraction > 0.0 && fraction <= 1.0) {
                return Err(checked.refuse("fraction", fraction, "a number above 0 and at most 1"));
            }
            (fraction * (rows * columns) as f64).round() as usize
        };
        let seen = subset(&mut Stream::new(seed, "data"), rows * columns, observed);
        every_line_is_seen(&seen, rows, columns)?;
        let mut hidden = vec![true; rows * columns];
        for &cell in &seen {
            hidden[cell] = false;
        }
        let unseen: Vec<usize> = (0..rows * columns).filter(|cell| hidden[*cell]).collect();
        let mut train = entries(&y, &seen);
        train.targets = with_noise(train.targets, noise, seed);
        Ok(Split { train, test: (!unseen.is_empty()).then(|| entries(&y, &unseen)) })
    },
};

/// Random linear observations ⟨A_k, Y⟩ of a low-rank matrix.
pub const SENSING: Teacher = Teacher {
    name: "sensing-teacher",
    about: "y_k = ⟨A_k, Y⟩ + noise with Y = scale·ABᵀ/√rank and standard normal sensing matrices A_k, row by row",
    parameters: &[ROWS, COLUMNS, RANK, SCALE, SAMPLES, NOISE, TEST_SAMPLES],
    generate: |parameters, seed| {
        let checked = Checked { teacher: "sensing-teacher", parameters };
        let y = truth(&checked, seed)?;
        let flat = Vector::from_column_slice(y.transpose().as_slice());
        checked.split(seed, flat.len(), |stream, rows| normal(stream, rows, flat.len()), |a| a * &flat)
    },
};

/// Y of the stream `teacher`.
fn truth(checked: &Checked<'_>, seed: u64) -> Result<Matrix, DataError> {
    let (rows, columns) = (checked.count("rows", usize::MAX)?, checked.count("columns", usize::MAX)?);
    checked.fits(rows, columns)?;
    let rank = checked.count("rank", rows.min(columns))?;
    let scale = checked.at_least("scale", 0.0)? / (rank as f64).sqrt();
    let mut stream = Stream::new(seed, "teacher");
    let (a, b) = (normal(&mut stream, rows, rank), normal(&mut stream, columns, rank));
    Ok(a * b.transpose() * scale)
}

/// The entries of those cells (numbered row by row), with their values.
fn entries(y: &Matrix, cells: &[usize]) -> DataSet {
    let place = |cell: usize| (cell / y.ncols(), cell % y.ncols());
    let inputs = Matrix::from_fn(cells.len(), 2, |k, c| if c == 0 { place(cells[k]).0 as f64 } else { place(cells[k]).1 as f64 });
    let targets = Vector::from_iterator(cells.len(), cells.iter().map(|cell| y[place(*cell)]));
    DataSet::new(inputs, targets).with_names(vec!["row".into(), "column".into()])
}

fn every_line_is_seen(seen: &[usize], rows: usize, columns: usize) -> Result<(), DataError> {
    let (mut row_seen, mut column_seen) = (vec![false; rows], vec![false; columns]);
    for cell in seen {
        row_seen[cell / columns] = true;
        column_seen[cell % columns] = true;
    }
    for (line, flags) in [("row", row_seen), ("column", column_seen)] {
        if let Some(index) = flags.iter().position(|seen| !seen) {
            return Err(DataError::Unobserved { line, index, rows, columns, observed: seen.len() });
        }
    }
    Ok(())
}
