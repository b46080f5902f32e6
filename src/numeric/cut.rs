//! The fewest quantities through which a value depends on its variables: a narrowest cut of the graph of its operations.
//!
//! Every allowed node may carry one unit of flow from the variables to the output, all others any amount; a maximal flow is the
//! size of the narrowest cut (Menger; Ford and Fulkerson), and the nodes at the edge of what the variables still reach are
//! the narrowest cut nearest to them. A flow is augmented at most `limit` + 1 times, each in time linear in the operations.

use std::collections::VecDeque;

use super::graph::{Graph, Node};

const ANY: usize = usize::MAX / 2;

/// Node i enters at 2i and leaves at 2i + 1; the variables hang on the source.
struct Network {
    /// To where, how much more, and for every edge its reverse at the index ^ 1.
    edges: Vec<(usize, usize)>,
    leaving: Vec<Vec<usize>>,
}

impl Network {
    fn connect(&mut self, from: usize, to: usize, capacity: usize) {
        for (from, to, capacity) in [(from, to, capacity), (to, from, 0)] {
            self.leaving[from].push(self.edges.len());
            self.edges.push((to, capacity));
        }
    }

    /// The edge by which every reached place is entered on a shortest way from the source (`usize::MAX` at the source).
    fn reached(&self, source: usize) -> Vec<Option<usize>> {
        let mut entered = vec![None; self.leaving.len()];
        entered[source] = Some(usize::MAX);
        let mut waiting = VecDeque::from([source]);
        while let Some(place) = waiting.pop_front() {
            for &edge in &self.leaving[place] {
                let (to, left) = self.edges[edge];
                if left > 0 && entered[to].is_none() {
                    entered[to] = Some(edge);
                    waiting.push_back(to);
                }
            }
        }
        entered
    }
}

/// At most `limit` allowed nodes through which `output` depends on the variables, ascending; `None` where there are none.
pub fn narrowest(graph: &Graph, output: Node, allowed: impl Fn(Node) -> bool, limit: usize) -> Option<Vec<Node>> {
    let count = graph.len();
    let (source, sink) = (2 * count, 2 * output.index());
    let mut network = Network { edges: Vec::new(), leaving: vec![Vec::new(); 2 * count + 1] };
    for i in 0..count {
        let node = graph.node(i);
        network.connect(2 * i, 2 * i + 1, if allowed(node) { 1 } else { ANY });
        graph.operands(node).for_each(|operand| network.connect(2 * operand.index() + 1, 2 * i, ANY));
    }
    (0..graph.variables()).for_each(|i| network.connect(source, 2 * i, ANY));
    for _ in 0..=limit {
        let entered = network.reached(source);
        if entered[sink].is_none() {
            let edge = |i: &usize| entered[2 * i].is_some() && entered[2 * i + 1].is_none();
            return Some((0..count).filter(edge).map(|i| graph.node(i)).collect());
        }
        let mut place = sink;
        while let Some(edge) = entered[place].filter(|edge| *edge != usize::MAX) {
            network.edges[edge].1 -= 1;
            network.edges[edge ^ 1].1 += 1;
            place = network.edges[edge ^ 1].0;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_that_occur_twice_are_one_quantity() {
        // uv + (uv)² through uv; with w added anywhere else through uv and w.
        let mut graph = Graph::new(3);
        let [u, v, w] = [0, 1, 2].map(Graph::variable);
        let scaled = graph.linear(0.0, [(3.0, v)]);
        let (first, second) = (graph.product(u, v), graph.product(scaled, u));
        let square = graph.product(first, second);
        let sum = graph.linear(1.0, [(1.0, first), (1.0, square)]);
        let inner = |node: Node| node != sum && node != square;
        assert_eq!(narrowest(&graph, sum, inner, 2), Some(vec![first]));
        assert_eq!(narrowest(&graph, sum, |node| node.index() < 3, 3), Some(vec![u, v]));
        assert_eq!(narrowest(&graph, sum, |node| node.index() < 3, 1), None);
        let more = graph.product(sum, w);
        let inner = |node: Node| node != sum && node != square && node != more;
        assert_eq!(narrowest(&graph, more, inner, 2), Some(vec![w, first]));
        let above = graph.above(&[w, first], more).expect("a cut");
        let enclosed = above.0.over(&[2.0, 5.0].map(crate::numeric::interval::Interval::point));
        // (1 + 5 + 5·15)·2.
        assert!(enclosed.values(&[above.1])[0].contains(162.0));
        assert!(graph.above(&[first], more).is_none());
    }
}
