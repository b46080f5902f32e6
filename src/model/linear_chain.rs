//! Deep linear chain r_k(w) = (W_L … W₂W₁ x_k)_{o(k)} − y_k: a linear map written as a product of L matrices.
//!
//! Samples are columns. Forward h_l = W_l h_{l−1} with h₀ = x_k; backward g_{l−1} = W_lᵀ g_l with g_L = e_{o(k)}.
//! J: ∂r_k/∂W_l = g_l h_{l−1}ᵀ, so **JJᵀ = Σ_l (g_lᵀg_l)∘(h_{l−1}ᵀh_{l−1})**. Along a direction V of the weights
//! ḣ_l = V_l h_{l−1} + W_l ḣ_{l−1} and ġ_{l−1} = V_lᵀ g_l + W_lᵀ ġ_l, so Σμₖ∇²rₖ V has the blocks Σ_k μ_k(ġ_l h_{l−1}ᵀ + g_l ḣ_{l−1}ᵀ).
//! Two matrices: the curvature is [[0, B], [Bᵀ, 0]] ⊗ I with B_{eo} = Σ_{o(k) = o} μ_k x_{ke}, one copy a hidden unit.
//! W_{l+1}ᵀW_{l+1} − W_lW_lᵀ decays as e^{−2λt}, because W_{l+1}ᵀẆ_{l+1} and Ẇ_lW_lᵀ contain the same gradient.

use std::sync::Arc;

use super::{Default, Entry, ModelError, Parameter};
use crate::data::DataSet;
use crate::field::{Block, Curvature, FieldError, Residual, Rotation, Weights};
use crate::numeric::graph::{Graph, Node};
use crate::numeric::{Matrix, MatrixView, MatrixViewMut, Vector, dense};

const NAME: &str = "linear-chain";

/// Declaration for problem files.
pub const ENTRY: Entry = Entry {
    name: NAME,
    about: "r_k = (W_L…W₂W₁x_k)_{o(k)} − y_k: a linear map as a product of matrices",
    weights: "W₁ row by row, then W₂, …, W_L",
    inputs: "x_k, one column a feature; with several outputs the number o(k) of the observed one, from 0, comes first",
    parameters: &[
        Parameter { name: "widths", default: Default::RequiredList, about: "rows of W₁ … W_{L−1}, whole numbers ≥ 1" },
        Parameter { name: "outputs", default: Default::Integer(1), about: "rows of W_L, ≥ 1" },
    ],
    build: |parameters, data| {
        let outputs = ModelError::positive(NAME, parameters, "outputs")?;
        let widths = parameters.list("widths");
        if let Some(bad) = widths.iter().find(|x| !(x.fract() == 0.0 && **x >= 1.0 && **x <= 1e6)) {
            let allowed = "a list of whole numbers from 1 to 1e6".into();
            return Err(ModelError::Parameter { model: NAME, key: "widths", found: bad.to_string(), allowed });
        }
        Ok(Arc::new(LinearChain::new(widths.iter().map(|x| *x as usize).collect(), outputs, data)?))
    },
};

/// Residuals of a product of matrices.
#[derive(Debug, Clone)]
pub struct LinearChain {
    /// Lengths of h₀, h₁, …, h_L.
    sizes: Vec<usize>,
    /// x_k as columns.
    inputs: Matrix,
    /// e_{o(k)} as columns.
    observed: Matrix,
    targets: Vector,
}

impl LinearChain {
    /// The chain with hidden sizes `widths`. Fails without samples or features, or on an output that does not exist.
    pub fn new(widths: Vec<usize>, outputs: usize, data: &DataSet) -> Result<Self, ModelError> {
        ModelError::not_empty(NAME, data)?;
        let first = usize::from(outputs > 1);
        let features = data.inputs.ncols() - first;
        let wrong = |found: String, needed: String| ModelError::Data { model: NAME, found, needed };
        if features == 0 {
            return Err(wrong("no feature beside the output's number".into(), "at least one feature".into()));
        }
        let mut observed = Matrix::zeros(outputs, data.samples());
        for k in 0..data.samples() {
            let o = if outputs > 1 { data.inputs[(k, 0)] } else { 0.0 };
            if !(o >= 0.0 && o.fract() == 0.0 && o < outputs as f64) {
                return Err(wrong(format!("sample {k} is of output {o}"), format!("a whole number in 0..{outputs}")));
            }
            observed[(o as usize, k)] = 1.0;
        }
        let sizes = std::iter::once(features).chain(widths).chain([outputs]).collect();
        let inputs = data.inputs.columns(first, features).transpose();
        Ok(LinearChain { sizes, inputs, observed, targets: data.targets.clone() })
    }

    fn depth(&self) -> usize {
        self.sizes.len() - 1
    }

