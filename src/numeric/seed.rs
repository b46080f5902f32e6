//! Named streams of random numbers: a new consumer does not shift the others.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

/// A stream of random numbers, determined by a seed and a name.
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream `name` of `seed`.
    pub fn new(seed: u64, name: &str) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // FNV-1a, 64 bit: a fixed, documented map from names to streams.
        let number = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        rng.set_stream(number);
        Stream(rng)
    }

    /// A standard normal number.
    pub fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// A uniform number in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        use rand::RngExt;
        self.0.random()
    }

    /// A uniform index in 0..n, n ≥ 1.
    pub fn index(&mut self, n: usize) -> usize {
        use rand::RngExt;
        self.0.random_range(0..n)
    }
}
