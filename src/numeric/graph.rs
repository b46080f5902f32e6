//! Functions ℝᵈ → ℝⁿ as graphs of elementary operations, evaluated in intervals together with their derivatives.
//!
//! A model writes its residuals down once; values, Jacobian (reverse sweeps) and the Hessian of Σμₖrₖ (forward over reverse)
//! follow, each an enclosure over a box. One reverse sweep costs as much as a few evaluations.

use std::collections::HashMap;

use super::interval::Interval;
pub use super::smooth::Function;

/// A value in a [`Graph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node(usize);

impl Node {
    /// Its place in the graph: variables come first.
    pub fn index(self) -> usize {
        self.0
    }
}

#[derive(Debug, Clone)]
enum Operation {
    Variable,
    Linear { constant: f64, terms: Vec<(f64, usize)> },
    Product(usize, usize),
    Apply(Function, usize),
}

/// Elementary operations on d variables, each on nodes before it.
#[derive(Debug, Clone)]
pub struct Graph {
    operations: Vec<Operation>,
    variables: usize,
    products: HashMap<(usize, usize), Node>,
}

impl Graph {
    /// d variables and nothing else.
    pub fn new(variables: usize) -> Self {
        Graph { operations: vec![Operation::Variable; variables], variables, products: HashMap::new() }
    }

    /// The variable i < d of any graph.
    pub fn variable(i: usize) -> Node {
        Node(i)
    }

    /// constant + Σ coefficient·node. Zero coefficients are left out.
    pub fn linear(&mut self, constant: f64, terms: impl IntoIterator<Item = (f64, Node)>) -> Node {
        let terms = terms.into_iter().filter(|(a, _)| *a != 0.0).map(|(a, node)| (a, node.0)).collect();
        self.push(Operation::Linear { constant, terms })
    }

    /// a·b, one node for all products of the two and of their multiples.
    pub fn product(&mut self, a: Node, b: Node) -> Node {
        let ((first, a), (second, b)) = (self.multiple(a), self.multiple(b));
        let operands = (a.min(b), a.max(b));
        let product = match self.products.get(&operands) {
            Some(known) => *known,
            None => {
                let new = self.push(Operation::Product(operands.0, operands.1));
                self.products.insert(operands, new);
                new
            }
        };
        [first, second].into_iter().flatten().fold(product, |product, factor| self.linear(0.0, [(factor, product)]))
    }

    /// The factor and what it multiplies, where the node is a multiple of another.
    fn multiple(&self, node: Node) -> (Option<f64>, usize) {
        match &self.operations[node.0] {
            Operation::Linear { constant: 0.0, terms } if terms.len() == 1 => (Some(terms[0].0), terms[0].1),
            _ => (None, node.0),
        }
    }

    /// a/b.
    pub fn quotient(&mut self, a: Node, b: Node) -> Node {
        let inverse = self.apply(Function::Power(-1.0), b);
        self.product(a, inverse)
    }

    /// Number of operations.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// d.
    pub fn variables(&self) -> usize {
        self.variables
    }

    /// The node at a place below [`Graph::len`].
    pub fn node(&self, index: usize) -> Node {
        Node(index)
    }

    /// The nodes that the operation at `node` takes.
    pub fn operands(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        let (terms, pair): (&[(f64, usize)], [Option<usize>; 2]) = match &self.operations[node.0] {
            Operation::Variable => (&[], [None, None]),
            Operation::Linear { terms, .. } => (terms, [None, None]),
            Operation::Product(a, b) => (&[], [Some(*a), Some(*b)]),
            Operation::Apply(_, a) => (&[], [Some(*a), None]),
        };
        terms.iter().map(|(_, k)| *k).chain(pair.into_iter().flatten()).map(Node)
    }

    /// `output` as a function of the nodes in `cut`, which become the variables; `None` where it depends on others too.
    pub fn above(&self, cut: &[Node], output: Node) -> Option<(Graph, Node)> {
        let mut above = Graph::new(cut.len());
        let mut known: Vec<Option<usize>> = vec![None; self.operations.len()];
        cut.iter().enumerate().for_each(|(k, node)| known[node.0] = Some(k));
        for i in self.variables..=output.0 {
            if known[i].is_some() {
                continue;
            }
            let operation = match &self.operations[i] {
                Operation::Variable => None,
                Operation::Linear { constant, terms } => {
                    let terms = terms.iter().map(|&(a, k)| Some((a, known[k]?))).collect::<Option<Vec<_>>>();
                    terms.map(|terms| Operation::Linear { constant: *constant, terms })
                }
                Operation::Product(a, b) => known[*a].zip(known[*b]).map(|(a, b)| Operation::Product(a, b)),
                Operation::Apply(function, a) => known[*a].map(|a| Operation::Apply(*function, a)),
            };
            known[i] = operation.map(|operation| above.push(operation).0);
        }
        known[output.0].map(|output| (above, Node(output)))
    }

    /// φ(a).
    pub fn apply(&mut self, function: Function, a: Node) -> Node {
        self.push(Operation::Apply(function, a.0))
    }

    fn push(&mut self, operation: Operation) -> Node {
        self.operations.push(operation);
        Node(self.operations.len() - 1)
    }