    /// W_{l+1}ᵀ for l = 0..L: row-major weights are the transpose.
    fn layers<'a>(&self, w: &'a Weights) -> Vec<MatrixView<'a>> {
        let mut rest = w.as_slice();
        let view = |pair: &[usize]| {
            let (layer, tail) = rest.split_at(pair[0] * pair[1]);
            rest = tail;
            MatrixView::from_slice(layer, pair[0], pair[1])
        };
        self.sizes.windows(2).map(view).collect()
    }

    /// h₀ … h_{L−1}, samples as columns; and h_L after them.
    fn forward(&self, layers: &[MatrixView<'_>]) -> Vec<Matrix> {
        let mut h = vec![self.inputs.clone()];
        for (l, layer) in layers.iter().enumerate() {
            h.push(layer.transpose() * &h[l]);
        }
        h
    }

    /// g₁ … g_L scaled by `c`.
    fn backward(&self, layers: &[MatrixView<'_>], c: &Vector) -> Vec<Matrix> {
        let mut last = self.observed.clone();
        for (mut column, c) in last.column_iter_mut().zip(c) {
            column *= *c;
        }
        let mut g = vec![last];
        for layer in layers[1..].iter().rev() {
            g.push(layer * &g[g.len() - 1]);
        }
        g.reverse();
        g
    }

    /// ḣ₀ … ḣ_L along the directions `v`.
    fn tangents(&self, layers: &[MatrixView<'_>], v: &[MatrixView<'_>], h: &[Matrix]) -> Vec<Matrix> {
        let mut dh = vec![Matrix::zeros(self.inputs.nrows(), self.inputs.ncols())];
        for l in 0..self.depth() {
            let mut next = v[l].transpose() * &h[l];
            next.gemm(1.0, &layers[l].transpose(), &dh[l], 1.0);
            dh.push(next);
        }
        dh
    }

    /// The observed outputs of h_L.
    fn select(&self, outputs: &Matrix, out: &mut Vector) {
        for k in 0..out.len() {
            out[k] = outputs.column(k).dot(&self.observed.column(k));
        }
    }

    /// Adds the blocks Σ_k g_l h_{l−1}ᵀ to `out`.
    fn accumulate(&self, g: &[Matrix], h: &[Matrix], out: &mut Weights) {
        let mut rest = out.as_mut_slice();
        for (l, pair) in self.sizes.windows(2).enumerate() {
            let (layer, tail) = rest.split_at_mut(pair[0] * pair[1]);
            MatrixViewMut::from_slice(layer, pair[0], pair[1]).gemm(1.0, &h[l], &g[l].transpose(), 1.0);
            rest = tail;
        }
    }
}

impl Residual for LinearChain {
    fn dim(&self) -> usize {
        self.sizes.windows(2).map(|pair| pair[0] * pair[1]).sum()
    }

    fn samples(&self) -> usize {
        self.targets.len()
    }

    fn residual(&self, w: &Weights, r: &mut Vector) -> Result<(), FieldError> {
        let h = self.forward(&self.layers(w));
        self.select(&h[self.depth()], r);
        *r -= &self.targets;
        FieldError::check("the residual", r.as_slice(), w)
    }

    fn push_forward(&self, w: &Weights, v: &Weights, out: &mut Vector) {
        let layers = self.layers(w);
        let dh = self.tangents(&layers, &self.layers(v), &self.forward(&layers));
        self.select(&dh[self.depth()], out);
    }

    fn pull_back(&self, w: &Weights, c: &Vector, out: &mut Weights) {
        let layers = self.layers(w);
        out.fill(0.0);
        self.accumulate(&self.backward(&layers, c), &self.forward(&layers), out);
    }

    fn formula(&self, graph: &mut Graph) -> Option<Vec<Node>> {
        let row = |k: usize| {
            let mut offset = 0;
            let mut hidden: Option<Vec<Node>> = None;
            for pair in self.sizes.windows(2) {
                let weight = |row: usize, e: usize| Graph::variable(offset + row * pair[0] + e);
                let next = (0..pair[1])
                    .map(|row| match &hidden {
                        None => graph.linear(0.0, (0..pair[0]).map(|e| (self.inputs[(e, k)], weight(row, e)))),
                        Some(h) => {
                            let products: Vec<Node> = (0..pair[0]).map(|e| graph.product(weight(row, e), h[e])).collect();
                            graph.linear(0.0, products.into_iter().map(|product| (1.0, product)))
                        }
                    })
                    .collect();
                hidden = Some(next);
                offset += pair[0] * pair[1];
            }
            let outputs = hidden.unwrap_or_default();
            graph.linear(-self.targets[k], self.observed.column(k).iter().copied().zip(outputs))
        };
        Some((0..self.samples()).map(row).collect())
    }

    /// W_l → QᵀW_l, W_{l+1} → W_{l+1}Q for every hidden layer l and every two of its units.
    fn rotations(&self) -> Vec<Rotation> {
        let mut all = Vec::new();
        let mut offset = 0;
        for layer in self.sizes.windows(3) {
            let [before, hidden, after] = [layer[0], layer[1], layer[2]];
            let (rows, columns) = (offset, offset + before * hidden);
            for (a, b) in (0..hidden).flat_map(|b| (0..b).map(move |a| (a, b))) {
                let own = (0..before).map(|e| (rows + a * before + e, rows + b * before + e));
                let next = (0..after).map(|o| (columns + o * hidden + a, columns + o * hidden + b));
                all.push(Rotation { planes: own.chain(next).collect() });
            }
            offset += before * hidden;
        }
        all
    }

    fn curvature_product(&self, w: &Weights, mu: &Vector, v: &Weights, out: &mut Weights) {
        let (layers, directions) = (self.layers(w), self.layers(v));
        let (h, g) = (self.forward(&layers), self.backward(&layers, mu));
        let dh = self.tangents(&layers, &directions, &h);
        let mut dg = vec![Matrix::zeros(self.observed.nrows(), self.samples())];
        for l in (1..self.depth()).rev() {
            let mut next = directions[l] * &g[l];
            next.gemm(1.0, &layers[l], &dg[dg.len() - 1], 1.0);
            dg.push(next);
        }
        dg.reverse();
        out.fill(0.0);
        self.accumulate(&dg, &h, out);
        self.accumulate(&g, &dh, out);
    }

    fn jacobian(&self, w: &Weights) -> Matrix {
        let layers = self.layers(w);
        let (h, g) = (self.forward(&layers), self.backward(&layers, &Vector::repeat(self.samples(), 1.0)));
        let mut jacobian = Matrix::zeros(self.samples(), self.dim());
        let mut column = 0;
        for l in 0..self.depth() {
            for (row, e) in (0..self.sizes[l + 1]).flat_map(|row| (0..self.sizes[l]).map(move |e| (row, e))) {
                for k in 0..self.samples() {
                    jacobian[(k, column)] = g[l][(row, k)] * h[l][(e, k)];
                }
                column += 1;
            }
        }
        jacobian
    }

    fn gram(&self, w: &Weights) -> Matrix {
        let layers = self.layers(w);
        let (h, g) = (self.forward(&layers), self.backward(&layers, &Vector::repeat(self.samples(), 1.0)));
        let mut gram = Matrix::zeros(self.samples(), self.samples());
        for l in 0..self.depth() {
            gram += (g[l].transpose() * &g[l]).component_mul(&(h[l].transpose() * &h[l]));
        }
        gram
    }

    fn curvature(&self, _w: &Weights, mu: &Vector) -> Curvature {
        let &[inputs, hidden, outputs] = self.sizes.as_slice() else {
            return if self.is_affine() { Curvature::Zero } else { Curvature::Operator };
        };
        let mut scaled = self.inputs.clone();
        for (mut column, mu) in scaled.column_iter_mut().zip(mu) {
            column *= *mu;
        }
        let b = scaled * self.observed.transpose();
        let mut matrix = Matrix::zeros(inputs + outputs, inputs + outputs);
        matrix.view_mut((0, inputs), b.shape()).copy_from(&b);
        matrix.view_mut((inputs, 0), (outputs, inputs)).copy_from(&b.transpose());
        let copy = |a: usize| {
            let first = a * inputs..(a + 1) * inputs;
            first.chain((0..outputs).map(|o| hidden * inputs + o * hidden + a)).collect()
        };
        Curvature::Blocks(vec![Block { matrix, copies: (0..hidden).map(copy).collect() }])
    }

    fn is_affine(&self) -> bool {
        self.depth() == 1
    }

    /// The upper triangles of W_{l+1}ᵀW_{l+1} − W_lW_lᵀ, by columns, for l = 1 … L−1.
    fn invariants(&self, w: &Weights) -> Option<Vector> {
        let layers = self.layers(w);
        let mut values = Vec::new();
        for pair in layers.windows(2) {
            let difference = pair[1] * pair[1].transpose() - pair[0].transpose() * pair[0];
            values.extend((0..difference.ncols()).flat_map(|b| (0..=b).map(move |a| (a, b))).map(|ab| difference[ab]));
        }
        Some(Vector::from_vec(values))
    }

    /// Of W_L⋯W_1, through its transpose.
    fn singular_values(&self, w: &Weights) -> Option<Vector> {
        let product = self.layers(w).iter().map(|layer| layer.clone_owned()).reduce(|all, layer| all * layer)?;
        dense::singular_values(&product).ok()
    }
}
