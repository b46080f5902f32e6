//! The `slowflow` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(all(feature = "lapack", unix))]
    if let Some(code) = one_blas_thread() {
        return code;
    }
    slowflow::cli::main()
}

/// OpenBLAS changes bits with its number of threads and reads it when the program starts: start again with one.
#[cfg(all(feature = "lapack", unix))]
fn one_blas_thread() -> Option<ExitCode> {
    use std::os::unix::process::CommandExt;
    const THREADS: &str = "OPENBLAS_NUM_THREADS";
    if std::env::var_os(THREADS).is_some() {
        return None;
    }
    let program = std::env::current_exe().ok()?;
    // `exec` returns only where it failed: then this process goes on as it is.
    let _failed = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(THREADS, "1").exec();
    None
}
