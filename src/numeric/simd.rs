//! Loops compiled for the widest vectors that the processor has, by `pulp`.

pub use pulp::Simd;
use pulp::{Arch, WithSimd};

/// A loop over numbers, written plainly or with the operations of `simd`. `run` and all that it calls must be
/// `#[inline(always)]`.
pub trait Loops {
    /// What comes out.
    type Output;
    /// The loop.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// a·b + c, rounded once where the processor does that in one instruction.
#[inline(always)]
pub fn madd<S: Simd>(a: f64, b: f64, c: f64) -> f64 {
    if S::IS_SCALAR { a * b + c } else { a.mul_add(b, c) }
}

struct Wide<T>(T);

impl<T: Loops> WithSimd for Wide<T> {
    type Output = T::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> T::Output {
        self.0.run(simd)
    }
}

/// Runs `work` with the widest vectors.
pub fn dispatch<T: Loops>(work: T) -> T::Output {
    Arch::new().dispatch(Wide(work))
}
