//! Does nothing itself. It makes `native-tools` a build dependency, and so puts its check before the libraries in
//! cargo's queue, where those that most others wait for come first: a missing tool is told before one fails over it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
