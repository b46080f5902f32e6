//! The JSON Schema of problem files (draft 2020-12), for editors: made from the declarations that the reader obeys.

use serde_json::{Map, Value, json};

use super::keys::{self, Key, Range, Shape};
use super::parameters::{Default, Kind, Parameter};

/// What `kind` may be, in the three places that have one.
pub struct Kinds<'a> {
    /// `model`.
    pub models: &'a [Kind],
    /// `data`, beside `none` and `csv`.
    pub teachers: &'a [Kind],
    /// `regulariser`.
    pub regularisers: &'a [Kind],
}

/// The schema of a problem file with these kinds.
pub fn json_schema(kinds: &Kinds) -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A problem file of slowflow",
        "description": "What is posed: model, data, loss, start, weight decays, window, tolerances. Order is free; other keys are refused."
    });
    merge(&mut schema, object(keys::PROBLEM, kinds));
    schema
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn object(declared: &[Key], kinds: &Kinds) -> Value {
    let mut properties = Map::new();
    for key in declared {
        let mut property = match (&key.shape, key.name) {
            (Shape::Kind, "model") => any(kinds.models.iter().map(of_kind).collect()),
            (Shape::Kind, "regulariser") => any(kinds.regularisers.iter().map(of_kind).collect()),
            (Shape::Kind, _) => {
                let files = [keys::NO_DATA, keys::CSV].into_iter().map(|table| object(table, kinds));
                any(files.chain(kinds.teachers.iter().map(of_kind)).collect())
            }
            (shape, _) => of_shape(shape, kinds),
        };
        merge(&mut property, json!({ "description": format!("{}; for example {}", key.about, key.example) }));
        properties.insert(key.name.into(), property);
    }
    let required: Vec<&str> = declared.iter().filter(|key| key.required).map(|key| key.name).collect();
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

fn any(options: Vec<Value>) -> Value {
    json!({ "anyOf": options })
}

fn of_shape(shape: &Shape, kinds: &Kinds) -> Value {
    match shape {
        Shape::Text => json!({ "type": "string" }),
        Shape::File => json!({ "type": "string", "minLength": 1 }),
        Shape::Word(words) => json!({ "enum": words }),
        Shape::Whole(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Shape::Number(range) => of_range(*range),
        Shape::Numbers(range) => json!({ "type": "array", "minItems": 1, "items": of_range(*range) }),
        Shape::Table(declared) => object(declared, kinds),
        Shape::Kind => json!({ "type": "object", "required": ["kind"] }),
        Shape::Either(shapes) => any(shapes.iter().map(|shape| of_shape(shape, kinds)).collect()),
    }
}

fn of_range(range: Range) -> Value {
    match range {
        Range::Finite => json!({ "type": "number" }),
        Range::Positive => json!({ "type": "number", "exclusiveMinimum": 0 }),
        Range::Decay => json!({ "type": "number", "minimum": 1e-100, "maximum": 1e100 }),
        Range::NonNegative => json!({ "type": "number", "minimum": 0 }),
        Range::SlowTime => json!({ "type": "number", "minimum": 0, "maximum": 1e15 }),
        Range::Relative => json!({ "type": "number", "minimum": 1e-14, "maximum": 0.1 }),
        Range::NonZero => json!({ "type": "number", "not": { "const": 0 } }),
    }
}

fn of_kind(kind: &Kind) -> Value {
    let mut properties = Map::new();
    properties.insert("kind".into(), json!({ "const": kind.name, "description": kind.about }));
    for parameter in kind.parameters {
        properties.insert(parameter.name.into(), of_parameter(parameter));
    }
    let needed = kind.parameters.iter().filter(|parameter| parameter.default.value().is_none());
    let required: Vec<&str> = std::iter::once("kind").chain(needed.map(|parameter| parameter.name)).collect();
    json!({
        "type": "object", "description": kind.about, "additionalProperties": false,
        "required": required, "properties": properties
    })
}

fn of_parameter(parameter: &Parameter) -> Value {
    let (number, text) = (json!({ "type": "number" }), json!({ "type": "string" }));
    let numbers = json!({ "type": "array", "minItems": 1, "items": number });
    let mut schema = match &parameter.default {
        Default::RequiredNumber => number,
        Default::Number(x) => json!({ "type": "number", "default": x }),
        Default::RequiredInteger => json!({ "type": "integer", "minimum": 0 }),
        Default::Integer(k) => json!({ "type": "integer", "minimum": 0, "default": k }),
        Default::RequiredList => numbers,
        Default::RequiredMatrix => json!({ "type": "array", "minItems": 1, "items": numbers }),
        Default::RequiredText | Default::Text => text,
        Default::RequiredTexts => json!({ "type": "array", "minItems": 1, "items": text }),
        Default::Texts => json!({ "type": "array", "items": text }),
        Default::Table => json!({ "type": "object", "additionalProperties": any(vec![number, numbers]) }),
        Default::Choice(words) => json!({ "enum": words, "default": words.first() }),
        Default::Flag(flag) => json!({ "type": "boolean", "default": flag }),
    };
    merge(&mut schema, json!({ "description": parameter.about }));
    schema
}
