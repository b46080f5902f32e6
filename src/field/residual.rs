use std::sync::Arc;

use super::{Coupling, FieldError, MatrixForm, Rotation, Weights};
use crate::numeric::bundle::Bundle;
use crate::numeric::graph::{Graph, Node};
use crate::numeric::{Matrix, Vector};

/// Residuals r: ℝᵈ → ℝⁿ, with first and second derivatives as products. A model together with its data.
///
/// With J = ∂r/∂w (n × d). All outputs are overwritten. `residual` reports non-finite values; the derivative products
/// are called only where it succeeded.
pub trait Residual: Send + Sync {
    /// Number of weights d.
    fn dim(&self) -> usize;
    /// Number of residuals n.
    fn samples(&self) -> usize;
    /// r(w), length n.
    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError>;
    /// J(w) v, length n, for v of length d.
    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector);
    /// J(w)ᵀ c, length d, for c of length n.
    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights);
    /// Σₖ μₖ ∇²rₖ(w) v, length d, for μ of length n and v of length d.
    fn curvature_product(&self, w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights);

    /// r(wᵢ) and J(wᵢ)ᵀcᵢ for the first `count` columns wᵢ of `points` and cᵢ of `factors`, into those of `residuals` and
    /// `pulled`. Overridden where one product with a matrix serves all columns; whether the values are finite may then be left
    /// to the caller.
    fn evaluate_each(
        &self,
        count: usize,
        points: &Bundle,
        factors: &Bundle,
        residuals: &mut Bundle,
        pulled: &mut Bundle,
    ) -> Result<(), FieldError> {
        let (mut r, mut g) = (Vector::zeros(self.samples()), Weights::zeros(self.dim()));
        for k in 0..count {
            let w = points.column(k);
            self.residual(&w, &mut r)?;
            self.pull_back(&w, &factors.column(k), &mut g);
            residuals.set_column(k, &r);
            pulled.set_column(k, &g);
        }
        Ok(())
    }

    /// J(w)V for the first `count` columns of V. Overridden as [`Residual::evaluate_each`].
    fn push_forward_each(&self, count: usize, w: &Weights, columns: &Bundle, out: &mut Bundle) {
        let mut image = Vector::zeros(self.samples());
        for k in 0..count {
            self.push_forward(w, &columns.column(k), &mut image);
            out.set_column(k, &image);
        }
    }

    /// J(w)ᵀC for the first `count` columns of C. Overridden as [`Residual::evaluate_each`].
    fn pull_back_each(&self, count: usize, w: &Weights, columns: &Bundle, out: &mut Bundle) {
        let mut image = Weights::zeros(self.dim());
        for k in 0..count {
            self.pull_back(w, &columns.column(k), &mut image);
            out.set_column(k, &image);
        }
    }

    /// J(w), n × d. The default takes n products with Jᵀ.
    fn jacobian(&self, w: &Weights) -> Matrix {
        let (n, d) = (self.samples(), self.dim());
        let mut transposed = Matrix::zeros(d, n);
        let (mut unit, mut column) = (Vector::zeros(n), Weights::zeros(d));
        for k in 0..n {
            unit[k] = 1.0;
            self.pull_back(w, &unit, &mut column);
            transposed.set_column(k, &column);
            unit[k] = 0.0;
        }
        transposed.transpose()
    }

    /// J(w) J(w)ᵀ, n × n. Overridden where a closed form is cheaper than forming J.
    fn gram(&self, w: &Weights) -> Matrix {
        let j = self.jacobian(w);
        &j * j.transpose()
    }

    /// Σₖ μₖ ∇²rₖ(w) in the sparsest form the model knows.
    fn curvature(&self, w: &Weights, mu: &Vector) -> Curvature {
        let _ = (w, mu);
        Curvature::Operator
    }

    /// Functions of the weights that decay as e^{−2λt} exactly along ẇ = −∇F(w) − λw with F any function of r, for every
    /// λ ≥ 0: conserved by the fast flow, e^{−2s} along the slow flow. `None` where none is known.
    fn invariants(&self, w: &Weights) -> Option<Vector> {
        let _ = w;
        None
    }

    /// Singular values, descending, of the matrix that the model fits, as UVᵀ. `None` where it fits no matrix, or where the
    /// decomposition did not arrive.
    fn singular_values(&self, w: &Weights) -> Option<Vector> {
        let _ = w;
        None
    }

    /// Appends the switches zᵢ(w) whose sign changes are the walls between cells on which r is smooth: none
    /// by default.
    fn switches(&self, w: &Weights, out: &mut Vec<f64>) {
        let _ = (w, out);
    }

    /// The residuals that equal these in the cell of that pattern (`true`: zᵢ > 0) and are smooth beyond its walls, so that a
    /// step may end outside and be cut back at the wall. `None` where the model knows no such continuation.
    fn in_cell(&self, pattern: &[bool]) -> Option<Arc<dyn Residual>> {
        let _ = pattern;
        None
    }

    /// At a wall zᵢ(w) = 0: writes ∇zᵢ and returns κ in J₊ᵀμ − J₋ᵀμ = κ∇zᵢ, J± being those of the cells on either side.
    ///
    /// A trajectory slides on the wall while the multiplier ν of the constraint zᵢ = 0, added to the flow of the cell
    /// zᵢ < 0, is a share ν/κ ∈ [0, 1] of the jump (Filippov): below 0 it leaves into that cell, above 1 into the other.
    fn wall(&self, w: &Weights, mu: &Vector, switch: usize, gradient: &mut Weights) -> f64 {
        let _ = (w, mu, switch);
        gradient.fill(0.0);
        0.0
    }

    /// Force and constraint of the multipliers where r is a chart of M and F is not ½c‖r‖². `None` for a model.
    fn coupling(&self) -> Option<&dyn Coupling> {
        None
    }

    /// Writes D³(½‖r‖²)[u, v] at w into `out` and says so; `false` where the model has no exact third derivatives.
    fn third_product(&self, w: &Weights, u: &Weights, v: &Weights, out: &mut Weights) -> bool {
        let _ = (w, u, v, out);
        false
    }

    /// How many of the last residuals are constraints: they vanish exactly at every λ, with a multiplier of their own, while
    /// the others have κμ = cr. None for a model; the walls that a trajectory slides on.
    fn rigid(&self) -> usize {
        0
    }

    /// Writes r into `graph`, whose variables are the weights: one node a residual, for certificates in interval arithmetic.
    /// The formula is that of `residual` with exact operations. `None` where there is none (kinks).
    fn formula(&self, graph: &mut Graph) -> Option<Vec<Node>> {
        let _ = graph;
        None
    }

    /// The basis pursuit whose minimum is that of ‖w‖² over {r = 0}, with β(w), where there is one: a diagonal network.
    fn basis_pursuit(&self, w: &Weights) -> Option<BasisPursuit<'_>> {
        let _ = w;
        None
    }

    /// What the training data must show and do not, in words: weights that no residual depends on wherever they are.
    fn unobserved(&self) -> Option<String> {
        None
    }

    /// Why the residuals cannot vanish together whatever the weights, and what would let them, where the model knows.
    fn unattainable(&self) -> Option<(String, String)> {
        None
    }

    /// The problem in the matrix X = UVᵀ whose least nuclear norm is half the least ‖w‖² over {r = 0}, where there is one.
    fn matrix_form(&self, w: &Weights) -> Option<MatrixForm<'_>> {
        let _ = w;
        None
    }

    /// A basis of the rotations of the weights along which r is constant: each turns a KKT point of min ‖w‖² into others.
    fn rotations(&self) -> Vec<Rotation> {
        Vec::new()
    }

    /// Whether r is affine in w, so that J is constant and the curvature is zero.
    fn is_affine(&self) -> bool {
        false
    }
}

