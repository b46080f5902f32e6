/// Data that a teacher cannot draw.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DataError {
    /// A parameter is out of its range.
    #[error("parameter `{key}` of teacher `{teacher}` is {found}; allowed: {allowed}")]
    Parameter {
        /// The teacher.
        teacher: &'static str,
        /// The key.
        key: &'static str,
        /// What was found.
        found: String,
        /// What is allowed.
        allowed: String,
    },
    /// A row or a column of a partly observed matrix has no observed entry: nothing determines its factor.
    #[error(
        "{line} {index} of the {rows} x {columns} matrix has none of the {observed} observed entries; observe more or take another seed"
    )]
    Unobserved {
        /// `row` or `column`.
        line: &'static str,
        /// Its index, from 0.
        index: usize,
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
        /// Number of observed entries.
        observed: usize,
    },
    /// The data would not fit into memory.
    #[error("teacher `{teacher}` would draw {found}; allowed: {allowed}")]
    TooLarge {
        /// The teacher.
        teacher: &'static str,
        /// The size.
        found: String,
        /// The limit.
        allowed: String,
    },
}
