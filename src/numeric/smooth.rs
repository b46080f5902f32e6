//! Smooth functions of one variable with two derivatives, in intervals.

use super::interval::Interval;

/// A smooth function of one variable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Function {
    /// z².
    Square,
    /// zᵖ: any z for whole p (z ≠ 0 where p < 0), z > 0 otherwise.
    Power(f64),
    /// eᶻ.
    Exp,
    /// ln z, z > 0.
    Log,
    /// √z, z > 0.
    Sqrt,
    /// sin z.
    Sin,
    /// cos z.
    Cos,
    /// tanh z.
    Tanh,
    /// 1/(1 + e⁻ᶻ).
    Logistic,
    /// ln(1 + eᶻ).
    Softplus,
}

impl Function {
    /// φ, φ', φ'' over an interval; the whole line where a value has no bound.
    pub fn jet(self, z: Interval) -> [Interval; 3] {
        let (one, two, half) = (Interval::ONE, Interval::point(2.0), Interval::point(0.5));
        // s(1 − s) has its maximum ¼ at s = ½: the square form is tight there.
        let bell = |s: Interval| Interval::point(0.25) - (s - half).square();
        match self {
            Function::Square => [z.square(), two * z, two],
            Function::Power(p) => {
                let [value, first, second] = [0, 1, 2].map(|fewer| power(z, p, fewer));
                let p = Interval::point(p);
                [value, p * first, p * (p - one) * second]
            }
            Function::Exp => [z.exp(); 3],
            Function::Log => [z.ln(), one / z, -(one / z.square())],
            Function::Sqrt => {
                let root = z.sqrt();
                [root, half / root, -(Interval::point(0.25) / (z * root))]
            }
            Function::Sin => [z.sin(), z.cos(), -z.sin()],
            Function::Cos => [z.cos(), -z.sin(), -z.cos()],
            Function::Tanh => {
                let t = z.tanh();
                let first = one - t.square();
                [t, first, -two * t * first]
            }
            Function::Logistic => {
                let s = z.logistic();
                [s, bell(s), bell(s) * (one - two * s)]
            }
            Function::Softplus => {
                let s = z.logistic();
                [z.softplus(), s, bell(s)]
            }
        }
    }
}

/// z to the power p − fewer.
fn power(z: Interval, p: f64, fewer: i32) -> Interval {
    if p.fract() == 0.0 && p.abs() <= 1e6 { whole(z, p as i32 - fewer) } else { z.powf(p) / whole(z, fewer) }
}

/// zⁿ over an interval: monotone on either side of 0.
fn whole(z: Interval, n: i32) -> Interval {
    if n < 0 {
        return Interval::ONE / whole(z, -n);
    }
    if n % 2 == 0 {
        let (least, most) = (repeated(z.mignitude(), n), repeated(z.magnitude(), n));
        return Interval::new(least.lo().max(0.0), most.hi());
    }
    Interval::new(repeated(z.lo(), n).lo(), repeated(z.hi(), n).hi())
}

fn repeated(x: f64, mut n: i32) -> Interval {
    let (mut square, mut result) = (Interval::point(x), Interval::ONE);
    while n > 0 {
        if n % 2 == 1 {
            result = result * square;
        }
        square = square * square;
        n /= 2;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::seed::Stream;

    const ALL: [Function; 13] = [
        Function::Square,
        Function::Power(3.0),
        Function::Power(4.0),
        Function::Power(-1.0),
        Function::Power(2.5),
        Function::Exp,
        Function::Log,
        Function::Sqrt,
        Function::Sin,
        Function::Cos,
        Function::Tanh,
        Function::Logistic,
        Function::Softplus,
    ];

    /// The mean value theorem with the enclosures of the derivatives: φ(b) − φ(a) ∈ φ'([a, b])(b − a), and the same for φ'.
    #[test]
    fn derivatives_enclose_the_slopes_of_what_they_derive() {
        let mut stream = Stream::new(5, "jet");
        for function in ALL {
            for _ in 0..500 {
                let a = 0.1 + 3.0 * stream.uniform();
                let b = a + 0.01 + 0.5 * stream.uniform();
                let [_, first, second] = function.jet(Interval::new(a, b));
                let (left, right) = (function.jet(Interval::point(a)), function.jet(Interval::point(b)));
                for (k, slope) in [first, second].into_iter().enumerate() {
                    let rise = right[k] - left[k];
                    let bound = slope * (Interval::point(b) - Interval::point(a));
                    assert!(bound.lo() <= rise.hi() && rise.lo() <= bound.hi(), "{function:?} {k} on [{a}, {b}]");
                }
                assert!(left.iter().all(|x| x.width() <= 1e-10 * x.magnitude().max(1.0)), "{function:?} at {a}: {left:?}");
            }
        }
    }

    #[test]
    fn whole_powers_of_both_signs_are_tight_and_domains_are_kept() {
        let z = Interval::new(-2.0, 1.0);
        assert_eq!(whole(z, 2).lo(), 0.0);
        assert!(whole(z, 3).contains(-8.0) && whole(z, 3).contains(1.0) && whole(z, 3).width() < 9.0 + 1e-14);
        assert!((whole(Interval::point(-2.0), -3).lo() + 0.125).abs() < 1e-16);
        assert_eq!(Function::Power(-1.0).jet(z)[0], Interval::ENTIRE);
        assert_eq!(Function::Log.jet(z)[0], Interval::ENTIRE);
        assert_eq!(Function::Power(2.5).jet(z)[0], Interval::ENTIRE);
    }
}
