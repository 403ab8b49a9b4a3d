use super::super::read;
use super::*;

/// Returns the first lines of the code at the positions, each with the function around it.
fn shown(scopes: &Scopes, sites: &[Site]) -> Vec<String> {
    let line = |site: &Site| {
        let text: Vec<u16> = scopes
            .text
            .split('\n')
            .nth(site.line as usize)
            .unwrap_or_default()
            .encode_utf16()
            .collect();
        let code = text.get(site.column as usize..site.end_column as usize).unwrap_or_default();
        let code = String::from_utf16_lossy(code);
        match &site.function {
            Some(function) => format!("{function}: {code}"),
            None => code,
        }
    };
    sites.iter().map(line).collect()
}

#[derive(PartialEq, Eq, Debug)]
struct Found {
    made: Vec<String>,
    filled: Vec<String>,
}

fn parsed(text: &str) -> Scopes {
    read(text.to_owned(), false).unwrap_or_default()
}

fn found(text: &str, target: Target<'_>) -> Found {
    let scopes = parsed(text);
    Found {
        made: shown(&scopes, &scopes.made(target)),
        filled: shown(&scopes, &scopes.filled(target)),
    }
}

fn expected(made: &[&str], filled: &[&str]) -> Found {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    Found { made: owned(made), filled: owned(filled) }
}

fn top(text: &str, name: &str) -> Found {
    found(text, Target::TopLevel { name })
}

fn property(text: &str, name: &str) -> Found {
    found(text, Target::Property { name })
}

#[test]
fn variables_of_a_module() {
    let text = "const cache = new Map();\nfunction load(key) {\n  if (cache.has(key)) return cache.get(key);\n  cache.set(key, read(key));\n}";
    assert_eq!(top(text, "cache"), expected(&["cache = new Map()"], &["load: cache.set"]));
    let text = "let list = [];\nconst add = (item) => { list = list.concat(item); };\nconst more = (item) => { list = [...list, item]; };\nconst last = (item) => { list[list.length] = item; };";
    let filled = [
        "add: list = list.concat(item)",
        "more: list = [...list, item]",
        "last: list[list.length]",
    ];
    assert_eq!(top(text, "list"), expected(&["list = []"], &filled));
    let text = "let log = '';\nfunction write(line) { log += line; }\nfunction format(line) { log = `${log}\\n${line}`; }";
    let filled = ["write: log += line", "format: log = `${log}\\n${line}`"];
    assert_eq!(top(text, "log"), expected(&["log = ''"], &filled));
}

#[test]
fn numbers_and_other_values_are_no_entries() {
    let text = "let n = 0; n += 1; n = n + 1; n -= 2; let o = {}; o[k] = undefined; o[k]--; list.length = 0; list.splice(0, 2);";
    assert_eq!(top(text, "n"), expected(&[], &[]));
    assert_eq!(top(text, "o"), expected(&["o = {}"], &[]));
    assert_eq!(top(text, "list"), expected(&[], &[]));
}

#[test]
fn dictionaries() {
    let text = "const byId = Object.create(null);\nbyId.first = 1;\nexports.put = function (item) { byId[item.id] = item; };";
    assert_eq!(
        top(text, "byId"),
        expected(&["byId = Object.create(null)"], &["put: byId[item.id]"])
    );
    let text = "const settings = {};\nsettings.a = one;\nsettings['b'] = two;";
    assert_eq!(
        top(text, "settings"),
        expected(&["settings = {}"], &["settings.a", "settings['b']"])
    );
    let text = "const all = {}; function merge(more) { Object.assign(all, more); } Object.defineProperty(all, key, {});";
    let filled = ["merge: Object.assign(all, more)", "Object.defineProperty(all, key, {})"];
    assert_eq!(top(text, "all"), expected(&["all = {}"], &filled));
    let text = "const groups = {}; function group(k, v) { (groups[k] ||= []).push(v); }";
    assert_eq!(top(text, "groups"), expected(&["groups = {}"], &["group: groups[k]"]));
}

