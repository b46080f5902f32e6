//! SUNDIALS CVODE through the program `cvode.c`, named by the environment variable `CVODE`.

use std::path::{Path, PathBuf};
use std::process::Command;

use slowflow::field::Weights;

use crate::problems::{Problem, SLOW};
use crate::solvers::{Outcome, Reached};

/// CVODE's program and the folder for its files.
pub struct Cvode {
    program: PathBuf,
    folder: PathBuf,
}

impl Cvode {
    /// `None` where `CVODE` is not set.
    pub fn from_environment() -> Option<Cvode> {
        let program = PathBuf::from(std::env::var_os("CVODE")?);
        let folder = std::env::temp_dir().join("slowflow-peers");
        std::fs::create_dir_all(&folder).expect("a folder for temporary files");
        Some(Cvode { program, folder })
    }

    /// BDF with `solver` gmres or lu; OpenBLAS on one thread.
    pub fn run(&self, problem: &Problem, solver: &str, lambda: f64, rtol: f64, seconds: f64) -> Outcome {
        let (input, output) = (self.folder.join(format!("{}.bin", problem.name)), self.folder.join("states.bin"));
        if !input.exists() {
            write(&input, &[problem.raw.as_slice(), problem.start.as_slice()].concat());
        }
        let done = Command::new(&self.program)
            .env("OPENBLAS_NUM_THREADS", "1")
            .args([input.as_os_str(), solver.as_ref()])
            .args([format!("{lambda:e}"), format!("{rtol:e}"), seconds.to_string()])
            .arg(&output)
            .output()
            .map_err(|e| e.to_string())?;
        let text = String::from_utf8_lossy(&done.stdout).trim().to_string();
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|x| x.parse().ok()).collect();
        let [cpu, evaluations, _, steps] = numbers[..] else { return Err(text) };
        let bytes = std::fs::read(&output).map_err(|e| e.to_string())?;
        let values: Vec<f64> = bytes.as_chunks().0.iter().map(|x| f64::from_le_bytes(*x)).collect();
        let states: Vec<Weights> = values.chunks_exact(problem.start.len()).map(Weights::from_column_slice).collect();
        if states.len() < SLOW.len() {
            return Err(format!("{} of {} states", states.len(), SLOW.len()));
        }
        Ok(Reached {
            states,
            evaluations: evaluations as u64,
            steps: Some(steps as u64),
            solves: None,
            milliseconds: Some(1e3 * cpu),
        })
    }
}

fn write(path: &Path, values: &[f64]) {
    let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    std::fs::write(path, bytes).expect("a file");
}
