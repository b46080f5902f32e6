use super::{Cell, Column, Table};
use crate::report::read::Run;

/// Where the run comes from.
pub fn provenance(run: &Run) -> Table {
    let s = &run.summary;
    let mut rows = Vec::new();
    let mut say = |name: &str, cell: Cell| {
        let empty = matches!(&cell, Cell::Absent) || matches!(&cell, Cell::Text(t) if t.is_empty());
        if !empty {
            rows.push(vec![Cell::Text(name.into()), cell]);
        }
    };
    say("problem", Cell::Text(s.problem.file.clone()));
    say("source", Cell::Text(s.problem.source.clone().unwrap_or_default()));
    say("SHA-256 of problem and data", Cell::Text(s.problem.hash.clone()));
    say("model", Cell::Text(s.problem.model.clone()));
    say("seed", Cell::Count(s.problem.seed));
    say("weights d", Cell::Count(s.problem.dimension));
    say("samples n", Cell::Count(s.problem.samples));
    say("samples of the test set", if s.problem.test_samples > 0 { Cell::Count(s.problem.test_samples) } else { Cell::Absent });
    say("relative tolerance", Cell::scientific(s.problem.rtol, 2));
    say("absolute tolerance", Cell::scientific(s.problem.atol, 2));
    let program = [s.program.name.as_str(), s.program.version.as_str()].join(" ");
    say("program", Cell::Text(program.trim().into()));
    say("commit", Cell::Text(s.program.commit.clone().unwrap_or_default()));
    say("features", Cell::Text(s.program.features.join(", ")));
    say("seconds", Cell::number(s.timing.seconds, 3));
    say("directory", Cell::Text(run.directory.display().to_string()));
    Table {
        id: "provenance".into(),
        of: run.title(),
        caption: "Provenance".into(),
        columns: vec![Column::text("what", "what"), Column::text("value", "value")],
        rows,
    }
}
