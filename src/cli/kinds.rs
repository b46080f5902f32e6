//! Everything that `kind` may be, as the layers above declare it.

use crate::data::teacher::TEACHERS;
use crate::field::REGULARISERS;
use crate::model::MODELS;
use crate::problem::Kind;

/// Models.
pub fn models() -> Vec<Kind> {
    MODELS.iter().map(|model| Kind { name: model.name, about: model.about, parameters: model.parameters }).collect()
}

/// Teachers.
pub fn teachers() -> Vec<Kind> {
    TEACHERS.iter().map(|teacher| Kind { name: teacher.name, about: teacher.about, parameters: teacher.parameters }).collect()
}

/// Regularisers.
pub fn regularisers() -> Vec<Kind> {
    REGULARISERS.to_vec()
}
