use super::constants::{Constants, RADAU_3, RADAU_5, RADAU_7};
use crate::numeric::{Complex, Matrix, Vector};

/// Number of stages of a Radau IIA method; its order is 2s − 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Stages {
    /// Order 5.
    Three,
    /// Order 9.
    Five,
    /// Order 13.
    Seven,
}

impl Stages {
    /// s.
    pub fn count(self) -> usize {
        match self {
            Stages::Three => 3,
            Stages::Five => 5,
            Stages::Seven => 7,
        }
    }
}

/// A Radau IIA method: nodes, matrix, and the real form T Λ T⁻¹ of the matrix.
///
/// In the transformed unknowns ẑ = (T⁻¹ ⊗ I) z a real eigenvalue γ₀ acts on the first one, and each pair γ = a ± ib acts on two:
/// with amplitude ζ = p − iq of the columns (Re v, Im v), A acts as ζ → γζ.
#[derive(Debug, Clone)]
pub struct Tableau {
    /// Nodes c, 0 < c₁ < … < c_s = 1.
    pub c: Vector,
    /// A, s × s.
    pub a: Matrix,
    /// T, s × s.
    pub t: Matrix,
    /// T⁻¹, s × s.
    pub t_inverse: Matrix,
    /// The real eigenvalue γ₀ of A.
    pub gamma_real: f64,
    /// One eigenvalue of each conjugate pair, imaginary part > 0.
    pub gamma_pairs: Vec<Complex<f64>>,
    /// ℓⱼ'(0) of the Lagrange basis on {0, c₁ … c_s}: h p'(0) = Σⱼ slopeⱼ zⱼ for the collocation polynomial p.
    pub slope_at_start: Vector,
}

/// A tableau that fails one of its own conditions.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the {stages}-stage tableau violates {condition} by {defect:.3e} (allowed {allowed:.1e})")]
pub struct TableauError {
    /// Number of stages.
    pub stages: usize,
    /// The condition.
    pub condition: &'static str,
    /// By how much.
    pub defect: f64,
    /// What round-off allows.
    pub allowed: f64,
}

impl Tableau {
    /// The Radau IIA method with that many stages, checked.
    ///
    /// # Errors
    /// When a constant is wrong: rows of A must integrate cᵏ⁻¹ exactly (k ≤ s), its last row to degree 2s − 2, A = T Λ T⁻¹.
    pub fn radau(stages: Stages) -> Result<Tableau, TableauError> {
        let constants = match stages {
            Stages::Three => RADAU_3,
            Stages::Five => RADAU_5,
            Stages::Seven => RADAU_7,
        };
        let tableau = Self::from_constants(&constants);
        tableau.check()?;
        Ok(tableau)
    }

    fn from_constants(constants: &Constants) -> Tableau {
        let s = constants.c.len();
        let nodes: Vec<f64> = std::iter::once(0.0).chain(constants.c.iter().copied()).collect();
        Tableau {
            c: Vector::from_column_slice(constants.c),
            a: Matrix::from_row_slice(s, s, constants.a),
            t: Matrix::from_row_slice(s, s, constants.t),
            t_inverse: Matrix::from_row_slice(s, s, constants.t_inverse),
            gamma_real: constants.gamma_real,
            gamma_pairs: constants.gamma_pairs.iter().map(|&(re, im)| Complex::new(re, im)).collect(),
            slope_at_start: Vector::from_iterator(s, (1..=s).map(|j| basis_slope_at_first(&nodes, j))),
        }
    }

    /// Largest |hγ|.
    pub fn reach(&self, h: f64) -> f64 {
        h * self.gamma_pairs.iter().map(|g| g.norm()).fold(self.gamma_real, f64::max)
    }

    /// Number of stages s.
    pub fn stages(&self) -> usize {
        self.c.len()
    }

    /// Order 2s − 1 of the end values.
    pub fn order(&self) -> usize {
        2 * self.stages() - 1
    }

