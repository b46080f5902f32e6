//! Two-layer network r_k(w) = Σⱼ aⱼ φ(z_kj) − y_k, z_kj = ⟨wⱼ, x_k⟩, with or without a bias (a last input that is always 1).
//!
//! With T = φ(Z), S_kj = aⱼφ'(z_kj), Q_kj = aⱼφ''(z_kj), all n × width:
//! J = [T, S_kj x_k]; **JJᵀ = TTᵀ + (SSᵀ)∘(XXᵀ)**, n²(inputs + width) without forming J. A neuron's block of Σμₖ∇²rₖ is
//! [[0, cᵀ], [c, Xᵀdiag(μ∘Qⱼ)X]] with c = Xᵀ(μ∘φ'(zⱼ)), cost n·inputs² a neuron; neurons do not mix.
//! If φ(az) = aᵖφ(z) for a > 0, Euler's relation gives p·aⱼ ∂r/∂aⱼ = ⟨wⱼ, ∂r/∂wⱼ⟩, so p·aⱼ² − ‖wⱼ‖² decays as e^{−2λt}.
//! Source: Boursier, Pesme, Dragomir (arXiv:2505.20172), figure 3.

use std::sync::Arc;

use super::{Activation, Default, Entry, ModelError, Parameter, Parameters};
use crate::data::DataSet;
use crate::field::{Block, Curvature, FieldError, Residual, Weights};
use crate::numeric::bundle::Bundle;
use crate::numeric::graph::{Graph, Node};
use crate::numeric::hyperbolic::tanh_each;
use crate::numeric::{Matrix, MatrixView, MatrixViewMut, Vector};

const NAME: &str = "two-layer-network";

/// Declaration for problem files.
pub const ENTRY: Entry = Entry {
    name: NAME,
    about: "r_k = Σⱼ aⱼ φ(⟨wⱼ, x_k⟩ + bⱼ) − y_k, with a choice of activation φ and with or without biases b",
    weights: "readouts a[0..width], then the rows wⱼ of W, each followed by its bias bⱼ where there is one",
    inputs: "a sample x_k, one column a feature",
    parameters: &[
        Parameter { name: "width", default: Default::RequiredInteger, about: "number of neurons, ≥ 1" },
        Parameter {
            name: "activation",
            default: Default::Choice(&["tanh", "softplus", "quadratic", "relu", "leaky-relu"]),
            about: "φ: tanh z; log(1 + eᶻ); z²; max(z, 0); max(z, 0) + slope·min(z, 0)",
        },
        Parameter { name: "slope", default: Default::Number(0.01), about: "of leaky-relu on z < 0, in (0, 1)" },
        Parameter { name: "bias", default: Default::Flag(false), about: "whether every neuron has a bias" },
    ],
    build: |parameters, data| {
        let width = ModelError::positive(NAME, parameters, "width")?;
        ModelError::not_empty(NAME, data)?;
        Ok(Arc::new(TwoLayerNetwork::new(width, activation(parameters)?, parameters.flag("bias"), data)))
    },
};

fn activation(parameters: &Parameters) -> Result<Activation, ModelError> {
    let slope = parameters.number("slope");
    match parameters.word("activation") {
        "softplus" => Ok(Activation::Softplus),
        "quadratic" => Ok(Activation::Quadratic),
        "relu" => Ok(Activation::Rectifier { slope: 0.0 }),
        "leaky-relu" if slope > 0.0 && slope < 1.0 => Ok(Activation::Rectifier { slope }),
        "leaky-relu" => Err(ModelError::Parameter {
            model: NAME,
            key: "slope",
            found: slope.to_string(),
            allowed: "a number between 0 and 1, both excluded".into(),
        }),
        _ => Ok(Activation::Tanh),
    }
}

