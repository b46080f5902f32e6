use super::linearisation::{Factors, Linearisation};
use super::newton::StageValues;
use super::stepper::{History, Stepper};
use crate::field::Weights;
use crate::numeric::Vector;
use crate::numeric::bundle::{Bundle, Mix};

/// ∂w/∂λ and ∂μ/∂λ along a run at λ = 0.
///
/// The stages of every step are differentiated by λ, so this is the derivative of the computed solution itself: with
/// Cⱼ = α∇²R + Σₖ μₖ∇²rₖ at stage j,
///
/// ```text
/// zᵢ' = h Σⱼ aᵢⱼ (−Cⱼ Wⱼ' − Jⱼᵀ μⱼ' − (∂α/∂λ) ∇R(Wⱼ)),      c Jᵢ Wᵢ' − κ μᵢ' = (∂κ/∂λ) μᵢ
/// ```
///
/// (under a coupling its derivatives by κ take the place of the last term, and join the first equation), a linear system that
/// the factors of the step solve by iteration.
#[derive(Debug, Clone, PartialEq)]
pub struct Tangent {
    /// ∂w/∂λ.
    pub w: Weights,
    /// ∂μ/∂λ.
    pub mu: Vector,
}

/// The derivative where a run stands, and its stages in the last step.
#[derive(Debug, Clone)]
pub(super) struct Followed {
    pub end: Tangent,
    pub last: Option<History>,
}

/// Corrections below this, relative to the derivative, end the iteration.
const PRECISION: f64 = 1e-13;
const MOST_ITERATIONS: usize = 60;

impl Stepper<'_> {
    /// Follows ∂w/∂λ from here on, starting at `w`. For runs at λ = 0: in slow time κ = λ, in fast time α = λ.
    pub fn follow_tangent(&mut self, w: Weights) {
        let mu = Vector::zeros(self.mu.len());
        self.tangent = Some(Followed { end: Tangent { w, mu }, last: None });
    }

    /// ∂w/∂λ and ∂μ/∂λ where the run stands.
    pub fn tangent(&self) -> Option<&Tangent> {
        self.tangent.as_ref().map(|followed| &followed.end)
    }

    /// The derivative at the end of a step; `None` where the iteration does not converge.
    pub(super) fn step_tangent(
        &mut self,
        followed: &Followed,
        h: f64,
        values: &StageValues,
        linearisation: &Linearisation,
        factors: &Factors,
    ) -> Option<Followed> {
        let from = &followed.end;
        let residual = self.star.problem.residual.as_ref();
        let (d, n, s, c) = (self.w.len(), self.mu.len(), self.tableau.stages(), self.star.problem.c);
        let slow = self.clock.alpha == 1.0;
        let stages: Vec<Weights> = (0..s).map(|i| &self.w + values.z.column(i)).collect();
        let multipliers: Vec<Vector> = (0..s).map(|i| values.mu.column(i)).collect();
        let mut forced = Bundle::zeros(d);
        let (mut pull, mut rows) = (Weights::zeros(d), Vector::zeros(n));
        let mut by_kappa = Bundle::zeros(n);
        for (i, (w, mu)) in stages.iter().zip(&multipliers).enumerate() {
            match residual.coupling() {
                _ if !slow => {
                    self.star.regulariser.gradient(w, &mut pull);
                    forced.set_column(i, &-&pull);
                }
                None => {
                    let soft = self.star.soft();
                    by_kappa.set_column(i, &mu.rows(0, soft).into_owned());
                }
                Some(coupling) => {
                    coupling.by_kappa(w, mu, &mut pull, &mut rows);
                    forced.set_column(i, &-&pull);
                    by_kappa.set_column(i, &rows);
                }
            }
        }
        let StageValues { mut z, mut mu } = self.predict_tangent(h, followed);
        let stage_sums = Mix::new(&self.tableau.a, h);
        let (into, back) = (Mix::new(&self.tableau.t_inverse, 1.0), Mix::new(&self.tableau.t, 1.0));
        let (mut curved, mut second, mut pulled, mut image) =
            (Weights::zeros(d), Weights::zeros(d), Weights::zeros(d), Vector::zeros(n));
        let mut before = f64::INFINITY;
        for iteration in 0..MOST_ITERATIONS {
            let (mut slopes, mut defects) = (forced.clone(), Bundle::zeros(n));
            for i in 0..s {
                let change = &from.w + z.column(i);
                let change_mu = mu.column(i);
                residual.curvature_product(&stages[i], &multipliers[i], &change, &mut curved);
                if slow {
                    self.star.regulariser.hessian_product(&stages[i], &change, &mut second);
                    curved += &second;
                }
                residual.pull_back(&stages[i], &change_mu, &mut pulled);
                residual.push_forward(&stages[i], &change, &mut image);
                slopes.add_to_column(i, -1.0, &curved);
                slopes.add_to_column(i, -1.0, &pulled);
                let mut defect = self.star.defect(self.clock, &change_mu, &image);
                defect += by_kappa.column(i);
                defects.set_column(i, &defect);
            }
            let (mut first, mut other) = (Bundle::zeros(d), Bundle::zeros(n));
            first.misfit(&into, (&stage_sums, &slopes), &z);
            other.mix(&into, &defects);
            linearisation.solve(factors, c, &mut first, &mut other);
            self.work.linear_solves += 1;
            let correction = z.add_mixed(&back, &first);
            mu.mix(&back, &other);
            let size = from.w.norm() + z.norms().iter().map(|x| x * x).sum::<f64>().sqrt();
            if correction <= PRECISION * size || (correction >= 0.5 * before && correction <= 1e3 * PRECISION * size) {
                let end = Tangent { w: &from.w + z.column(s - 1), mu: mu.column(s - 1) };
                let last = History { h, start: from.w.clone(), values: StageValues { z, mu } };
                return Some(Followed { end, last: Some(last) });
            }
            if !correction.is_finite() || (iteration > 3 && correction > 2.0 * before) {
                return None;
            }
            before = correction;
        }
        None
    }
}