    /// Enclosures of all nodes over a box of d intervals (missing ones are the whole line).
    pub fn over(&self, at: &[Interval]) -> Enclosed<'_> {
        let mut values: Vec<Interval> = Vec::with_capacity(self.operations.len());
        let mut slopes = Vec::with_capacity(self.operations.len());
        for (i, operation) in self.operations.iter().enumerate() {
            let mut slope = [Interval::ZERO; 2];
            values.push(match operation {
                Operation::Variable => at.get(i).copied().unwrap_or(Interval::ENTIRE),
                Operation::Linear { constant, terms } => {
                    let sum: Interval = terms.iter().map(|&(a, k)| Interval::point(a) * values[k]).sum();
                    Interval::point(*constant) + sum
                }
                Operation::Product(a, b) => values[*a] * values[*b],
                Operation::Apply(function, a) => {
                    let [value, first, second] = function.jet(values[*a]);
                    slope = [first, second];
                    value
                }
            });
            slopes.push(slope);
        }
        Enclosed { graph: self, values, slopes }
    }
}

/// A graph over a box.
pub struct Enclosed<'a> {
    graph: &'a Graph,
    values: Vec<Interval>,
    slopes: Vec<[Interval; 2]>,
}

fn zero(x: Interval) -> bool {
    x == Interval::ZERO
}

impl Enclosed<'_> {
    /// The values at `outputs`.
    pub fn values(&self, outputs: &[Node]) -> Vec<Interval> {
        outputs.iter().map(|node| self.values[node.0]).collect()
    }

    /// ∇Σₖ weightₖ·outputₖ, d intervals.
    pub fn gradient(&self, outputs: &[Node], weights: &[Interval]) -> Vec<Interval> {
        let mut adjoints = self.adjoints(outputs, weights);
        adjoints.truncate(self.graph.variables);
        adjoints
    }

    /// The Jacobian, one row of d intervals for each of `outputs`.
    pub fn jacobian(&self, outputs: &[Node]) -> Vec<Vec<Interval>> {
        outputs.iter().map(|&node| self.gradient(&[node], &[Interval::ONE])).collect()
    }

    /// Whether ∂output/∂node may vanish at every node: whether its enclosure reaches down to `floor`.
    pub fn still(&self, output: Node, floor: f64) -> Vec<bool> {
        self.adjoints(&[output], &[Interval::ONE]).into_iter().map(|bar| bar.mignitude() <= floor).collect()
    }

    /// ∇²Σₖ weightₖ·outputₖ: d rows of d intervals.
    pub fn hessian(&self, outputs: &[Node], weights: &[Interval]) -> Vec<Vec<Interval>> {
        let adjoints = self.adjoints(outputs, weights);
        (0..self.graph.variables).map(|i| self.hessian_row(i, &adjoints)).collect()
    }

    fn adjoints(&self, outputs: &[Node], weights: &[Interval]) -> Vec<Interval> {
        let mut adjoints = vec![Interval::ZERO; self.values.len()];
        for (node, weight) in outputs.iter().zip(weights) {
            adjoints[node.0] = adjoints[node.0] + *weight;
        }
        let last = outputs.iter().map(|node| node.0 + 1).max().unwrap_or(0);
        for i in (self.graph.variables..last).rev() {
            let bar = adjoints[i];
            if zero(bar) {
                continue;
            }
            match &self.graph.operations[i] {
                Operation::Variable => {}
                Operation::Linear { terms, .. } => {
                    for &(a, k) in terms {
                        adjoints[k] = adjoints[k] + bar * Interval::point(a);
                    }
                }
                Operation::Product(a, b) => {
                    adjoints[*a] = adjoints[*a] + bar * self.values[*b];
                    adjoints[*b] = adjoints[*b] + bar * self.values[*a];
                }
                Operation::Apply(_, a) => adjoints[*a] = adjoints[*a] + bar * self.slopes[i][0],
            }
        }
        adjoints
    }

    fn hessian_row(&self, variable: usize, adjoints: &[Interval]) -> Vec<Interval> {
        let n = self.values.len();
        let mut tangents = vec![Interval::ZERO; n];
        tangents[variable] = Interval::ONE;
        for i in self.graph.variables..n {
            tangents[i] = match &self.graph.operations[i] {
                Operation::Variable => Interval::ZERO,
                Operation::Linear { terms, .. } => {
                    terms.iter().filter(|(_, k)| !zero(tangents[*k])).map(|&(a, k)| Interval::point(a) * tangents[k]).sum()
                }
                Operation::Product(a, b) => tangents[*a] * self.values[*b] + self.values[*a] * tangents[*b],
                Operation::Apply(_, a) => self.slopes[i][0] * tangents[*a],
            };
        }
        let mut dots = vec![Interval::ZERO; n];
        for i in (self.graph.variables..n).rev() {
            let (bar, dot) = (adjoints[i], dots[i]);
            match &self.graph.operations[i] {
                Operation::Variable => {}
                Operation::Linear { terms, .. } => {
                    if !zero(dot) {
                        for &(a, k) in terms {
                            dots[k] = dots[k] + dot * Interval::point(a);
                        }
                    }
                }
                Operation::Product(a, b) => {
                    dots[*a] = dots[*a] + dot * self.values[*b] + bar * tangents[*b];
                    dots[*b] = dots[*b] + dot * self.values[*a] + bar * tangents[*a];
                }
                Operation::Apply(_, a) => {
                    dots[*a] = dots[*a] + dot * self.slopes[i][0] + bar * self.slopes[i][1] * tangents[*a];
                }
            }
        }
        dots.truncate(self.graph.variables);
        dots
    }
}
