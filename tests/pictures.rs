//! The pictures of the README are what the commands beside them draw.
//!
//! `SLOWFLOW_PICTURES=update cargo test --release --test pictures` draws them anew.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Of which problem, the picture, and how far a curve may lie from the stored one, of 420 units: the gap's axis ends at the
/// numerical error, which is rounding and differs between processors.
const PICTURES: [(&str, &str, f64); 3] = [
    ("problems/boursier2025/fig4_fourier.toml", "losses.svg", 1.0),
    ("problems/boursier2025/fig4_fourier.toml", "snapshots.svg", 1.0),
    ("problems/linear_regression/digits.toml", "gap.svg", 15.0),
];

fn slowflow(arguments: &[&str]) {
    let run = Command::new(env!("CARGO_BIN_EXE_slowflow")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let run = run.expect("the program starts");
    assert!(run.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&run.stderr));
}

/// Runs a problem and draws those of its figures that are pictures of the README; the folder of these.
fn drawn(problem: &str, folder: &Path) -> PathBuf {
    let text = |p: &Path| p.to_str().expect("a path in UTF-8").to_string();
    let folders = ["results", "figures"].map(|name| folder.join(Path::new(problem).file_stem().expect("a name")).join(name));
    if !folders[1].exists() {
        slowflow(&["verify", problem, "--out", &text(&folders[0])]);
        let only = PICTURES.iter().filter(|p| p.0 == problem).map(|p| p.1.trim_end_matches(".svg")).collect::<Vec<_>>().join(",");
        slowflow(&["report", &text(&folders[0]), "--format", "svg", "--only", &only, "--out", &text(&folders[1])]);
    }
    let [_, figures] = folders;
    figures
}

#[test]
fn the_sum_of_singular_values_stays_below_the_norm() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let results = folder.path().join("results");
    let out = results.to_str().expect("a path in UTF-8");
    slowflow(&["verify", "problems/matrix_sensing/sensing_5x4.toml", "--out", out]);
    spectrum_stays_below_the_norm(&results.join("spectrum-1e-3.csv"), &results.join("curve-1e-3.csv"));
}

#[test]
fn the_pictures_of_the_readme_are_current() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let stored = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let readme = std::fs::read_to_string("README.md").expect("the README");
    for (problem, name, tolerance) in PICTURES {
        let stem = Path::new(problem).file_stem().and_then(|s| s.to_str()).expect("a name");
        assert!(readme.contains(&format!("results/{stem}")) && readme.contains(&format!("docs/pictures/{name}")), "{name}");
        let new = std::fs::read_to_string(drawn(problem, folder.path()).join(name)).expect("drawn");
        if std::env::var("SLOWFLOW_PICTURES").is_ok_and(|v| v == "update") {
            std::fs::create_dir_all(&stored).expect("a folder");
            std::fs::write(stored.join(name), &new).expect("written");
        }
        let old = std::fs::read_to_string(stored.join(name)).expect("stored");
        assert_eq!(texts(&old), texts(&new), "{name}");
        let (before, now) = (curves(&old), curves(&new));
        assert!(before.len() >= 3 && before.len() == now.len(), "{name}: {} and {} curves", before.len(), now.len());
        for (a, b) in before.iter().zip(&now) {
            let apart = distance(a, b).max(distance(b, a));
            assert!(apart <= tolerance, "{name}: a curve is {apart} away from the stored picture; draw it anew");
        }
    }
}

/// For any factors Σσ(UVᵀ) ≤ ½(‖U‖² + ‖V‖²); in the end the minimal norm makes it an equality.
fn spectrum_stays_below_the_norm(spectrum: &Path, curve: &Path) {
    let rows = |p: &Path| -> Vec<Vec<f64>> {
        let text = std::fs::read_to_string(p).unwrap_or_else(|e| panic!("{}: {e}", p.display()));
        text.lines().skip(1).map(|l| l.split(',').map(|c| c.parse().unwrap_or(f64::NAN)).collect()).collect()
    };
    let (sigma, curve) = (rows(spectrum), rows(curve));
    assert_eq!(sigma.len(), curve.len());
    let slack: Vec<f64> = sigma
        .iter()
        .zip(&curve)
        .map(|(s, c)| {
            assert_eq!(s[0], c[0], "the same times");
            1.0 - 2.0 * s[2..].iter().sum::<f64>() / c[2]
        })
        .collect();
    assert!(slack.iter().all(|x| *x >= -1e-12), "{slack:?}");
    let (first, last) = (slack[0], slack[slack.len() - 1]);
    assert!(first > 0.1 && last < 0.02, "from {first} to {last}");
}

/// The content of all `<text>` elements, without their markup.
fn texts(svg: &str) -> Vec<String> {
    let inner = |t: &str| {
        let body = &t[t.find('>').expect("an end") + 1..t.find("</text>").expect("an end")];
        body.split('<').map(|p| p.rsplit('>').next().unwrap_or("")).collect::<String>()
    };
    svg.split("<text").skip(1).map(inner).filter(|t| !t.starts_with("slope")).collect()
}

/// The curves of a drawing: polylines inside of groups that are cut at the frame, filled areas left out.
fn curves(svg: &str) -> Vec<Vec<(f64, f64)>> {
    let groups = svg.split("<g clip-path").skip(1).map(|g| &g[..g.find("</g>").expect("an end")]);
    let paths = groups.flat_map(|g| g.split("<path d=\"").skip(1)).filter(|p| p.contains("fill=\"none\""));
    paths
        .map(|p| {
            let d = &p[..p.find('"').expect("a quote")];
            d.split(['M', 'L'])
                .filter_map(|p| {
                    let (x, y) = p.trim().split_once(' ')?;
                    Some((x.parse().ok()?, y.parse().ok()?))
                })
                .collect()
        })
        .collect()
}

/// The largest distance of a point of `a` from the polyline `b`.
fn distance(a: &[(f64, f64)], b: &[(f64, f64)]) -> f64 {
    let to_segment = |p: (f64, f64), q: (f64, f64), r: (f64, f64)| {
        let (dx, dy) = (r.0 - q.0, r.1 - q.1);
        let length = dx * dx + dy * dy;
        let along = if length > 0.0 { (((p.0 - q.0) * dx + (p.1 - q.1) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
        (p.0 - q.0 - along * dx).hypot(p.1 - q.1 - along * dy)
    };
    let nearest = |p: &(f64, f64)| b.windows(2).map(|s| to_segment(*p, s[0], s[1])).fold(f64::INFINITY, f64::min);
    a.iter().map(nearest).fold(0.0, f64::max)
}