/// Residuals of a two-layer network.
#[derive(Debug, Clone)]
pub struct TwoLayerNetwork {
    /// X, n × D, with a last column of ones where there is a bias.
    inputs: Matrix,
    transposed: Matrix,
    products: Matrix,
    targets: Vector,
    width: usize,
    activation: Activation,
    /// φ'(z_kj) of a frozen cell, n × width: φ is then that slope times z.
    frozen: Option<Matrix>,
}

impl TwoLayerNetwork {
    /// The network of `width` neurons on the samples of `data`.
    pub fn new(width: usize, activation: Activation, bias: bool, data: &DataSet) -> Self {
        let features = data.inputs.ncols();
        let inputs = if bias { data.inputs.clone().insert_column(features, 1.0) } else { data.inputs.clone() };
        let transposed = inputs.transpose();
        let products = &inputs * &transposed;
        TwoLayerNetwork { inputs, transposed, products, targets: data.targets.clone(), width, activation, frozen: None }
    }

    /// φ, φ' and φ'' of neuron j at sample k.
    fn jet(&self, (k, j): (usize, usize), z: f64) -> [f64; 3] {
        match &self.frozen {
            None => self.activation.jet(z),
            Some(slopes) => [slopes[(k, j)] * z, slopes[(k, j)], 0.0],
        }
    }

    /// The rows of W as columns of a D × width matrix.
    fn rows<'a>(&self, w: &'a Weights) -> MatrixView<'a> {
        MatrixView::from_slice(&w.as_slice()[self.width..], self.inputs.ncols(), self.width)
    }

    /// Z = XWᵀ, n × width.
    fn pre_activations(&self, w: &Weights) -> Matrix {
        &self.inputs * self.rows(w)
    }

    /// φ and φ' of Z, n × width each; consumes Z.
    fn features(&self, mut z: Matrix) -> (Matrix, Matrix) {
        if self.activation == Activation::Tanh && self.frozen.is_none() {
            tanh_each(z.as_mut_slice());
            let slopes = z.map(|t| (1.0 - t) * (1.0 + t));
            return (z, slopes);
        }
        let [values, slopes, _] = self.jets(z);
        (values, slopes)
    }

    /// φ, φ' and φ'' of Z, n × width each.
    fn jets(&self, z: Matrix) -> [Matrix; 3] {
        if self.activation == Activation::Tanh && self.frozen.is_none() {
            let (values, slopes) = self.features(z);
            let second = values.zip_map(&slopes, |t, slope| -2.0 * t * slope);
            return [values, slopes, second];
        }
        let mut jets = [z.clone(), z.clone(), z.clone()];
        for j in 0..z.ncols() {
            for k in 0..z.nrows() {
                let jet = self.jet((k, j), z[(k, j)]);
                jets.iter_mut().zip(jet).for_each(|(matrix, x)| matrix[(k, j)] = x);
            }
        }
        jets
    }

    /// Jᵀc from φ and φ' of Z.
    fn gathered(&self, w: &Weights, values: &Matrix, mut slopes: Matrix, c: &Vector) -> Weights {
        let mut out = Weights::zeros(self.dim());
        out.rows_mut(0, self.width).gemv_tr(1.0, values, c, 0.0);
        for (j, mut slope) in slopes.column_iter_mut().enumerate() {
            slope.zip_apply(c, |slope, c| *slope *= w[j] * c);
        }
        self.gather(&slopes, &mut out);
        out
    }

    /// Jv from φ and φ' of Z.
    fn pushed(&self, w: &Weights, (values, slopes): (&Matrix, &Matrix), v: &Weights) -> Vector {
        let mut out = values * v.rows(0, self.width);
        let dz = self.pre_activations(v);
        for (j, (slope, dz)) in slopes.column_iter().zip(dz.column_iter()).enumerate() {
            out.zip_zip_apply(&slope, &dz, |out, slope, dz| *out += w[j] * slope * dz);
        }
        out
    }

    /// out_W = Xᵀ·`weights`, for weights of shape n × width.
    fn gather(&self, weights: &Matrix, out: &mut Weights) {
        let rows = &mut out.as_mut_slice()[self.width..];
        MatrixViewMut::from_slice(rows, self.inputs.ncols(), self.width).gemm(1.0, &self.transposed, weights, 0.0);
    }
}

