//! The description of the interface: OpenAPI 3.1, made from the table of parameters and that of statuses.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::failure::usual_status;
use crate::dialect::{Expected, SECTIONS, Section};
use crate::request::{DenialKind, Medium};

/// The media types of answers that are no pictures.
const TEXT: &str = "text/plain";
const JSON: &str = "application/json";

/// Parameters of the query that are in no table, and what they do.
const OTHERS: [(&str, &str); 4] = [
    ("sig", "The signature, where URLs must be signed"),
    ("exp", "Until when a signed URL is good, in seconds since 1970"),
    ("v", "The version of the original: nothing is asked for by it"),
    ("explain", "Where the operator lets it be asked for: why the picture would be what it would be, as JSON"),
];

/// The whole description.
pub fn openapi() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "description": env!("CARGO_PKG_DESCRIPTION"),
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "paths": {
            "/{path}": {
                "parameters": [path("path", "The path of an original below the root")],
                "get": picture("getPicture", "A file untouched, or a rendition of it"),
                "head": picture("headPicture", "What is said of it"),
            },
            "/health": { "get": text("getHealth", "Tells that the process serves", &[]) },
            "/ready": { "get": text("getReady", "Tells whether requests should be sent here", &[503]) },
            "/metrics": { "get": text("getMetrics", "Metrics in the text format of Prometheus", &[404]) },
            "/_/openapi.json": { "get": document("getDescription", "This description") },
            "/_/files": { "get": listing() },
            "/_/sign": { "post": signing() },
            "/_/cache/{path}": {
                "parameters": [path("path", "A picture, or with a slash at its end a folder")],
                "delete": purge(),
            },
        },
        "components": {
            "securitySchemes": { "operator": { "type": "http", "scheme": "bearer" } },
            "schemas": { "Problem": problem() },
        },
    })
}

fn path(name: &str, meaning: &str) -> Value {
    json!({
        "name": name, "in": "path", "required": true, "description": meaning,
        "schema": { "type": "string", "minLength": 1 },
    })
}

fn picture(id: &str, meaning: &str) -> Value {
    let tables = SECTIONS.iter().flat_map(|Section { title, parameters }| {
        parameters.iter().flat_map(move |parameter| {
            let expected = (parameter.expected)();
            parameter.names.iter().map(move |name| {
                let is_usual = *name == parameter.name();
                let meaning = if is_usual { parameter.meaning.to_owned() } else { format!("As {}", parameter.name()) };
                json!({
                    "name": name, "in": "query", "description": format!("{title}. {meaning}. Expected: {expected}."),
                    "schema": schema(&expected), "x-section": title,
                    "x-alias-of": (!is_usual).then(|| parameter.name()),
                })
            })
        })
    });
    let others = OTHERS.iter().map(|(name, meaning)| {
        json!({ "name": name, "in": "query", "description": meaning, "schema": { "type": "string" } })
    });
    let headers =
        [("If-None-Match", "The tags that the client has"), ("Range", "The part of an untouched file that is wanted")];
    let headers = headers.iter().map(|(name, meaning)| {
        json!({ "name": name, "in": "header", "description": meaning, "schema": { "type": "string" } })
    });
    let known: BTreeSet<_> = OTHERS.iter().map(|(name, _)| *name).collect();
    let tables = tables.filter(|row| !row["name"].as_str().is_some_and(|name| known.contains(name)));
    json!({
        "operationId": id, "summary": meaning, "tags": ["pictures"],
        "parameters": tables.chain(others).chain(headers).collect::<Vec<_>>(),
        "responses": picture_responses(),
    })
}

