use crate::field::{Residual, Weights};

/// Where the trajectory is with respect to one wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the cell z < 0.
    Below,
    /// On the wall, sliding.
    On,
    /// In the cell z > 0.
    Above,
}

/// A cell together with the walls slid along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mode {
    /// One place a switch.
    pub places: Vec<Place>,
}

impl Mode {
    /// The cell of `w`: a switch at 0 counts as below.
    pub fn of(residual: &dyn Residual, w: &Weights) -> Mode {
        let place = |z: &f64| if *z > 0.0 { Place::Above } else { Place::Below };
        Mode { places: switches(residual, w).iter().map(place).collect() }
    }

    /// Which switches are positive in the cell whose residuals are integrated: the lower side of walls slid along.
    pub fn pattern(&self) -> Vec<bool> {
        self.places.iter().map(|place| *place == Place::Above).collect()
    }

    /// The switches slid along, ascending.
    pub fn walls(&self) -> Vec<usize> {
        (0..self.places.len()).filter(|&i| self.places[i] == Place::On).collect()
    }
}

/// zᵢ(w), all of them.
pub(super) fn switches(residual: &dyn Residual, w: &Weights) -> Vec<f64> {
    let mut z = Vec::new();
    residual.switches(w, &mut z);
    z
}
