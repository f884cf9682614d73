//! Modules that use each other in a circle: among those of one folder, what is below a folder counting as its own.

use std::collections::{BTreeMap, BTreeSet};

use super::text::File;

/// A module, from the root that the search is about.
type Module = Vec<String>;
/// What the modules of a folder use of one another, and where: by the folder, then by user and used.
type Uses = BTreeMap<Module, BTreeMap<(String, String), String>>;

/// The circles among the modules below `folder`, such as `codec/src`. Who hands a name on does not count: the module does
/// that it comes from. That a module and those within it know each other is not looked at.
pub fn circles(files: &[File], folder: &str) -> Vec<String> {
    let inside: Vec<_> = files.iter().filter(|file| file.path.starts_with(folder)).collect();
    let names = Names::of(&inside);
    let mut uses = Uses::new();
    for file in &inside {
        let user = within(&file.module);
        for sighting in file.sightings().iter().filter(|sighting| !sighting.is_test) {
            let Some(used) = names.home(&sighting.text) else { continue };
            let shared = user.iter().zip(&used).take_while(|(one, other)| one == other).count();
            if let (Some(one), Some(other)) = (user.get(shared), used.get(shared)) {
                let pair = (one.clone(), other.clone());
                let place = || format!("{}:{}", file.path, sighting.line);
                uses.entry(user[..shared].to_vec()).or_default().entry(pair).or_insert_with(place);
            }
        }
    }
    uses.iter().flat_map(|(parent, uses)| circles_among(folder, parent, uses)).collect()
}

/// A file's module without the name of its crate.
fn within(module: &[String]) -> Module {
    module.get(1..).unwrap_or_default().to_vec()
}

/// All modules, and the names that each has from elsewhere.
struct Names {
    modules: BTreeSet<Module>,
    imports: BTreeMap<(Module, String), Vec<String>>,
}

impl Names {
    fn of(files: &[&File]) -> Self {
        let modules = files.iter().map(|file| within(&file.module)).filter(|module| *module != ["lib"]).collect();
        let mut imports = BTreeMap::new();
        for file in files {
            for (name, path) in file.imported_names() {
                imports.insert((within(&file.module), name), path);
            }
        }
        Self { modules, imports }
    }

    /// The module that something of this path is written in.
    fn home(&self, path: &str) -> Option<Module> {
        let path: Vec<String> = path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
        self.home_of(&path, 0)
    }

    fn home_of(&self, path: &[String], depth: usize) -> Option<Module> {
        let rest = path.strip_prefix(&["crate".to_owned()])?;
        // Relative paths are resolved from the crate's name on.
        let rest = rest.strip_prefix(&["codec".to_owned()]).unwrap_or(rest);
        let mut module = Module::new();
        for (index, part) in rest.iter().enumerate() {
            let deeper = [module.as_slice(), std::slice::from_ref(part)].concat();
            if self.modules.contains(&deeper) {
                module = deeper;
                continue;
            }
            let imported = self.imports.get(&(module.clone(), part.clone())).filter(|_| depth < 8);
            return match imported {
                Some(path) => self.home_of(&[path.as_slice(), &rest[index + 1..]].concat(), depth + 1),
                None => Some(module),
            };
        }
        Some(module)
    }
}

/// One circle for each module that is in some: the shortest through it, told from its first module in the order of names.
fn circles_among(folder: &str, parent: &Module, uses: &BTreeMap<(String, String), String>) -> Vec<String> {
    let mut told: BTreeSet<Vec<String>> = BTreeSet::new();
    for start in uses.keys().map(|(user, _)| user) {
        let mut ways = vec![vec![start.clone()]];
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut circle = None;
        while circle.is_none() && !ways.is_empty() {
            let mut longer = Vec::new();
            for way in &ways {
                for (_, next) in uses.keys().filter(|(user, _)| Some(user) == way.last()) {
                    if next == start {
                        circle.get_or_insert(way.clone());
                    } else if seen.insert(next.clone()) {
                        longer.push([way.as_slice(), std::slice::from_ref(next)].concat());
                    }
                }
            }
            ways = longer;
        }
        if let Some(mut circle) = circle {
            let first = circle.iter().enumerate().min_by_key(|(_, name)| *name).map_or(0, |(index, _)| index);
            circle.rotate_left(first);
            told.insert(circle);
        }
    }
    let tell = |circle: Vec<String>| {
        let pairs = circle.iter().zip(circle.iter().cycle().skip(1));
        let steps =
            pairs.map(|(user, used)| format!("`{user}` uses `{used}` ({})", uses[&(user.clone(), used.clone())]));
        let place = [vec![folder.to_owned()], parent.clone()].concat().join("/");
        format!("{place}: {}", steps.collect::<Vec<_>>().join(", "))
    };
    told.into_iter().map(tell).collect()
}
