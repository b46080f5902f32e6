//! A bounded sample of the weight columns of a file of unknown length: every 2ᵏ-th row, k growing as the file goes on.

/// Rows kept at most; at the end at least half as many, if the file has them.
const KEPT: usize = 128;

/// Weights at some rows of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// d, as the file has it.
    pub dimension: usize,
    /// (slow time s if the file has it, else the first column; w), in file order.
    pub rows: Vec<(f64, Vec<f64>)>,
    stride: usize,
}

impl Weights {
    /// Nothing kept yet.
    pub fn new(dimension: usize) -> Weights {
        Weights { dimension, rows: Vec::new(), stride: 1 }
    }

    /// Whether row number `index` is one to keep.
    pub fn wants(&self, index: usize) -> bool {
        self.dimension > 0 && index.is_multiple_of(self.stride)
    }

    /// Keeps a row; `cells` are all fields with whether they are weights.
    pub fn push<'a>(&mut self, clock: f64, cells: impl Iterator<Item = (&'a f64, &'a bool)>) {
        self.rows.push((clock, cells.filter(|(_, w)| **w).map(|(x, _)| *x).collect()));
        if self.rows.len() == KEPT {
            let mut k = 0;
            self.rows.retain(|_| {
                k += 1;
                k % 2 == 1
            });
            self.stride *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_keeps_evenly_spaced_rows_within_the_bound() {
        for length in [1, 5, 127, 128, 129, 1000, 4097] {
            let mut weights = Weights::new(1);
            for k in 0..length {
                if weights.wants(k) {
                    weights.push(k as f64, [(&(k as f64), &true)].into_iter());
                }
            }
            let kept: Vec<f64> = weights.rows.iter().map(|r| r.0).collect();
            assert!(kept.len() <= KEPT && kept.len() >= length.min(KEPT / 2), "{length}: {}", kept.len());
            assert!(kept.windows(2).all(|p| p[1] - p[0] == weights.stride as f64), "{length}: {kept:?}");
        }
    }
}
