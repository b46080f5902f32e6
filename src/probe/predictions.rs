use crate::data::DataSet;
use crate::field::{FieldError, Residual, Weights};
use crate::numeric::Vector;

/// The inputs of a data set as numbers on a line, with their targets, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The inputs x.
    pub x: Vec<f64>,
    /// The targets.
    pub y: Vec<f64>,
    /// Where each stands in the data set.
    order: Vec<usize>,
}

/// A data set as a curve, where its inputs are one number each: one column, or a Fourier series of an angle in [0, 2π).
pub fn curve(set: &DataSet) -> Option<Curve> {
    let place: Vec<f64> = match &set.names[..] {
        [_] => set.inputs.column(0).iter().copied().collect(),
        [cos, sin, ..] if cos == "cos1" && sin == "sin1" => {
            let angle = |k| set.inputs[(k, 1)].atan2(set.inputs[(k, 0)]).rem_euclid(std::f64::consts::TAU);
            (0..set.samples()).map(angle).collect()
        }
        _ => return None,
    };
    let mut order: Vec<usize> = (0..place.len()).collect();
    order.sort_by(|a, b| place[*a].total_cmp(&place[*b]));
    Some(Curve { x: order.iter().map(|k| place[*k]).collect(), y: order.iter().map(|k| set.targets[*k]).collect(), order })
}

impl Curve {
    /// The predictions r + y of a model whose residuals are those of this data set.
    pub fn predictions(&self, residual: &dyn Residual, w: &Weights) -> Result<Vec<f64>, FieldError> {
        let mut r = Vector::zeros(residual.samples());
        residual.residual(w, &mut r)?;
        Ok(self.order.iter().zip(&self.y).map(|(k, y)| r[*k] + y).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::Matrix;

    #[test]
    fn angles_are_read_back_and_sorted() {
        let angles = [4.0_f64, 1.0, 6.0];
        let inputs = Matrix::from_fn(3, 2, |k, c| if c == 0 { angles[k].cos() } else { angles[k].sin() });
        let set = DataSet::new(inputs, Vector::from_vec(vec![40.0, 10.0, 60.0])).with_names(vec!["cos1".into(), "sin1".into()]);
        let curve = curve(&set).unwrap();
        assert_eq!(curve.y, [10.0, 40.0, 60.0]);
        assert!(curve.x.iter().zip([1.0, 4.0, 6.0]).all(|(a, b)| (a - b).abs() < 1e-14));
    }
}
