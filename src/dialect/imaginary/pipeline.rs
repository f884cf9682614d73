//! Pipelines: up to ten operations, one after the other, as JSON says them.

use serde_json::{Map, Value};

use super::operations::{Ground, ImageOperation};
use super::options::{ImaginaryOptions, OptionValue};
use super::rounds::Rounds;

/// The most operations.
const MOST: usize = 10;

/// One operation, as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PipelineStep {
    name: String,
    /// Where it cannot be done, the picture stays as it is.
    may_fail: bool,
    parameters: Map<String, Value>,
}

/// Reads the operations. What follows their list does not count.
///
/// # Errors
/// It is no list of operations, or one of them has a field that there is not.
pub(super) fn parse(text: &str) -> Result<Vec<PipelineStep>, String> {
    // Fewer letters are no JSON, and count for nothing in imaginary.
    if text.len() < 2 {
        return Ok(Vec::new());
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match values.next() {
        None => Err("EOF".to_owned()),
        Some(Err(_)) => Err("invalid character in the JSON of the operations".to_owned()),
        Some(Ok(Value::Null)) => Ok(Vec::new()),
        Some(Ok(Value::Array(steps))) => steps.into_iter().map(step).collect(),
        Some(Ok(_)) => Err("json: cannot unmarshal a value that is no array into the operations".to_owned()),
    }
}

fn step(value: Value) -> Result<PipelineStep, String> {
    let mut step = PipelineStep { name: String::new(), may_fail: false, parameters: Map::new() };
    let fields = match value {
        Value::Object(fields) => fields,
        Value::Null => Map::new(),
        _ => return Err("json: cannot unmarshal a value that is no object into an operation".to_owned()),
    };
    for (name, value) in fields {
        // Go reads names of fields in any letter case.
        let known =
            ["operation", "ignore_failure", "params"].into_iter().find(|known| known.eq_ignore_ascii_case(&name));
        match (known, value) {
            (Some(_), Value::Null) => {}
            (Some("operation"), Value::String(name)) => step.name = name,
            (Some("ignore_failure"), Value::Bool(may_fail)) => step.may_fail = may_fail,
            (Some("params"), Value::Object(parameters)) => step.parameters = parameters,
            (Some(known), _) => return Err(format!("json: cannot unmarshal the value of {known}")),
            (None, _) => return Err(format!("json: unknown field {}", super::parsing::quoted(&name))),
        }
    }
    Ok(step)
}

/// Adds what all of them ask for, in their order.
///
/// # Errors
/// There are none, or too many, or one is not known or cannot be done.
pub(super) fn add(steps: &[PipelineStep], ground: &Ground<'_>, rounds: &mut Rounds) -> Result<(), String> {
    if steps.is_empty() {
        return Err("Missing or invalid pipeline operations JSON".to_owned());
    }
    if steps.len() > MOST {
        return Err("Maximum allowed pipeline operations exceeded".to_owned());
    }
    // All are read before any is done: names and values are no failures that could be ignored.
    let read = steps.iter().map(|step| {
        let operation = ImageOperation::in_pipeline(&step.name)
            .ok_or_else(|| format!("Unsupported operation name: {}", super::parsing::shortened(&step.name)))?;
        let mut options = ImaginaryOptions::default();
        for (name, value) in &step.parameters {
            options.put(name, OptionValue::Json(value))?;
        }
        Ok((operation, options, step.may_fail))
    });
    for (operation, options, may_fail) in read.collect::<Result<Vec<_>, String>>()? {
        match operation.add(&options, ground, may_fail, rounds) {
            Err(_) if may_fail => {}
            done => done?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_read_as_go_reads_them() {
        let text = r#"[{"Operation":"crop","params":{"width":300}},{"operation":"flip","ignore_failure":true,"params":null}] x"#;
        let steps = parse(text).unwrap();
        assert_eq!(
            steps.iter().map(|step| (&*step.name, step.may_fail)).collect::<Vec<_>>(),
            [("crop", false), ("flip", true)]
        );
        assert_eq!(steps[0].parameters["width"], 300);
        assert_eq!(
            ["", "[", "null", "[]"].map(|text| parse(text).map(|steps| steps.len())),
            [Ok(0), Ok(0), Ok(0), Ok(0)]
        );
    }

    #[test]
    fn what_is_no_list_of_operations_is_an_error() {
        for text in [
            "{}",
            "[1]",
            "[{]",
            "  ",
            r#"[{"operation":1}]"#,
            r#"[{"ignore_failure":"true"}]"#,
            r#"[{"params":[]}]"#,
            r#"[{"operation":"crop","name":"x"}]"#,
            "\"crop\"",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
