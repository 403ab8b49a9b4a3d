//! Finds the package of each object: from its code, or else from its immediate dominator.

use std::collections::HashMap;
use std::path::Path;

use heapsnapshot::{Control, EdgeKind, Error, Location, NodeIx, NodeKind};

use super::identity::{Identity, Manifests, PackageKind, is_installed};
use crate::heap::{Heap, is_internal};
use crate::source::{SourceMap, Sources, read};
use crate::words::Word;

/// Index of a package in [`Owners::packages`].
pub(super) type PackageIx = u32;

/// No package is known yet.
const NONE: PackageIx = PackageIx::MAX;

/// The package of V8.
const V8: PackageIx = 0;

/// The package of Node, which every [`Owners`] has.
pub(super) const NODE: PackageIx = 1;

/// The package of every node of a snapshot.
pub(super) struct Owners {
    /// The packages. The first two are those of V8 and Node.
    pub(super) packages: Vec<Identity>,
    /// By node.
    pub(super) of: Vec<PackageIx>,
}

impl Owners {
    /// Finds the package of every node.
    pub(super) fn find(
        heap: &Heap<'_>,
        sources: &mut Sources,
        control: &Control,
    ) -> Result<Self, Error> {
        let mut finder = Finder::new(heap, sources);
        finder.by_scripts();
        control.check()?;
        finder.by_kinds();
        finder.modules();
        finder.contexts();
        finder.global_variables();
        control.check()?;
        let passed_on = finder.passed_on();
        let Finder { mut of, packages, .. } = finder;
        of[heap.graph.root().index()] = V8;
        for node in heap.analysis.preorder() {
            if of[node.index()] == NONE {
                let dominator = heap.analysis.dominator(node);
                of[node.index()] =
                    passed_on.get(&dominator).copied().unwrap_or(of[dominator.index()]);
            }
        }
        Ok(Self { packages, of })
    }
}

/// A script, with the data that leads from a position in it to a package.
struct Script {
    /// The name in V8: a path or URL, or empty.
    name: String,
    /// The package of the script itself.
    package: PackageIx,
    /// Its source map, if it is a bundle or was compiled.
    map: Option<SourceMap>,
    /// Packages of original files, by index in the sources of `map`.
    originals: HashMap<u32, PackageIx>,
}

/// Attributes the nodes of one snapshot, in the order of its methods.
struct Finder<'a, 's> {
    heap: &'a Heap<'a>,
    sources: &'s mut Sources,
    manifests: Manifests<fn(&Path) -> Option<String>>,
    /// The packages found so far.
    packages: Vec<Identity>,
    /// By identity: the index in `packages`.
    indices: HashMap<Identity, PackageIx>,
    /// The scripts found so far.
    scripts: Vec<Script>,
    /// By node of the script.
    script_of_node: HashMap<NodeIx, usize>,
    /// By node.
    of: Vec<PackageIx>,
}

impl<'a, 's> Finder<'a, 's> {
    /// Returns a finder that attributed no node yet.
    fn new(heap: &'a Heap<'a>, sources: &'s mut Sources) -> Self {
        let packages = vec![Identity::v8(), Identity::node()];
        let indices = packages.iter().cloned().zip([V8, NODE]).collect();
        Self {
            heap,
            sources,
            manifests: Manifests::new(read),
            packages,
            indices,
            scripts: Vec::new(),
            script_of_node: HashMap::new(),
            of: vec![NONE; heap.graph.node_count()],
        }
    }

    /// Returns the index of a package, adding it if needed.
    fn index(&mut self, identity: Identity) -> PackageIx {
        let next = u32::try_from(self.packages.len()).unwrap_or(NONE - 1);
        *self.indices.entry(identity).or_insert_with_key(|identity| {
            self.packages.push(identity.clone());
            next
        })
    }

    /// Returns the package of a file. `near`: a script on this machine that was built next to its
    /// `node_modules`.
    fn package_of_file(&mut self, file: &str, near: Option<&str>) -> PackageIx {
        let on_disk = self.sources.path(near.unwrap_or(file));
        let path = near.is_none().then(|| on_disk.as_ref().map(|path| path.display().to_string()));
        let identity =
            self.manifests.of(path.flatten().as_deref().unwrap_or(file), on_disk.as_deref());
        self.index(identity)
    }

