//! The one place that names the `sha2` crate: what a result was computed from, as one number.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

/// SHA-256 over the SHA-256 digests of a text and of files, in that order: no two lists of parts share their bytes.
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// The fingerprint that begins with a text.
    pub fn of(text: &str) -> Self {
        let mut all = Sha256::new();
        all.update(Sha256::digest(text.as_bytes()));
        Fingerprint(all)
    }

    /// Adds the bytes of a file.
    pub fn add(&mut self, path: &Path) -> io::Result<()> {
        let (mut file, mut one, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                count => one.update(&buffer[..count]),
            }
        }
        self.0.update(one.finalize());
        Ok(())
    }

    /// The fingerprint in hexadecimal, 64 digits.
    pub fn hexadecimal(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// SHA-256 of some bytes.
pub fn digest(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}
