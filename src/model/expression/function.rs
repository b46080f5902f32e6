/// An elementary function with its first three derivatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// eˣ.
    Exp,
    /// The natural logarithm, x > 0.
    Log,
    /// tanh x.
    Tanh,
    /// 1/(1 + e⁻ˣ).
    Sigmoid,
    /// max(x, 0); its derivative at the kink x = 0 is taken as 0.
    Relu,
    /// log(1 + eˣ).
    Softplus,
    /// √x, x > 0 (at 0 it has no derivative).
    Sqrt,
    /// sin x.
    Sin,
    /// cos x.
    Cos,
    /// |x|; its derivative at the kink x = 0 is taken as 0.
    Abs,
}

impl Function {
    /// Every function with the name that formulas use.
    pub const ALL: [(&'static str, Function); 10] = [
        ("exp", Function::Exp),
        ("log", Function::Log),
        ("tanh", Function::Tanh),
        ("sigmoid", Function::Sigmoid),
        ("relu", Function::Relu),
        ("softplus", Function::Softplus),
        ("sqrt", Function::Sqrt),
        ("sin", Function::Sin),
        ("cos", Function::Cos),
        ("abs", Function::Abs),
    ];

    /// f(x).
    #[inline(always)]
    pub fn value(self, x: f64) -> f64 {
        match self {
            Function::Exp => x.exp(),
            Function::Log => x.ln(),
            Function::Tanh => x.tanh(),
            Function::Sigmoid => sigmoid(x),
            Function::Relu => x.max(0.0),
            Function::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
            Function::Sqrt => x.sqrt(),
            Function::Sin => x.sin(),
            Function::Cos => x.cos(),
            Function::Abs => x.abs(),
        }
    }

    /// f′(x) and f″(x), given also y = f(x).
    #[inline(always)]
    pub fn derivatives(self, x: f64, y: f64) -> (f64, f64) {
        match self {
            Function::Exp => (y, y),
            Function::Log => (1.0 / x, -1.0 / (x * x)),
            Function::Tanh => {
                let first = 1.0 - y * y;
                (first, -2.0 * y * first)
            }
            Function::Sigmoid => {
                let first = y * (1.0 - y);
                (first, first * (1.0 - 2.0 * y))
            }
            Function::Relu => (if x > 0.0 { 1.0 } else { 0.0 }, 0.0),
            Function::Softplus => {
                let first = sigmoid(x);
                (first, first * sigmoid(-x))
            }
            Function::Sqrt => (0.5 / y, -0.25 / (x * y)),
            Function::Sin => (x.cos(), -y),
            Function::Cos => (-x.sin(), -y),
            Function::Abs => (if x == 0.0 { 0.0 } else { x.signum() }, 0.0),
        }
    }

    /// f‴(x), given also y = f(x).
    pub fn third(self, x: f64, y: f64) -> f64 {
        match self {
            Function::Exp => y,
            Function::Log => 2.0 / (x * x * x),
            Function::Tanh => (1.0 - y * y) * (6.0 * y * y - 2.0),
            Function::Sigmoid => {
                let first = y * (1.0 - y);
                first * (1.0 - 6.0 * first)
            }
            Function::Relu | Function::Abs => 0.0,
            Function::Softplus => {
                let (first, rest) = (sigmoid(x), sigmoid(-x));
                first * rest * (rest - first)
            }
            Function::Sqrt => 0.375 / (x * x * y),
            Function::Sin => -x.cos(),
            Function::Cos => x.sin(),
        }
    }
}

fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// xᵖ: by repeated multiplication for whole p, where negative x is allowed.
#[inline(always)]
pub fn power(x: f64, p: f64) -> f64 {
    if whole(p) { x.powi(p as i32) } else { x.powf(p) }
}

/// The first two derivatives of xᵖ.
#[inline(always)]
pub fn power_derivatives(x: f64, p: f64) -> (f64, f64) {
    (p * power(x, p - 1.0), p * (p - 1.0) * power(x, p - 2.0))
}

/// Whether p is a whole number of moderate size.
pub fn whole(p: f64) -> bool {
    p.fract() == 0.0 && p.abs() <= 1e6
}