    /// Returns the index of the script of a node, adding it if needed.
    fn script(&mut self, node: NodeIx) -> usize {
        if let Some(&known) = self.script_of_node.get(&node) {
            return known;
        }
        let name = self.heap.script_name(node);
        let script = if is_internal(&name) {
            // A script without a name was compiled by `eval` or a host; its dominator identifies
            // the package better.
            let package = if name.is_empty() { NONE } else { NODE };
            Script { name, package, map: None, originals: HashMap::new() }
        } else {
            let package = self.package_of_file(&name, None);
            let map = self.sources.map(&name, self.heap.script_text(node));
            Script { name, package, map, originals: HashMap::new() }
        };
        self.scripts.push(script);
        let at = self.scripts.len() - 1;
        self.script_of_node.insert(node, at);
        at
    }

    /// Returns the package of a position of a script: that of the original file if a source map
    /// leads to one.
    fn package_at(&mut self, script: usize, location: Location) -> PackageIx {
        let Script { name, package, map, originals } = &self.scripts[script];
        let Some(map) = map else { return *package };
        let Some(source) = map.source(location.line, location.column) else { return *package };
        if let Some(&known) = originals.get(&source) {
            return known;
        }
        let Some(file) = map.source_file(source) else { return *package };
        let (package, name) = (*package, name.clone());
        let is_path = Path::new(&file).is_absolute();
        // Names given by bundlers, such as `webpack://app/./src/a.ts`, identify a package only
        // below `node_modules`. The same holds for maps shipped with a package: their other paths
        // existed on the author's machine only.
        let is_own = is_path && self.packages[package as usize].kind == PackageKind::Application;
        let found = if is_own || is_installed(&file) {
            self.package_of_file(&file, (!is_path).then_some(&*name))
        } else {
            package
        };
        self.scripts[script].originals.insert(source, found);
        found
    }

    /// Attributes functions, and the objects that they constructed: V8 records the position of the
    /// function for both.
    fn by_scripts(&mut self) {
        let heap = self.heap;
        let mut by_number: HashMap<u32, usize> = HashMap::new();
        for (node, location) in heap.graph.locations() {
            if !heap.is_closure(node) || by_number.contains_key(&location.script_id) {
                continue;
            }
            if let Some(script) = heap.script(node) {
                let script = self.script(script);
                by_number.insert(location.script_id, script);
            }
        }
        for (node, location) in heap.graph.locations() {
            if let Some(&script) = by_number.get(&location.script_id) {
                self.of[node.index()] = self.package_at(script, location);
            }
        }
    }

    /// Attributes V8's roots and builtins, native objects of Node, and scripts with their code.
    fn by_kinds(&mut self) {
        let heap = self.heap;
        for node in heap.graph.nodes() {
            if self.of[node.index()] != NONE {
                continue;
            }
            self.of[node.index()] = match heap.graph.kind(node) {
                NodeKind::SYNTHETIC if heap.is_root(node) => V8,
                NodeKind::NATIVE | NodeKind::SYNTHETIC
                    if heap.graph.name(node).starts_with("Node / ") =>
                {
                    NODE
                }
                // A bound function has no `SharedFunctionInfo`; its dominator identifies the
                // package better.
                NodeKind::CLOSURE if heap.internal(node, Word::Shared).is_some() => {
                    match heap.script(node) {
                        Some(script) => self.of_script(script),
                        None => V8,
                    }
                }
                NodeKind::CODE | NodeKind::HIDDEN => match heap.script_of_shared(node) {
                    Some(script) => {
                        let package = self.of_script(script);
                        self.of[script.index()] = package;
                        package
                    }
                    None => NONE,
                },
                _ => NONE,
            };
        }
    }

    /// Returns the package of a whole script; `NONE` if the node is not a script.
    fn of_script(&mut self, node: NodeIx) -> PackageIx {
        // Builtins have `undefined` here.
        if self.heap.internal(node, Word::Source).is_none() {
            return NONE;
        }
        let script = self.script(node);
        self.scripts[script].package
    }