/// Words and ranges that the text of the table names; else any text. Values are read more widely than these say.
fn schema(expected: &Expected) -> Value {
    let any = json!({ "type": "string" });
    match expected {
        Expected::OneOf(words) => json!({ "anyOf": [{ "enum": words }, any] }),
        Expected::TextOr(text, words) => match range(text) {
            Some(numbers) => json!({ "anyOf": [numbers, { "enum": words }, any] }),
            None => json!({ "anyOf": [{ "enum": words }, any] }),
        },
        Expected::Like(..) => any,
        Expected::Text(text) => match range(text) {
            Some(numbers) => json!({ "anyOf": [numbers, any] }),
            None => any,
        },
    }
}

/// The numbers of a text that says `from 1 to 100`.
fn range(text: &str) -> Option<Value> {
    let (before, after) = text.split_once("from ")?;
    let (least, rest) = after.split_once(" to ")?;
    let is_part = |letter: char| letter.is_ascii_digit() || letter == '.' || letter == '-';
    let most = rest.split(|letter| !is_part(letter)).next()?.trim_end_matches('.');
    let (least, most) = (least.parse::<f64>().ok()?, most.parse::<f64>().ok()?);
    let kind = if before.contains("whole") || before.contains("pixels") { "integer" } else { "number" };
    Some(json!({ "type": kind, "minimum": least, "maximum": most }))
}

/// Every status that a request for a picture can come to, by the table of statuses.
fn picture_responses() -> Value {
    let media: BTreeSet<_> = Medium::all().map(|medium| bare(medium.mime())).chain([JSON, "text/html"]).collect();
    let content: Map<_, _> = media.into_iter().map(|mime| (mime.to_owned(), json!({}))).collect();
    let mut responses = Map::new();
    responses.insert("200".to_owned(), json!({ "description": "The picture", "content": content }));
    let parts: Map<_, _> =
        content.keys().cloned().chain(["multipart/byteranges".to_owned()]).map(|mime| (mime, json!({}))).collect();
    responses.insert("206".to_owned(), json!({ "description": "A part of an untouched file", "content": parts }));
    responses.insert("304".to_owned(), json!({ "description": "The client has it" }));
    responses
        .insert("307".to_owned(), json!({ "description": "A store has it, or the page of the playground is there" }));
    responses.insert("416".to_owned(), json!({ "description": "The file has no such part", "content": { TEXT: {} } }));
    let statuses: BTreeSet<_> = DenialKind::ALL.into_iter().map(usual_status).collect();
    for status in statuses {
        responses.insert(status.as_str().to_owned(), denial(status.canonical_reason().unwrap_or_default()));
    }
    Value::Object(responses)
}

fn bare(mime: &str) -> &str {
    mime.split(';').next().unwrap_or_default()
}

fn denial(reason: &str) -> Value {
    let problem = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
    json!({ "description": reason, "content": { TEXT: { "schema": { "type": "string" } }, JSON: problem } })
}

fn problem() -> Value {
    json!({
        "type": "object", "required": ["status", "message"],
        "properties": { "status": { "type": "integer" }, "message": { "type": "string" } },
    })
}

fn text(id: &str, meaning: &str, more: &[u16]) -> Value {
    let mut responses = Map::new();
    responses.insert("200".to_owned(), json!({ "description": meaning, "content": { TEXT: {} } }));
    for status in more.iter().chain(&[400]) {
        responses.insert(status.to_string(), denial("It is not so"));
    }
    json!({ "operationId": id, "summary": meaning, "tags": ["server"], "responses": responses })
}

fn document(id: &str, meaning: &str) -> Value {
    json!({
        "operationId": id, "summary": meaning, "tags": ["playground"],
        "responses": {
            "200": { "description": meaning, "content": { JSON: { "schema": { "type": "object" } } } },
            "400": denial("It cannot be understood"), "403": denial("It needs a token"), "404": denial("It is off"),
        },
    })
}