impl Residual for TwoLayerNetwork {
    fn dim(&self) -> usize {
        self.width * (1 + self.inputs.ncols())
    }

    fn samples(&self) -> usize {
        self.targets.len()
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        r.copy_from(&self.targets);
        let (features, _) = self.features(self.pre_activations(w));
        r.gemv(1.0, &features, &w.rows(0, self.width), -1.0);
        FieldError::check("the residual", r.as_slice(), w)
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        let (values, slopes) = self.features(self.pre_activations(w));
        out.copy_from(&self.pushed(w, (&values, &slopes), v));
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        let (values, slopes) = self.features(self.pre_activations(w));
        out.copy_from(&self.gathered(w, &values, slopes, c));
    }

    /// The activations of a point serve its residuals and its pull-back.
    fn evaluate_each(
        &self,
        count: usize,
        points: &Bundle,
        factors: &Bundle,
        residuals: &mut Bundle,
        pulled: &mut Bundle,
    ) -> Result<(), FieldError> {
        for k in 0..count {
            let w = points.column(k);
            let (values, slopes) = self.features(self.pre_activations(&w));
            let mut r = self.targets.clone();
            r.gemv(1.0, &values, &w.rows(0, self.width), -1.0);
            residuals.set_column(k, &r);
            pulled.set_column(k, &self.gathered(&w, &values, slopes, &factors.column(k)));
        }
        Ok(())
    }

    /// The activations of the point serve every column.
    fn push_forward_each(&self, count: usize, w: &Weights, columns: &Bundle, out: &mut Bundle) {
        let (values, slopes) = self.features(self.pre_activations(w));
        for k in 0..count {
            out.set_column(k, &self.pushed(w, (&values, &slopes), &columns.column(k)));
        }
    }

    /// The activations of the point serve every column.
    fn pull_back_each(&self, count: usize, w: &Weights, columns: &Bundle, out: &mut Bundle) {
        let (values, slopes) = self.features(self.pre_activations(w));
        for k in 0..count {
            out.set_column(k, &self.gathered(w, &values, slopes.clone(), &columns.column(k)));
        }
    }

    fn formula(&self, graph: &mut Graph) -> Option<Vec<Node>> {
        let function = self.activation.function();
        if self.frozen.is_none() && function.is_none() {
            return None;
        }
        let features = self.inputs.ncols();
        let row = |k: usize| {
            let mut terms = Vec::with_capacity(self.width);
            for j in 0..self.width {
                let first = self.width + j * features;
                let slope = self.frozen.as_ref().map_or(1.0, |slopes| slopes[(k, j)]);
                let z = graph.linear(0.0, (0..features).map(|i| (self.inputs[(k, i)], Graph::variable(first + i))));
                let value = function.filter(|_| self.frozen.is_none()).map_or(z, |function| graph.apply(function, z));
                terms.push((slope, graph.product(Graph::variable(j), value)));
            }
            graph.linear(-self.targets[k], terms)
        };
        Some((0..self.samples()).map(row).collect())
    }

    fn curvature_product(&self, w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        let [mut weights, slopes, seconds] = self.jets(self.pre_activations(w));
        let dz = self.pre_activations(v);
        for j in 0..self.width {
            let mut sum = 0.0;
            for (k, weight) in weights.column_mut(j).iter_mut().enumerate() {
                let (first, second) = (slopes[(k, j)], seconds[(k, j)]);
                sum += mu[k] * first * dz[(k, j)];
                *weight = mu[k] * (first * v[j] + w[j] * second * dz[(k, j)]);
            }
            out[j] = sum;
        }
        self.gather(&weights, out);
    }

