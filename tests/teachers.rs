//! Every teacher: the truth it claims, independence of its random streams, and refusals.

use slowflow::data::teacher::{TEACHERS, find};
use slowflow::data::{DataError, Split};
use slowflow::numeric::{Matrix, Vector, dense, rank};
use slowflow::problem::parameters::{Parameters, Value};

fn set(pairs: &[(&'static str, f64)]) -> Parameters {
    let value = |x: f64| if x.fract() == 0.0 && x >= 0.0 { Value::Integer(x as usize) } else { Value::Number(x) };
    pairs.iter().fold(Parameters::default(), |all, (name, x)| all.with(name, value(*x)))
}

/// The parameters of a teacher: those given, the defaults of all others.
fn draw(teacher: &str, seed: u64, pairs: &[(&'static str, f64)]) -> Result<Split, DataError> {
    let teacher = find(teacher).unwrap_or_else(|| panic!("{teacher}"));
    let mut parameters = set(pairs);
    for declared in teacher.parameters {
        if let (None, Some(value)) = (parameters.get(declared.name), declared.default.value()) {
            parameters.set(declared.name, value);
        }
    }
    (teacher.generate)(&parameters, seed)
}

fn example(teacher: &str) -> Vec<(&'static str, f64)> {
    match teacher {
        "linear-teacher" => vec![("samples", 6.0), ("dimension", 9.0), ("nonzero", 2.0)],
        "sparse-teacher" => vec![("samples", 6.0), ("dimension", 9.0), ("nonzero", 3.0), ("magnitude", 0.5)],
        "sparse-fourier-teacher" => vec![("samples", 40.0), ("frequencies", 5.0), ("nonzero", 2.0)],
        "low-rank-teacher" => vec![("rows", 5.0), ("columns", 6.0), ("rank", 2.0), ("observed", 24.0)],
        "sensing-teacher" => vec![("rows", 3.0), ("columns", 2.0), ("rank", 1.0), ("samples", 9.0)],
        "relu-sum-teacher" => vec![("samples", 10.0)],
        "tanh-teacher" => vec![("samples", 8.0), ("dimension", 3.0)],
        other => panic!("teacher `{other}` has no example in tests/teachers.rs: add one"),
    }
}

fn ok(split: Result<Split, DataError>) -> Split {
    split.unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn streams_are_independent_and_seeds_matter() {
    for teacher in TEACHERS {
        let plain = example(teacher.name);
        let with = |more: &[(&'static str, f64)]| [plain.as_slice(), more].concat();
        let split = ok(draw(teacher.name, 3, &plain));
        assert_eq!(split, ok(draw(teacher.name, 3, &plain)), "{}", teacher.name);
        assert_ne!(split, ok(draw(teacher.name, 4, &plain)), "{}", teacher.name);
        let noisy = ok(draw(teacher.name, 3, &with(&[("noise", 0.25)])));
        assert_eq!(split.train.inputs, noisy.train.inputs, "{}", teacher.name);
        assert_eq!(split.test, noisy.test, "{}", teacher.name);
        assert_ne!(split.train.targets, noisy.train.targets, "{}", teacher.name);
        assert_eq!(split.train.names.len(), split.train.inputs.ncols(), "{}", teacher.name);
        if teacher.parameters.iter().any(|parameter| parameter.name == "test-samples") {
            let tested = ok(draw(teacher.name, 3, &with(&[("test-samples", 4.0)])));
            assert_eq!(tested.train, split.train, "{}", teacher.name);
            assert_eq!(tested.test.map(|test| (test.samples(), test.names)), Some((4, split.train.names.clone())));
            let samples = split.train.samples();
            let longer = ok(draw(teacher.name, 3, &with(&[("samples", samples as f64 + 3.0)]))).train;
            assert_eq!(longer.inputs.rows(0, samples), split.train.inputs, "{}: more samples keep the first", teacher.name);
        }
    }
}

/// The least-squares solution of more equations than unknowns, by singular values.
fn solve(x: &Matrix, y: &Vector) -> Vector {
    let svd = dense::svd(x).unwrap_or_else(|e| panic!("{e}"));
    &svd.v * svd.u.tr_mul(y).component_div(&svd.values)
}

#[test]
fn linear_teachers_have_the_sparsity_they_claim() {
    for (teacher, nonzero) in [("linear-teacher", 2), ("sparse-teacher", 3), ("sparse-fourier-teacher", 2)] {
        let mut given = example(teacher);
        given.retain(|(name, _)| *name != "samples");
        given.push(("samples", 40.0));
        let train = ok(draw(teacher, 5, &given)).train;
        let beta = solve(&train.inputs, &train.targets);
        assert_eq!(beta.iter().filter(|b| b.abs() > 1e-10).count(), nonzero, "{teacher}: {beta}");
        if teacher == "sparse-teacher" {
            assert!(beta.iter().all(|b| b.abs() < 1e-10 || (b.abs() - 0.5).abs() < 1e-10), "{beta}");
        }
    }
    let dense = ok(draw("linear-teacher", 5, &[("samples", 20.0), ("dimension", 4.0)])).train;
    assert!(solve(&dense.inputs, &dense.targets).iter().all(|b| b.abs() > 1e-6));
}

#[test]
fn matrices_have_the_rank_they_claim() {
    let Split { train, test } = ok(draw("low-rank-teacher", 1, &example("low-rank-teacher")));
    let test = test.unwrap_or_else(|| panic!("six entries are not observed"));
    assert_eq!((train.samples(), test.samples()), (24, 6));
    let mut y = Matrix::repeat(5, 6, f64::NAN);
    for set in [&train, &test] {
        let places: Vec<(usize, usize)> = set.inputs.row_iter().map(|row| (row[0] as usize, row[1] as usize)).collect();
        assert!(places.is_sorted(), "row by row");
        for (place, value) in places.iter().zip(&set.targets) {
            y[*place] = *value;
        }
    }
    let values = dense::singular_values(&y).unwrap_or_else(|e| panic!("every entry is in one of the sets: {e}"));
    assert_eq!(rank::decide(values.as_slice()).map(|r| r.rank), Ok(2));
    assert_eq!(ok(draw("low-rank-teacher", 1, &[("rows", 3.0), ("columns", 3.0), ("rank", 1.0)])).test, None);

    let sensed = ok(draw("sensing-teacher", 1, &example("sensing-teacher"))).train;
    let y = Matrix::from_row_slice(3, 2, solve(&sensed.inputs, &sensed.targets).as_slice());
    let values = dense::singular_values(&y).unwrap_or_else(|e| panic!("{e}"));
    assert!(values[0] > 1e-3 && values[1] < 1e-12 * values[0], "{values}");
}

#[test]
fn a_sum_of_relus_is_piecewise_linear_between_its_kinks() {
    let grid = [("samples", 5.0), ("neurons", 3.0), ("test-samples", 4001.0)];
    let test = ok(draw("relu-sum-teacher", 2, &grid)).test.unwrap_or_else(|| panic!("a test set was asked for"));
    assert_eq!((test.inputs[0], test.inputs[4000]), (-2.0, 2.0));
    let y = &test.targets;
    let bends: Vec<usize> = (1..4000).filter(|k| (y[k - 1] - 2.0 * y[*k] + y[k + 1]).abs() > 1e-9).collect();
    let separate = bends.iter().enumerate().filter(|(i, k)| *i == 0 || bends[i - 1] + 1 < **k).count();
    assert_eq!(separate, 3, "{bends:?}");
}

#[test]
fn impossible_data_are_refused_with_the_numbers() {
    let refusal = |teacher: &str, seed, changes: &[(&'static str, f64)]| {
        let changed: Vec<_> = [example(teacher).as_slice(), changes].concat();
        draw(teacher, seed, &changed).err().map(|e| e.to_string()).unwrap_or_default()
    };
    assert!(
        refusal("linear-teacher", 1, &[("nonzero", 10.0)])
            .contains("`nonzero` of teacher `linear-teacher` is 10; allowed: a whole number from 1 to 9")
    );
    assert!(refusal("linear-teacher", 1, &[("samples", 0.0)]).contains("`samples`"));
    assert!(refusal("linear-teacher", 1, &[("noise", -0.5)]).contains("`noise`"));
    assert!(refusal("linear-teacher", 1, &[("samples", 1e9)]).contains("67.1 GiB for 1000000000 x 9 numbers"));
    for (teacher, key) in [("linear-teacher", "dimension"), ("tanh-teacher", "dimension"), ("low-rank-teacher", "rows")] {
        assert!(refusal(teacher, 1, &[(key, 1e15)]).contains("at most 4.0 GiB"), "{teacher} must not try to allocate");
    }
    assert!(refusal("low-rank-teacher", 1, &[("rank", 6.0)]).contains("from 1 to 5"));
    assert!(refusal("low-rank-teacher", 1, &[("observed", 31.0)]).contains("from 1 to 30"));
    assert!(refusal("low-rank-teacher", 1, &[("observed", 0.0), ("fraction", 1.5)]).contains("`fraction`"));
    let unseen = refusal("low-rank-teacher", 1, &[("observed", 5.0)]);
    assert!(unseen.contains("of the 5 x 6 matrix has none of the 5 observed entries"), "{unseen}");
    assert!(refusal("relu-sum-teacher", 1, &[("to", -3.0)]).contains("above `from`, -2"));
}