#[test]
fn classes() {
    let text = "class Pool {\n  #free = [];\n  static all = new Set();\n  busy;\n  constructor() {\n    this.busy = [];\n    Pool.all.add(this);\n  }\n  release(one) {\n    this.#free.push(one);\n    this.busy?.push(one);\n  }\n}";
    assert_eq!(
        property(text, "#free"),
        expected(&["#free = []"], &["Pool.release: this.#free.push"])
    );
    assert_eq!(
        property(text, "all"),
        expected(&["static all = new Set()"], &["new Pool: Pool.all.add"])
    );
    assert_eq!(
        property(text, "busy"),
        expected(&["new Pool: this.busy = []"], &["Pool.release: this.busy?.push"])
    );
    let sites = parsed(text).made(Target::Property { name: "all" });
    assert_eq!(sites[0].class.as_deref(), Some("Pool"));
    assert_eq!((sites[0].line, sites[0].column, sites[0].end_column), (2, 2, 24));
}

#[test]
fn prototypes_and_object_literals() {
    let text = "function Queue() { this.items = []; }\nQueue.prototype.add = function (item) { this.items.push(item); };\nQueue.seen = {};";
    assert_eq!(
        property(text, "items"),
        expected(&["Queue: this.items = []"], &["Queue.add: this.items.push"])
    );
    assert_eq!(property(text, "seen"), expected(&["Queue.seen = {}"], &[]));
    let sites = parsed(text).filled(Target::Property { name: "items" });
    assert_eq!(sites[0].class.as_deref(), Some("Queue"));
    let text = "module.exports = { seen: [], add(item) { this.seen.unshift(item); } };";
    assert_eq!(property(text, "seen"), expected(&["seen: []"], &["add: this.seen.unshift"]));
    let text = "function add(more) { Array.prototype.push.apply(this.items, more); [].push.apply(this.items, more); }";
    let filled = [
        "add: Array.prototype.push.apply(this.items, more)",
        "add: [].push.apply(this.items, more)",
    ];
    assert_eq!(property(text, "items"), expected(&[], &filled));
}

#[test]
fn other_names_of_the_same_object() {
    let text = "class A {\n  constructor() { this.cache = new Map(); }\n  one(k) { const { cache } = this; cache.set(k, 1); }\n  two(k) { const c = this.cache; c.set(k, 2); }\n  three(k) { const { cache: { size } } = this; size.add(k); }\n}";
    let filled = ["A.one: cache.set", "A.two: c.set"];
    assert_eq!(property(text, "cache"), expected(&["new A: this.cache = new Map()"], &filled));
    // The object has a name before it becomes a property.
    let text = "function make() { const list = []; return { list, add(x) { list.push(x); } }; }";
    assert_eq!(property(text, "list"), expected(&["make: list = []"], &["add: list.push"]));
    let text = "const store = new Map();\nexports.cache = store;\nexports.put = (k) => exports.cache.set(k, 1);";
    assert_eq!(top(text, "store"), expected(&["store = new Map()"], &["put: exports.cache.set"]));
    // A variable that is assigned again holds another object.
    let text = "function walk() { let node = this.head; node = node.next; node.push(1); }";
    assert_eq!(property(text, "head"), expected(&[], &[]));
    let text = "function handle({ seen }, item) { seen.add(item); }";
    assert_eq!(property(text, "seen"), expected(&[], &["handle: seen.add"]));
}

#[test]
fn values_that_are_made_when_first_needed() {
    let text = "class A { get(k) { this.m ??= new Map(); this.l = this.l || []; (this.s || (this.s = new Set())).add(k); } }";
    assert_eq!(property(text, "m"), expected(&["A.get: this.m ??= new Map()"], &[]));
    assert_eq!(property(text, "l"), expected(&["A.get: this.l = this.l || []"], &[]));
    assert_eq!(
        property(text, "s"),
        expected(&["A.get: this.s = new Set()"], &["A.get: (this.s || (this.s = new Set())).add"])
    );
    let text = "const cache = createCache({ max });\nfunction f(log = []) { log.push(1); }";
    assert_eq!(top(text, "cache"), expected(&["cache = createCache({ max })"], &[]));
}