/// No residuals of d weights: what a loss that is none of squares has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoResiduals(pub usize);

impl Residual for NoResiduals {
    fn dim(&self) -> usize {
        self.0
    }

    fn samples(&self) -> usize {
        0
    }

    fn residual(&self, _: &Weights, _: &mut Vector) -> Result<(), FieldError> {
        Ok(())
    }

    fn push_forward(&self, _: &Weights, _: &Weights, _: &mut Vector) {}

    fn pull_back(&self, _: &Weights, _: &Vector, out: &mut Weights) {
        out.fill(0.0);
    }

    fn curvature_product(&self, _: &Weights, _: &Vector, _: &Weights, out: &mut Weights) {
        out.fill(0.0);
    }
}

/// min {‖w‖² : r(w) = 0} = factor · min {‖β‖₁ : Xβ = y}.
#[derive(Debug, Clone)]
pub struct BasisPursuit<'a> {
    /// X, n × p.
    pub inputs: &'a Matrix,
    /// y, length n.
    pub targets: &'a Vector,
    /// The factor.
    pub factor: f64,
    /// β(w), length p.
    pub coefficients: Vector,
}

/// The matrix Σₖ μₖ ∇²rₖ(w), in the form its model knows.
#[derive(Debug, Clone)]
pub enum Curvature {
    /// Zero (affine residuals).
    Zero,
    /// Block diagonal after a permutation. Weights that appear in no block have zero curvature.
    Blocks(Vec<Block>),
    /// No structure known: only `Residual::curvature_product` is available.
    Operator,
}

/// One symmetric k × k matrix that acts on one or several disjoint sets of k weights alike.
#[derive(Debug, Clone)]
pub struct Block {
    /// The symmetric k × k matrix.
    pub matrix: Matrix,
    /// For each copy, the indices of its k weights in the order of the matrix.
    pub copies: Vec<Vec<usize>>,
}
