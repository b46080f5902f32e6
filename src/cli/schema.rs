//! `slowflow schema`: the JSON Schema of problem files, for editors.

use super::{Ended, Output, Refused, kinds};
use crate::problem::schema::{Kinds, json_schema};

/// Runs the command.
pub fn run(output: &mut Output) -> Result<Ended, Refused> {
    let (models, teachers, regularisers) = (kinds::models(), kinds::teachers(), kinds::regularisers());
    let schema = json_schema(&Kinds { models: &models, teachers: &teachers, regularisers: &regularisers });
    output.print(&format!("{schema:#}\n"))?;
    Ok(Ended::Holds)
}