#[test]
fn symbols() {
    let text = "const kOpen = Symbol('the open ones');\nclass A {\n  [kOpen] = new Set();\n  constructor() { this[kClients] = new Map(); this[key] = 1; }\n  add(k) { this[kOpen].add(k); this[kClients].set(k, 1); this[key].push(k); }\n}";
    let open = expected(&["[kOpen] = new Set()"], &["A.add: this[kOpen].add"]);
    assert_eq!(property(text, "<symbol the open ones>"), open);
    let clients = expected(&["new A: this[kClients] = new Map()"], &["A.add: this[kClients].set"]);
    // The symbol is created elsewhere.
    assert_eq!(property(text, "<symbol clients>"), clients);
    assert_eq!(property(text, "<symbol kClients>"), clients);
    assert_eq!(property(text, "<symbol other>"), expected(&[], &[]));
    assert_eq!(property(text, "key"), expected(&[], &[]));
}

#[test]
fn chains() {
    let text = "let head = null;\nfunction add(value) { head = { value, next: head }; }\nfunction wrap(value) { head = new Node(value, head); }";
    let filled = ["add: head = { value, next: head }", "wrap: head = new Node(value, head)"];
    assert_eq!(top(text, "head").filled, filled);
}

#[test]
fn globals_are_properties() {
    let text = "function f(x) { leaked = []; leaked.push(x); global.leaked.push(x); globalThis['leaked'].push(x); }";
    let filled = ["f: leaked.push", "f: global.leaked.push", "f: globalThis['leaked'].push"];
    assert_eq!(property(text, "leaked"), expected(&["f: leaked = []"], &filled));
    assert_eq!(top(text, "leaked"), property(text, "leaked"));
}

#[test]
fn shadowing_names_are_different_variables() {
    let text = "const list = [];\nfunction other() { const list = [1]; list.push(2); return () => list; }\nfunction add() { list.push(3); }";
    assert_eq!(top(text, "list"), expected(&["list = []"], &["add: list.push"]));
    // V8 reports that the function starts at its parameters.
    let target = Target::Variable { name: "list", seen_from: (1, 58) };
    assert_eq!(found(text, target), expected(&["other: list = [1]"], &["other: list.push"]));
    let target = Target::Variable { name: "list", seen_from: (2, 12) };
    assert_eq!(found(text, target), expected(&["list = []"], &["add: list.push"]));
    assert!(parsed(text).made(Target::Variable { name: "list", seen_from: (0, 3) }).is_empty());
}

#[test]
fn minified_code() {
    let text = "var t=new Map,n=[];function r(r){return t.has(r)||(t.set(r,{}),n.push(r)),t.get(r)}class o{a=[];b(t){(this.a||(this.a=[])).push(t)}}";
    assert_eq!(top(text, "t"), expected(&["t=new Map"], &["r: t.set"]));
    assert_eq!(top(text, "n"), expected(&["n=[]"], &["r: n.push"]));
    let filled = ["o.b: (this.a||(this.a=[])).push"];
    assert_eq!(property(text, "a"), expected(&["a=[]", "o.b: this.a=[]"], &filled));
}

#[test]
fn typescript() {
    let text = "class A<T> {\n  private items: T[] = [];\n  constructor(private readonly seen: Set<T> = new Set()) { seen.add(1 as any); }\n  add(item: T): void { (this.items as any[]).push(item); this.items!.push(item); (this.other as any) = []; }\n}";
    let scopes = read(text.to_owned(), true).unwrap_or_default();
    let sites = |name| {
        let target = Target::Property { name };
        (shown(&scopes, &scopes.made(target)), shown(&scopes, &scopes.filled(target)))
    };
    let filled = ["A.add: (this.items as any[]).push", "A.add: this.items!.push"];
    assert_eq!(sites("items").1, filled);
    assert_eq!(sites("items").0, ["private items: T[] = []"]);
    assert_eq!(sites("seen").0, ["new A: seen: Set<T> = new Set()"]);
    assert_eq!(sites("seen").1, ["new A: seen.add"]);
    assert_eq!(sites("other").0, ["A.add: (this.other as any) = []"]);
}

