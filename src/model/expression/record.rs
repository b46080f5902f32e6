//! A residual function in Rust becomes [`Formulas`] by running it once on variables that write down what is done to them.
//!
//! The function may call functions, loop over data and keep vectors, but must not branch on the values of the weights: there
//! are none yet. Everything else is that of formulas in a file: exact derivatives, equal parts once, curvature in blocks.

use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::error::{ExpressionError, Problem};
use super::function::Function;
use super::graph::{Graph, Id};
use super::residual::Formulas;
use super::tape::Tape;

/// A number that remembers how it came about. Made by [`Formulas::record`].
#[derive(Clone, Copy)]
pub struct Variable<'g> {
    recorder: &'g Recorder,
    id: Id,
}

#[derive(Default)]
struct Recorder {
    graph: RefCell<Graph>,
    problem: RefCell<Option<Problem>>,
}

impl Recorder {
    /// The node that `make` makes; the first problem is kept, and reported when the recording ends.
    fn node(&self, make: impl FnOnce(&mut Graph) -> Result<Id, Problem>) -> Variable<'_> {
        let id = make(&mut self.graph.borrow_mut()).unwrap_or_else(|problem| {
            self.problem.borrow_mut().get_or_insert(problem);
            0
        });
        Variable { recorder: self, id }
    }
}

impl Formulas {
    /// Residuals r: ℝᵈ → ℝⁿ, written as a Rust function of `dim` variables, with exact first and second derivatives.
    ///
    /// # Errors
    /// No residuals, a residual without weights, a part without weights that is not finite, more than 2·10⁶ operations.
    ///
    /// ```
    /// use slowflow::{field::Residual, model::expression::Formulas, numeric::Vector};
    /// let model = Formulas::record(2, |w| vec![w[0] * w[1] - 1.0, (w[0] - w[1]).tanh()])?;
    /// assert_eq!(model.jacobian(&Vector::from_vec(vec![2.0, 2.0])).as_slice(), [2.0, 1.0, 2.0, -1.0]);
    /// # Ok::<(), slowflow::model::expression::ExpressionError>(())
    /// ```
    pub fn record(
        dim: usize,
        residuals: impl for<'g> FnOnce(&[Variable<'g>]) -> Vec<Variable<'g>>,
    ) -> Result<Formulas, ExpressionError> {
        let recorder = Recorder::default();
        let weights: Vec<Variable<'_>> = (0..dim).map(|i| recorder.node(|graph| graph.weight(i))).collect();
        let outputs: Vec<Id> = residuals(&weights).iter().map(|r| r.id).collect();
        drop(weights);
        let refuse = |problem| Err(ExpressionError::at(("recorded residuals", ""), (0, 0), problem, None));
        if let Some(problem) = recorder.problem.into_inner() {
            return refuse(problem);
        }
        let graph = recorder.graph.into_inner();
        if outputs.is_empty() {
            return refuse(Problem::Missing("the model has no residuals"));
        }
        if outputs.iter().any(|&id| !graph.node(id).active) {
            return refuse(Problem::NoWeights);
        }
        Ok(Formulas::new(Tape::new(&graph, &outputs)?, dim))
    }
}

impl Variable<'_> {
    fn map(self, f: Function) -> Self {
        self.recorder.node(|graph| graph.apply(f, self.id))
    }

    /// eˣ.
    pub fn exp(self) -> Self {
        self.map(Function::Exp)
    }

    /// log x, x > 0.
    pub fn ln(self) -> Self {
        self.map(Function::Log)
    }

    /// tanh x.
    pub fn tanh(self) -> Self {
        self.map(Function::Tanh)
    }

    /// 1/(1 + e⁻ˣ).
    pub fn sigmoid(self) -> Self {
        self.map(Function::Sigmoid)
    }

    /// max(x, 0); derivative 0 at the kink.
    pub fn relu(self) -> Self {
        self.map(Function::Relu)
    }

    /// log(1 + eˣ).
    pub fn softplus(self) -> Self {
        self.map(Function::Softplus)
    }

    /// √x, x > 0.
    pub fn sqrt(self) -> Self {
        self.map(Function::Sqrt)
    }

    /// sin x.
    pub fn sin(self) -> Self {
        self.map(Function::Sin)
    }

    /// cos x.
    pub fn cos(self) -> Self {
        self.map(Function::Cos)
    }

    /// |x|; derivative 0 at the kink.
    pub fn abs(self) -> Self {
        self.map(Function::Abs)
    }

    /// xᵖ; x > 0 unless p is a whole number.
    pub fn pow(self, p: f64) -> Self {
        self.recorder.node(|graph| {
            let p = graph.constant(p)?;
            graph.power(self.id, p)
        })
    }
}

