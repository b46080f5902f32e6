//! Tells the program its commit, and links LAPACK when the feature `lapack` asks for it.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=.git/HEAD");
    println!("cargo:rerun-if-env-changed=SLOWFLOW_LAPACK_LIBRARIES");
    let commit = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok().filter(|o| o.status.success());
    if let Some(commit) = commit.and_then(|o| String::from_utf8(o.stdout).ok()) {
        println!("cargo:rustc-env=SLOWFLOW_COMMIT={}", commit.trim());
    }
    if env::var_os("CARGO_FEATURE_LAPACK").is_some() {
        // Debian's libopenblas-dev holds BLAS and LAPACK; other systems name theirs, separated by commas.
        let libraries = env::var("SLOWFLOW_LAPACK_LIBRARIES").unwrap_or_else(|_| "openblas".into());
        for library in libraries.split(',') {
            println!("cargo:rustc-link-lib=dylib={library}");
        }
    }
}
