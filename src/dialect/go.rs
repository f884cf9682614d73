//! Text as Go reads it, which three of the other systems are written in.

/// Reads a truth value, as `strconv.ParseBool` does; `None` where it is none.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