fn listing() -> Value {
    let file = json!({
        "type": "object", "required": ["name", "path", "bytes", "format"],
        "properties": {
            "name": { "type": "string" }, "path": { "type": "string" }, "bytes": { "type": "integer" },
            "format": { "type": "string" },
        },
    });
    let folder = json!({
        "type": "object", "required": ["name", "path"],
        "properties": { "name": { "type": "string" }, "path": { "type": "string" } },
    });
    let schema = json!({
        "type": "object", "required": ["folder", "folders", "files", "has_more"],
        "properties": {
            "folder": { "type": "string" }, "has_more": { "type": "boolean" },
            "folders": { "type": "array", "items": folder }, "files": { "type": "array", "items": file },
        },
    });
    json!({
        "operationId": "getFiles", "summary": "The pictures and folders in a folder of the root", "tags": ["playground"],
        "parameters": [{
            "name": "folder", "in": "query", "description": "Below the root; empty for the root itself", "schema": { "type": "string" },
        }],
        "responses": {
            "200": { "description": "Those that may be served", "content": { JSON: { "schema": schema } } },
            "400": denial("It is no path"), "403": denial("It needs a token"), "404": denial("There is no such folder"),
            "502": denial("The store cannot be asked"), "504": denial("The store says nothing in time"),
        },
    })
}

fn signing() -> Value {
    let url = json!({ "type": "string", "description": "Its path and query" });
    let one = json!({ "type": "object", "required": ["url"], "properties": { "url": url } });
    let many =
        json!({ "type": "object", "required": ["urls"], "properties": { "urls": { "type": "array", "items": url } } });
    let schema = json!({ "oneOf": [one, many] });
    json!({
        "operationId": "sign", "summary": "Signs URLs, with the operator's token", "tags": ["playground"],
        "security": [{ "operator": [] }],
        "requestBody": { "required": true, "content": { JSON: { "schema": schema } } },
        "responses": {
            "200": { "description": "Signed, in the shape of the question", "content": { JSON: { "schema": schema } } },
            "400": denial("It names no URLs"), "403": denial("It needs a token"), "404": denial("Nothing is signed here"),
            "405": denial("It is asked otherwise"), "504": denial("The question does not arrive in time"),
        },
    })
}

fn purge() -> Value {
    json!({
        "operationId": "purge", "summary": "Forgets all that was made of a picture or a folder", "tags": ["server"],
        "security": [{ "operator": [] }],
        "responses": {
            "204": { "description": "It is forgotten" }, "400": denial("It is not understood"), "401": denial("There is no token"),
            "403": denial("It is another token"), "404": denial("There is no such address here"), "405": denial("It is asked otherwise"),
            "502": denial("Other servers could not be told"), "500": denial("It could not be written down"),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::parameters;

    #[test]
    fn every_name_of_every_parameter_is_in_the_description_once() {
        let described = openapi();
        let rows = described["paths"]["/{path}"]["get"]["parameters"].as_array().unwrap().clone();
        let names: Vec<_> =
            rows.iter().filter(|row| row["in"] == "query").filter_map(|row| row["name"].as_str()).collect();
        for name in parameters().flat_map(|parameter| parameter.names) {
            assert_eq!(names.iter().filter(|known| *known == name).count(), 1, "{name}");
        }
    }

    #[test]
    fn every_status_of_a_denial_is_in_the_description() {
        let described = openapi();
        for kind in DenialKind::ALL {
            let status = usual_status(kind).as_str().to_owned();
            assert!(described["paths"]["/{path}"]["get"]["responses"].get(&status).is_some(), "{status}");
        }
    }

    #[test]
    fn numbers_are_told_where_the_table_names_them() {
        assert_eq!(
            range("a whole number from 0 to 100"),
            Some(json!({ "type": "integer", "minimum": 0.0, "maximum": 100.0 }))
        );
        assert_eq!(
            range("a number from 0.3 to 1000, or 0"),
            Some(json!({ "type": "number", "minimum": 0.3, "maximum": 1000.0 }))
        );
        assert_eq!(range("a colour such as ffcc00"), None);
    }
}