    /// ‖A T − T Λ‖ and the quadrature conditions.
    fn check(&self) -> Result<(), TableauError> {
        let s = self.stages();
        let allowed = 1e-13;
        let exceeds = |defect: f64| defect.is_nan() || defect > allowed;
        let fail = |condition, defect| Err(TableauError { stages: s, condition, defect, allowed });
        let mut lambda = Matrix::zeros(s, s);
        lambda[(0, 0)] = self.gamma_real;
        for (k, g) in self.gamma_pairs.iter().enumerate() {
            let i = 1 + 2 * k;
            (lambda[(i, i)], lambda[(i, i + 1)], lambda[(i + 1, i)], lambda[(i + 1, i + 1)]) = (g.re, g.im, -g.im, g.re);
        }
        let defect = (&self.a * &self.t - &self.t * lambda).amax();
        if exceeds(defect) {
            return fail("A T = T Λ", defect);
        }
        let defect = (&self.t * &self.t_inverse - Matrix::identity(s, s)).amax();
        if exceeds(defect) {
            return fail("T T⁻¹ = I", defect);
        }
        for k in 1..=s as i32 {
            let powers = self.c.map(|c| c.powi(k - 1));
            let defect = (&self.a * powers - self.c.map(|c| c.powi(k)) / f64::from(k)).amax();
            if exceeds(defect) {
                return fail("Σⱼ aᵢⱼ cⱼᵏ⁻¹ = cᵢᵏ/k", defect);
            }
        }
        for k in 1..=(2 * s - 1) as i32 {
            let total: f64 = (0..s).map(|j| self.a[(s - 1, j)] * self.c[j].powi(k - 1)).sum();
            let defect = (total - 1.0 / f64::from(k)).abs();
            if exceeds(defect) {
                return fail("Σⱼ bⱼ cⱼᵏ⁻¹ = 1/k", defect);
            }
        }
        if self.c[s - 1] != 1.0 {
            return fail("c_s = 1", (self.c[s - 1] - 1.0).abs());
        }
        Ok(())
    }
}

/// ℓⱼ'(x₀) for the Lagrange basis on `nodes`, j ≥ 1.
fn basis_slope_at_first(nodes: &[f64], j: usize) -> f64 {
    let mut slope = 1.0 / (nodes[j] - nodes[0]);
    for (k, x) in nodes.iter().enumerate().skip(1) {
        if k != j {
            slope *= (nodes[0] - x) / (nodes[j] - x);
        }
    }
    slope
}

/// Values at `x` of the Lagrange basis on `nodes`.
pub(super) fn lagrange(nodes: &[f64], x: f64) -> Vec<f64> {
    (0..nodes.len())
        .map(|j| {
            let others = nodes.iter().enumerate().filter(|(k, _)| *k != j);
            others.map(|(_, y)| (x - y) / (nodes[j] - y)).product()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tableau_passes_its_own_conditions_and_a_wrong_digit_does_not() {
        for stages in [Stages::Three, Stages::Five, Stages::Seven] {
            let tableau = Tableau::radau(stages).expect("constants");
            assert_eq!(tableau.order(), 2 * stages.count() - 1);
            for entry in 0..stages.count() {
                let mut wrong = tableau.clone();
                wrong.a[(entry, 0)] += 1e-11;
                assert!(wrong.check().is_err());
            }
        }
    }

    #[test]
    fn the_slope_at_the_start_is_exact_for_polynomials_of_degree_s() {
        for stages in [Stages::Three, Stages::Five, Stages::Seven] {
            let tableau = Tableau::radau(stages).expect("constants");
            for k in 1..=stages.count() as i32 {
                let slope: f64 = tableau.slope_at_start.dot(&tableau.c.map(|c| c.powi(k)));
                assert!((slope - if k == 1 { 1.0 } else { 0.0 }).abs() < 1e-11, "degree {k}: {slope}");
            }
        }
    }
}