impl<'g> Variable<'g> {
    /// Σ aᵢ xᵢ with numbers a, as one operation; `None` for no terms.
    pub fn linear(terms: impl IntoIterator<Item = (f64, Variable<'g>)>) -> Option<Variable<'g>> {
        let terms: Vec<(f64, Variable<'g>)> = terms.into_iter().collect();
        let recorder = terms.first()?.1.recorder;
        Some(recorder.node(|graph| graph.sum(0.0, terms.iter().map(|t| (t.0, t.1.id)))))
    }

    /// Σ aᵢ bᵢ as one operation; `None` for no terms.
    pub fn dot(pairs: impl IntoIterator<Item = (Variable<'g>, Variable<'g>)>) -> Option<Variable<'g>> {
        let pairs: Vec<(Variable<'g>, Variable<'g>)> = pairs.into_iter().collect();
        let recorder = pairs.first()?.0.recorder;
        Some(recorder.node(|graph| graph.dot(pairs.iter().map(|t| (t.0.id, t.1.id)))))
    }
}

impl Add for Variable<'_> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.recorder.node(|graph| graph.sum(0.0, [(1.0, self.id), (1.0, other.id)]))
    }
}

impl Sub for Variable<'_> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.recorder.node(|graph| graph.sum(0.0, [(1.0, self.id), (-1.0, other.id)]))
    }
}

impl Mul for Variable<'_> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.recorder.node(|graph| graph.product(&[self.id, other.id]))
    }
}

impl Div for Variable<'_> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        self.recorder.node(|graph| graph.quotient(self.id, other.id))
    }
}

impl Neg for Variable<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        self * -1.0
    }
}

impl Add<f64> for Variable<'_> {
    type Output = Self;
    fn add(self, c: f64) -> Self {
        self.recorder.node(|graph| graph.sum(c, [(1.0, self.id)]))
    }
}

impl Sub<f64> for Variable<'_> {
    type Output = Self;
    fn sub(self, c: f64) -> Self {
        self + -c
    }
}

impl Mul<f64> for Variable<'_> {
    type Output = Self;
    fn mul(self, c: f64) -> Self {
        self.recorder.node(|graph| graph.sum(0.0, [(c, self.id)]))
    }
}

impl Div<f64> for Variable<'_> {
    type Output = Self;
    fn div(self, c: f64) -> Self {
        self * (1.0 / c)
    }
}

impl<'g> Add<Variable<'g>> for f64 {
    type Output = Variable<'g>;
    fn add(self, x: Variable<'g>) -> Variable<'g> {
        x + self
    }
}

impl<'g> Sub<Variable<'g>> for f64 {
    type Output = Variable<'g>;
    fn sub(self, x: Variable<'g>) -> Variable<'g> {
        -x + self
    }
}

impl<'g> Mul<Variable<'g>> for f64 {
    type Output = Variable<'g>;
    fn mul(self, x: Variable<'g>) -> Variable<'g> {
        x * self
    }
}

impl<'g> Div<Variable<'g>> for f64 {
    type Output = Variable<'g>;
    fn div(self, x: Variable<'g>) -> Variable<'g> {
        x.recorder.node(|graph| {
            let numerator = graph.constant(self)?;
            graph.quotient(numerator, x.id)
        })
    }
}
