//! `slowflow models`: what a problem file may name, with every parameter.

use serde_json::json;

use super::{Ended, Output, Refused, kinds};
use crate::model;
use crate::problem::parameters::Default;
use crate::problem::{Kind, Parameter, Value};

/// Runs the command.
pub fn run(as_json: bool, output: &mut Output) -> Result<Ended, Refused> {
    let lists = [
        ("models", "model", kinds::models()),
        ("teachers", "data", kinds::teachers()),
        ("regularisers", "regulariser", kinds::regularisers()),
    ];
    if as_json {
        let document: serde_json::Map<_, _> =
            lists.iter().map(|(list, _, kinds)| ((*list).to_owned(), kinds.iter().map(described).collect())).collect();
        output.print(&format!("{:#}\n", serde_json::Value::Object(document)))?;
        return Ok(Ended::Holds);
    }
    let bold = if output.colour() { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    for (k, (list, key, kinds)) in lists.iter().enumerate() {
        let gap = if k == 0 { "" } else { "\n" };
        output.print(&format!("{gap}{}{}{}: {key} = {{ kind = \"…\", … }}\n", bold.0, list.to_uppercase(), bold.1))?;
        for kind in kinds {
            output.print(&format!("\n  {}{}{}\n      {}\n{}", bold.0, kind.name, bold.1, kind.about, rows(kind)))?;
        }
    }
    Ok(Ended::Holds)
}

/// The aligned lines below a kind: weights and inputs of a model, then parameters.
fn rows(kind: &Kind) -> String {
    let mut rows: Vec<[String; 3]> = Vec::new();
    if let Some(entry) = model::find(kind.name) {
        rows.push(["weights:".into(), entry.weights.into(), String::new()]);
        if !entry.inputs.is_empty() {
            rows.push(["inputs:".into(), entry.inputs.into(), String::new()]);
        }
    }
    rows.extend(kind.parameters.iter().map(|p| [p.name.into(), accepted(p), p.about.into()]));
    let width = |column: usize| {
        let parameters = rows.iter().filter(|row| !row[2].is_empty() || column == 0);
        parameters.map(|row| row[column].chars().count()).max().unwrap_or(0)
    };
    let (first, second) = (width(0), width(1));
    let line =
        |row: &[String; 3]| format!("      {:first$}  {:second$}  {}", row[0], row[1], row[2]).trim_end().to_owned() + "\n";
    rows.iter().map(line).collect()
}

/// The type of a parameter with its default, shorter than in messages.
fn accepted(parameter: &Parameter) -> String {
    let kind = match &parameter.default {
        Default::RequiredNumber | Default::Number(_) => "number".into(),
        Default::RequiredInteger | Default::Integer(_) => "whole number".into(),
        Default::RequiredList => "list of numbers".into(),
        Default::RequiredMatrix => "list of rows".into(),
        Default::RequiredText | Default::Text => "text".into(),
        Default::RequiredTexts | Default::Texts => "list of texts".into(),
        Default::Table => "table of numbers".into(),
        Default::Choice(words) => words.join(" | "),
        Default::Flag(_) => "true | false".into(),
    };
    match parameter.default.value().as_ref().map(shown) {
        None => format!("{kind}, required"),
        Some(serde_json::Value::Null) => format!("{kind}, optional"),
        Some(serde_json::Value::String(word)) => format!("{kind}, default {word}"),
        Some(default) => format!("{kind}, default {default}"),
    }
}

fn described(kind: &Kind) -> serde_json::Value {
    let parameters: Vec<_> = kind
        .parameters
        .iter()
        .map(|p| {
            let default = p.default.value();
            json!({
                "name": p.name, "about": p.about, "allowed": p.default.words(),
                "required": default.is_none(), "default": default.as_ref().map(shown)
            })
        })
        .collect();
    match model::find(kind.name) {
        Some(entry) => json!({
            "name": kind.name, "about": kind.about, "weights": entry.weights, "inputs": entry.inputs, "parameters": parameters
        }),
        None => json!({ "name": kind.name, "about": kind.about, "parameters": parameters }),
    }
}

/// A default as JSON; null where absence is the default.
fn shown(value: &Value) -> serde_json::Value {
    match value {
        Value::Number(x) => json!(x),
        Value::Integer(k) => json!(k),
        Value::Word(word) if word.is_empty() => serde_json::Value::Null,
        Value::Word(word) => json!(word),
        Value::Flag(flag) => json!(flag),
        Value::List(list) => json!(list),
        Value::Matrix(_) | Value::Texts(_) | Value::Table(_) => serde_json::Value::Null,
    }
}