    fn jacobian(&self, w: &Weights) -> Matrix {
        let (n, inputs) = self.inputs.shape();
        let (values, slopes) = self.features(self.pre_activations(w));
        let mut jacobian = Matrix::zeros(n, self.dim());
        jacobian.columns_mut(0, self.width).copy_from(&values);
        for j in 0..self.width {
            let slopes = slopes.column(j) * w[j];
            for e in 0..inputs {
                let mut column = jacobian.column_mut(self.width + j * inputs + e);
                column.zip_zip_apply(&slopes, &self.inputs.column(e), |o, s, x| *o = s * x);
            }
        }
        jacobian
    }

    fn gram(&self, w: &Weights) -> Matrix {
        let (features, mut slopes) = self.features(self.pre_activations(w));
        for (j, mut column) in slopes.column_iter_mut().enumerate() {
            column *= w[j];
        }
        let mut gram = &slopes * slopes.transpose();
        gram.component_mul_assign(&self.products);
        gram.gemm(1.0, &features, &features.transpose(), 1.0);
        gram
    }

    fn curvature(&self, w: &Weights, mu: &Vector) -> Curvature {
        let (n, inputs) = self.inputs.shape();
        let [_, slopes, seconds] = self.jets(self.pre_activations(w));
        let block = |j: usize| {
            let (mut mixed, mut scaled) = (Vector::zeros(n), self.transposed.clone());
            for (k, mut sample) in scaled.column_iter_mut().enumerate() {
                mixed[k] = mu[k] * slopes[(k, j)];
                sample *= mu[k] * w[j] * seconds[(k, j)];
            }
            let mixed = &self.transposed * mixed;
            let mut matrix = Matrix::zeros(1 + inputs, 1 + inputs);
            matrix.view_mut((1, 1), (inputs, inputs)).gemm(1.0, &scaled, &self.inputs, 0.0);
            matrix.view_mut((1, 0), (inputs, 1)).copy_from(&mixed);
            matrix.fill_upper_triangle_with_lower_triangle();
            let first = self.width + j * inputs;
            Block { matrix, copies: vec![std::iter::once(j).chain(first..first + inputs).collect()] }
        };
        Curvature::Blocks((0..self.width).map(block).collect())
    }

    fn invariants(&self, w: &Weights) -> Option<Vector> {
        let p = self.activation.homogeneity()?;
        let rows = self.rows(w);
        Some(Vector::from_fn(self.width, |j, _| p * w[j] * w[j] - rows.column(j).norm_squared()))
    }

    /// The pre-activations z_kj where φ has a kink: those of neuron 0 over all samples, then of neuron 1, …
    fn switches(&self, w: &Weights, out: &mut Vec<f64>) {
        if self.activation.has_kink() {
            out.extend_from_slice(self.pre_activations(w).as_slice());
        }
    }

    fn in_cell(&self, pattern: &[bool]) -> Option<Arc<dyn Residual>> {
        let Activation::Rectifier { slope } = self.activation else { return None };
        if pattern.len() != self.samples() * self.width {
            return None;
        }
        let slopes = pattern.iter().map(|positive| if *positive { 1.0 } else { slope });
        let frozen = Some(Matrix::from_iterator(self.samples(), self.width, slopes));
        Some(Arc::new(TwoLayerNetwork { frozen, ..self.clone() }))
    }

    /// With z_kj = ⟨wⱼ, x_k⟩, only the slope of φ there differs across its wall: κ = μ_k aⱼ(1 − slope).
    fn wall(&self, w: &Weights, mu: &Vector, switch: usize, gradient: &mut Weights) -> f64 {
        gradient.fill(0.0);
        let Activation::Rectifier { slope } = self.activation else { return 0.0 };
        let (k, j) = (switch % self.samples(), switch / self.samples());
        let inputs = self.inputs.ncols();
        gradient.rows_mut(self.width + j * inputs, inputs).copy_from(&self.transposed.column(k));
        mu[k] * w[j] * (1.0 - slope)
    }
}