#[test]
fn assignments() {
    let text = "let fn = first;\nfunction again() { fn = wrap(fn); }\nsocket.write = function (data) {};\n[fn, a.b] = pair;\n({ fn, x: a.b, y: [fn = 1] } = object);";
    let scopes = parsed(text);
    let fns = shown(&scopes, &scopes.assigned(Target::TopLevel { name: "fn" }));
    assert_eq!(fns, ["again: fn = wrap(fn)", "fn", "fn", "fn"]);
    let methods = shown(&scopes, &scopes.assigned(Target::Property { name: "write" }));
    assert_eq!(methods, ["socket.write = function (data) {}"]);
    assert_eq!(scopes.assigned(Target::Property { name: "b" }).len(), 2);
}

#[test]
fn listeners() {
    let text = "function watch(req) { bus.on('x', () => req); this.signal?.addEventListener('abort', f); }";
    let scopes = parsed(text);
    assert_eq!(
        shown(&scopes, &scopes.subscribed(Target::TopLevel { name: "bus" })),
        ["watch: bus.on"]
    );
    let signal = scopes.subscribed(Target::Property { name: "signal" });
    assert_eq!(shown(&scopes, &signal), ["watch: this.signal?.addEventListener"]);
}

/// Returns where a function starts, as V8 reports it.
fn at(text: &str, needle: &str) -> (u32, u32) {
    let before = &text[..text.find(needle).unwrap_or_default()];
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
    (position(before.matches('\n').count()), position(column))
}

#[test]
fn functions_and_who_gets_them() {
    let text = "class A {\n  start() { setInterval(this.tick.bind(this), 9); bus.on('x', (data) => data); }\n  tick(now) {}\n}\nfunction log(line) {}\nconst end = (code) => {};\nbus.once('y', log); setTimeout(end); jobs.map(function (job) {});";
    let scopes = parsed(text);
    let head = |needle| shown(&scopes, scopes.head(at(text, needle)).as_slice());
    let passed = |needle| shown(&scopes, &scopes.passed(at(text, needle)));
    assert_eq!(
        (head("(now)"), passed("(now)")),
        (vec!["tick".to_owned()], vec!["A.start: setInterval".to_owned()])
    );
    assert_eq!(
        (head("(data)"), passed("(data)")),
        (vec!["A.start: (data) =>".to_owned()], vec!["A.start: bus.on".to_owned()])
    );
    assert_eq!(
        (head("(line)"), passed("(line)")),
        (vec!["log: log".to_owned()], vec!["bus.once".to_owned()])
    );
    assert_eq!(
        (head("(code)"), passed("(code)")),
        (vec!["end".to_owned()], vec!["setTimeout".to_owned()])
    );
    assert_eq!(
        (head("(job)"), passed("(job)")),
        (vec!["function (job)".to_owned()], vec!["jobs.map".to_owned()])
    );
}

#[test]
fn callbacks_have_the_name_of_the_function_around_them() {
    let text = "class A { static { A.list = []; } load(all) { all.forEach((one) => { this.list.push(one); }); } }";
    assert_eq!(property(text, "list"), expected(&["A.list = []"], &["A.load: this.list.push"]));
    let text = "const done = [];\njobs.map(function (job) { done.push(job); });";
    assert_eq!(top(text, "done"), expected(&["done = []"], &["done.push"]));
}

#[test]
fn columns_count_utf16_units_of_the_first_line() {
    let text = "/* 𝒳 */ const list = [\n  1,\n];";
    let sites = parsed(text).made(Target::TopLevel { name: "list" });
    assert_eq!((sites[0].line, sites[0].column, sites[0].end_column), (0, 15, 23));
}