    /// Attributes modules, which hold the exports of a file. The class of a module object is always
    /// one of Node's or V8's.
    fn modules(&mut self) {
        let heap = self.heap;
        for node in heap.graph.nodes() {
            let found = match heap.graph.kind(node) {
                NodeKind::OBJECT if self.of[node.index()] == NODE => self.common_js(node),
                NodeKind::HIDDEN if heap.graph.name(node) == "system / SourceTextModule" => {
                    let parts = heap.graph.edges(node).map(|edge| heap.graph.target(edge));
                    parts
                        .map(|part| self.of[part.index()])
                        .find(|of| ![NONE, V8, NODE].contains(of))
                }
                _ => None,
            };
            let Some(found) = found else { continue };
            self.of[node.index()] = found;
            // Other modules also hold these exports, so the module may not dominate them.
            if let Some(exports) = heap.property(node, Word::Exports)
                && self.of[exports.index()] == NONE
                && !heap.is_filler(exports)
            {
                self.of[exports.index()] = found;
            }
        }
    }

    /// Returns the package of a `CommonJS` module, from its `filename`.
    fn common_js(&mut self, module: NodeIx) -> Option<PackageIx> {
        let heap = self.heap;
        heap.property(module, Word::Exports)?;
        let name = heap.property(module, Word::Filename).filter(|&name| heap.is_string(name))?;
        let file = heap.graph.name(name).to_string_lossy().into_owned();
        Path::new(&file).is_absolute().then(|| self.package_of_file(&file, None))
    }

    /// Attributes a scope, and the scopes around it, to the package of a function created in it.
    fn contexts(&mut self) {
        let heap = self.heap;
        for node in heap.graph.nodes() {
            let package = self.of[node.index()];
            if package == NONE || package == V8 {
                continue;
            }
            if !matches!(heap.graph.kind(node), NodeKind::CLOSURE | NodeKind::OBJECT) {
                continue;
            }
            for scope in heap.scopes(node) {
                if !heap.is_context(scope) || self.of[scope.index()] != NONE {
                    break;
                }
                self.of[scope.index()] = package;
            }
        }
    }

    /// Attributes global variables to the application, if there is only one.
    fn global_variables(&mut self) {
        let heap = self.heap;
        let is_application = |package: &Identity| package.kind == PackageKind::Application;
        let mut applications =
            (0..).zip(&self.packages).filter(|(_, package)| is_application(package));
        let (Some((application, _)), None) = (applications.next(), applications.next()) else {
            return;
        };
        let roots = heap.graph.edges(heap.graph.root());
        for root in roots.filter(|&edge| heap.graph.edge_kind(edge) == EdgeKind::SHORTCUT) {
            let root = heap.graph.target(root);
            // Newer V8 (Node 26) has the native context in this place.
            let global = heap.internal(root, Word::GlobalObject).unwrap_or(root);
            for edge in heap.graph.edges(global) {
                let value = heap.graph.target(edge);
                if heap.graph.edge_kind(edge) == EdgeKind::PROPERTY
                    && heap.analysis.dominator(value) == global
                    && self.of[value.index()] == NONE
                {
                    self.of[value.index()] = application;
                }
            }
        }
    }

    /// Returns the package of the objects that an object of Node dominates, if it is not Node: an
    /// object that holds functions of one package only, such as a `Timeout`, holds the rest for
    /// that package, too.
    fn passed_on(&self) -> HashMap<NodeIx, PackageIx> {
        let heap = self.heap;
        let objects = heap.graph.nodes().filter(|&node| {
            self.of[node.index()] == NODE && heap.graph.kind(node) == NodeKind::OBJECT
        });
        objects.filter_map(|node| Some((node, self.sole_package_of_functions(node)?))).collect()
    }

    /// Returns the package of the functions that an object refers to, if they have one in common.
    fn sole_package_of_functions(&self, node: NodeIx) -> Option<PackageIx> {
        let heap = self.heap;
        let mut sole = None;
        for edge in heap.graph.edges(node) {
            let target = heap.graph.target(edge);
            if heap.graph.edge_kind(edge) != EdgeKind::PROPERTY || !heap.is_closure(target) {
                continue;
            }
            let package = self.of[target.index()];
            if [NONE, V8, NODE].contains(&package) {
                continue;
            }
            if sole.is_some_and(|sole| sole != package) {
                return None;
            }
            sole = Some(package);
        }
        sole
    }
}
