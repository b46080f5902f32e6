//! Tells the program its commit, and links LAPACK when the feature `lapack` asks for it.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=SLOWFLOW_LAPACK_LIBRARIES");
    // A worktree has its HEAD elsewhere; a file that is missing would make every build a full one.
    if let Some(head) = git(&["--git-path", "HEAD"]) {
        println!("cargo:rerun-if-changed={head}");
    }
    if let Some(commit) = git(&["--short=12", "HEAD"]) {
        println!("cargo:rustc-env=SLOWFLOW_COMMIT={commit}");
    }
    if env::var_os("CARGO_FEATURE_LAPACK").is_some() {
        // Debian's libopenblas-dev holds BLAS and LAPACK; other systems name theirs, separated by commas.
        let libraries = env::var("SLOWFLOW_LAPACK_LIBRARIES").unwrap_or_else(|_| "openblas".into());
        for library in libraries.split(',') {
            println!("cargo:rustc-link-lib=dylib={library}");
        }
    }
}

/// What `git rev-parse` says; `None` outside a repository.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("rev-parse").args(arguments).output().ok().filter(|o| o.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_string())
}
