//! The regulariser that a problem file names.

use super::Regulariser;
use crate::numeric::{Matrix, Vector};
use crate::problem::parameters::{Default, Kind, Parameter, Parameters};
use crate::problem::{ProblemError, ProblemFile};

/// Every regulariser, in the order in which they are listed.
pub const REGULARISERS: &[Kind] = &[
    Kind { name: "half-squared-norm", about: "R = ½‖w‖², the default", parameters: &[] },
    Kind {
        name: "diagonal",
        about: "R = ½ Σ aᵢwᵢ²",
        parameters: &[Parameter { name: "values", default: Default::RequiredList, about: "the aᵢ > 0, one a weight" }],
    },
    Kind {
        name: "quadratic",
        about: "R = ½wᵀAw",
        parameters: &[Parameter {
            name: "matrix",
            default: Default::RequiredMatrix,
            about: "A as a list of rows, symmetric positive definite, one row a weight",
        }],
    },
    Kind {
        name: "smooth-power",
        about: "R = (1/p) Σ (wᵢ² + ε²)^{p/2}, a smooth ℓ_p power",
        parameters: &[
            Parameter { name: "p", default: Default::RequiredNumber, about: "the exponent, ≥ 1" },
            Parameter { name: "epsilon", default: Default::RequiredNumber, about: "the width ε > 0 of the smoothing" },
        ],
    },
];

impl Regulariser {
    /// The regulariser of a problem with d weights, ½‖w‖² where the file names none.
    ///
    /// Errors: an unknown kind or key, a wrong type; sizes that are not d, numbers out of range, a matrix that is not
    /// symmetric positive definite.
    pub fn of(problem: &ProblemFile, dimension: usize) -> Result<Regulariser, ProblemError> {
        let Some(section) = &problem.regulariser else { return Ok(Regulariser::HalfSquaredNorm) };
        let Some(kind) = REGULARISERS.iter().find(|kind| kind.name == section.kind) else {
            return Err(section.unknown_kind(&problem.path, REGULARISERS.iter().map(|kind| kind.name)));
        };
        let given = Parameters::resolve(kind.parameters, section, &problem.path)?;
        let refuse = |key: &str, found: String, allowed: &str| {
            let hint = format!("{}; the problem has {dimension} weights; leave `regulariser` out for ½‖w‖²", kind.about);
            Err(section.error(&problem.path, key, found, allowed, hint))
        };
        match kind.name {
            "half-squared-norm" => Ok(Regulariser::HalfSquaredNorm),
            "diagonal" => {
                let values = given.list("values");
                let allowed = "one number > 0 a weight";
                match values.iter().find(|a| **a <= 0.0) {
                    Some(a) => refuse("values", format!("the number {a}"), allowed),
                    None if values.len() != dimension => refuse("values", format!("{} numbers", values.len()), allowed),
                    None => Ok(Regulariser::Diagonal(Vector::from_column_slice(values))),
                }
            }
            "quadratic" => {
                let rows = given.matrix("matrix");
                let (height, width) = (rows.len(), rows.first().map_or(0, Vec::len));
                if (height, width) != (dimension, dimension) {
                    return refuse("matrix", format!("{height} x {width} numbers"), "a square matrix, one row a weight");
                }
                let matrix = Matrix::from_fn(dimension, dimension, |i, j| rows[i][j]);
                match (0..dimension).flat_map(|i| (0..i).map(move |j| (i, j))).find(|&(i, j)| rows[i][j] != rows[j][i]) {
                    Some((i, j)) => {
                        let found = format!("{} in row {}, column {}, and {} across", rows[i][j], i + 1, j + 1, rows[j][i]);
                        refuse("matrix", found, "a symmetric matrix")
                    }
                    None if matrix.clone().cholesky().is_none() => {
                        refuse("matrix", "a matrix with an eigenvalue ≤ 0".into(), "a positive definite matrix")
                    }
                    None => Ok(Regulariser::Quadratic(matrix)),
                }
            }
            _ => match (given.number("p"), given.number("epsilon")) {
                (p, _) if p < 1.0 => refuse("p", format!("the number {p}"), "a number ≥ 1"),
                (_, epsilon) if epsilon <= 0.0 => refuse("epsilon", format!("the number {epsilon}"), "a number > 0"),
                (p, epsilon) => Ok(Regulariser::SmoothPower { p, epsilon }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn of(section: &str) -> Result<Regulariser, String> {
        let text = format!(
            "title = \"t\"\nmodel = {{ kind = \"parabola\" }}\nloss = {{ factor = \"1\" }}\ninit = {{ values = [1, 2] }}\n\
             lambda = [1]\nwindow = {{ slow-time = [1] }}\ntolerance = {{ rtol = 1e-9, atol = 1e-9 }}\n{section}"
        );
        let problem = ProblemFile::parse(&text, Path::new("p.toml")).map_err(|error| error.to_string())?;
        Regulariser::of(&problem, 2).map_err(|error| error.to_string())
    }

    #[test]
    fn every_kind_is_read() {
        assert_eq!(of(""), Ok(Regulariser::HalfSquaredNorm));
        assert_eq!(of("regulariser = { kind = \"half-squared-norm\" }"), Ok(Regulariser::HalfSquaredNorm));
        let diagonal = Regulariser::Diagonal(Vector::from_vec(vec![1.0, 0.5]));
        assert_eq!(of("regulariser = { kind = \"diagonal\", values = [1, 0.5] }"), Ok(diagonal));
        let quadratic = Regulariser::Quadratic(Matrix::from_row_slice(2, 2, &[2.0, 1.0, 1.0, 2.0]));
        assert_eq!(of("regulariser = { kind = \"quadratic\", matrix = [[2, 1], [1, 2]] }"), Ok(quadratic));
        let power = Regulariser::SmoothPower { p: 1.0, epsilon: 0.1 };
        assert_eq!(of("regulariser = { kind = \"smooth-power\", p = 1, epsilon = 0.1 }"), Ok(power));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (section, part) in [
            ("{ kind = \"diagnal\" }", "did you mean `diagonal`?"),
            ("{ kind = \"half-squared-norm\", p = 2 }", "takes none"),
            ("{ kind = \"diagonal\", values = [1] }", "1 numbers"),
            ("{ kind = \"diagonal\", values = [1, 0] }", "the number 0"),
            ("{ kind = \"quadratic\", matrix = [[2, 1]] }", "1 x 2 numbers"),
            ("{ kind = \"quadratic\", matrix = [[2, 1], [1]] }", "all of one length"),
            ("{ kind = \"quadratic\", matrix = [[2, 1], [0, 2]] }", "0 in row 2, column 1, and 1 across"),
            ("{ kind = \"quadratic\", matrix = [[1, 2], [2, 1]] }", "an eigenvalue ≤ 0"),
            ("{ kind = \"smooth-power\", p = 0.5, epsilon = 1 }", "≥ 1"),
            ("{ kind = \"smooth-power\", p = 2, epsilon = 0 }", "> 0"),
            ("{ kind = \"smooth-power\", p = 2 }", "`regulariser.epsilon`: the key is missing"),
        ] {
            let message = of(&format!("regulariser = {section}")).unwrap_err();
            assert!(message.contains(part) && message.contains("p.toml:8"), "{message}");
        }
    }
}
