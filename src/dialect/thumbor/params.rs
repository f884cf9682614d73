//! What imagor tells of a path: how it is understood.

use serde_json::{Map, Value, json};

use super::order::{Coordinate, Side, ThumborOrder};
use super::signature::SignedPath;
use crate::request::Along;

/// What a path says, in imagor's words; what it does not say is left out.
pub(super) fn told(path: &str) -> Value {
    let route = SignedPath::of(path);
    let order = ThumborOrder::read(route.rest);
    let mut told = Map::new();
    let mut put = |name: &str, value: Value| {
        let is_said = !matches!(&value, Value::Null | Value::Bool(false)) && value != json!(0) && value != json!("");
        if is_said {
            told.insert(name.to_owned(), value);
        }
    };
    put("path", json!(route.rest));
    put("image", json!(percent_encoding::percent_decode_str(order.image).decode_utf8_lossy()));
    put("unsafe", json!(route.is_unsafe));
    put("hash", json!(route.signature));
    put("meta", json!(order.is_meta));
    put("trim", json!(order.trim.is_some()));
    if let Some(trim) = order.trim {
        put("trim_by", json!(if trim.is_by_end { "bottom-right" } else { "top-left" }));
        put("trim_tolerance", json!(trim.tolerance));
    }
    let names = ["crop_left", "crop_top", "crop_right", "crop_bottom"];
    for (name, edge) in names.into_iter().zip(order.crop.into_iter().flatten()) {
        put(name, if let Coordinate::Pixels(pixels) = edge { json!(pixels) } else { share(edge) });
    }
    put("fit_in", json!(order.fit_in.is_some()));
    put("adaptive_fit_in", json!(order.fit_in.is_some_and(|fit| fit.is_adaptive)));
    put("full_fit_in", json!(order.fit_in.is_some_and(|fit| fit.is_full)));
    put("stretch", json!(order.is_stretched));
    for (name, side) in [("width", order.width), ("height", order.height)] {
        put(name, if let Some(Side::Pixels(pixels)) = side { json!(pixels) } else { Value::Null });
    }
    let names = ["padding_left", "padding_top", "padding_right", "padding_bottom"];
    names.into_iter().zip(order.padding.into_iter().flatten()).for_each(|(name, pixels)| put(name, json!(pixels)));
    put("h_flip", json!(order.is_flopped));
    put("v_flip", json!(order.is_flipped));
    put("h_align", along(order.horizontal, ["left", "right"]));
    put("v_align", along(order.vertical, ["top", "bottom"]));
    put("smart", json!(order.is_smart));
    let filters = order.filters.iter().map(|filter| json!({ "name": filter.name, "args": filter.text }));
    let filters: Vec<_> = filters.collect();
    put("filters", if filters.is_empty() { Value::Null } else { json!(filters) });
    Value::Object(told)
}

fn share(edge: Coordinate) -> Value {
    if let Coordinate::Share(share) = edge { json!(share) } else { Value::Null }
}

fn along(along: Option<Along>, [begin, end]: [&str; 2]) -> Value {
    match along {
        Some(Along::Begin) => json!(begin),
        Some(Along::End) => json!(end),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_told_and_nothing_else() {
        let said = told("unsafe/0.5x10:90x90/fit-in/-50x20/5x6/left/smart/filters:fill(red):blur(4)/a%20b.jpg");
        let path = "0.5x10:90x90/fit-in/-50x20/5x6/left/smart/filters:fill(red):blur(4)/a%20b.jpg";
        assert_eq!(
            said,
            json!({
                "path": path, "image": "a b.jpg", "unsafe": true, "crop_left": 0.5, "crop_top": 10, "crop_right": 90,
                "crop_bottom": 90, "fit_in": true, "width": 50, "height": 20, "padding_left": 5, "padding_top": 6,
                "padding_right": 5, "padding_bottom": 6, "h_flip": true, "h_align": "left", "smart": true,
                "filters": [{ "name": "fill", "args": "red" }, { "name": "blur", "args": "4" }],
            })
        );
        assert_eq!(told("a.jpg"), json!({ "path": "a.jpg", "image": "a.jpg" }));
    }
}
