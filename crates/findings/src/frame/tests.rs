use std::fs;
use std::path::PathBuf;

use super::*;
use crate::source::Roots;

/// Returns a mark at the first occurrence of `needle`.
fn mark(text: &str, needle: &str, role: Role) -> Mark {
    let before = &text[..text.find(needle).unwrap_or_default()];
    Mark {
        script: "/app/lib/a.js".to_owned(),
        line: position(before.matches('\n').count()),
        column: line::units(before.rsplit('\n').next().unwrap_or_default()),
        length: line::units(needle),
        role,
        name: "list".to_owned(),
        within: None,
    }
}

fn sources(texts: &[(&str, &str)]) -> Sources {
    let texts = texts.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect();
    Sources::new(Some(PathBuf::from("/app")), false, texts, Roots::default(), Vec::new())
}

fn framed(text: &str, marks: &[Mark]) -> Vec<Frame> {
    frames(&mut sources(&[("/app/lib/a.js", text)]), marks)
}

/// Returns the text below a label.
fn labelled(frame: &Frame, label: &Label) -> String {
    let line = &frame.lines[(label.line - frame.first_line) as usize];
    let units: Vec<u16> = line.encode_utf16().collect();
    String::from_utf16_lossy(
        &units[label.column as usize - 1..(label.column - 1 + label.length) as usize],
    )
}

#[test]
fn lines_around_marks_that_are_near_are_one_frame() {
    let text = "// 1\n// 2\n\nconst list = [];\nfunction add(x) {\n\tif (x) list.push(x);\n}\n\n// 9\n// 10";
    let marks = [mark(text, "list.push", Role::Added), mark(text, "list = []", Role::Made)];
    let [frame] = framed(text, &marks).try_into().unwrap_or_else(|_| panic!("one frame"));
    assert_eq!(frame.first_line, 2);
    let lines =
        ["// …", "", "const list = [];", "function add(x) {", "    if (x) list.push(x);", "}"];
    assert_eq!(frame.lines, lines);
    let place = Place { file: "lib/a.js".to_owned(), line: 6, column: 9 };
    assert_eq!(frame.location, place);
    let labels: Vec<_> = frame
        .labels
        .iter()
        .map(|label| {
            (
                label.line,
                label.column,
                labelled(&frame, label),
                label.text.to_string(),
                label.is_primary,
            )
        })
        .collect();
    assert_eq!(
        labels,
        [
            (4, 7, "list = []".to_owned(), "`list` is created here".to_owned(), false),
            (6, 12, "list.push".to_owned(), "this adds to `list`".to_owned(), true),
        ]
    );
}

#[test]
fn marks_that_are_far_apart_have_frames_of_their_own() {
    let text = format!("const list = [];\n{}list.push(1);", "f();\n".repeat(9));
    let marks = [mark(&text, "list.push", Role::Added), mark(&text, "list = []", Role::Made)];
    let frames = framed(&text, &marks);
    let lines: Vec<_> = frames
        .iter()
        .map(|frame| (frame.first_line, frame.lines.len(), frame.location.line))
        .collect();
    assert_eq!(lines, [(1, 3, 1), (9, 3, 11)]);
    // Frames do not repeat a line.
    let text = format!("const list = [];\n{}list.push(1);", "f();\n".repeat(7));
    let marks = [mark(&text, "list.push", Role::Added), mark(&text, "list = []", Role::Made)];
    let lines: Vec<_> =
        framed(&text, &marks).iter().map(|frame| (frame.first_line, frame.lines.len())).collect();
    assert_eq!(lines, [(1, 3), (7, 3)]);
}

#[test]
fn the_same_place_is_marked_once() {
    let text = "list.push(1);";
    let marks = [mark(text, "list.push", Role::Added), mark(text, "list", Role::Variable)];
    assert_eq!(framed(text, &marks)[0].labels.len(), 1);
    assert!(framed(text, &[]).is_empty());
    assert!(frames(&mut sources(&[]), &marks).is_empty());
    let beyond = Mark { line: 7, ..mark(text, "list", Role::Variable) };
    assert!(framed(text, &[beyond]).is_empty());
    let beyond = Mark { column: 70, ..mark(text, "list", Role::Variable) };
    assert_eq!(framed(text, &[beyond])[0].labels[0].length, 1);
}

#[test]
fn long_lines_are_cut_around_their_marks() {
    let text = format!(
        "var list=[];{}list.push(x);{}",
        "f(𝒳);".replace('𝒳', "y").repeat(100),
        "g();".repeat(100)
    );
    let marks = [mark(&text, "list.push", Role::Added), mark(&text, "list=[]", Role::Made)];
    let frames = framed(&text, &marks);
    let shown: Vec<_> = frames
        .iter()
        .map(|frame| {
            (line::units(&frame.lines[0]), labelled(frame, &frame.labels[0]), frame.location.column)
        })
        .collect();
    let expected = [(161, "list=[]".to_owned(), 5), (162, "list.push".to_owned(), 513)];
    assert_eq!(shown, expected);
}

#[test]
fn what_drives_a_terminal_is_not_shown() {
    let text = "f(\u{1b}); list.push(1); // \u{202e}";
    let cut = Window::new(text, None);
    assert_eq!(cut.text, "f(\u{fffd}); list.push(1); // \u{fffd}");
    assert_eq!(Window::new("\ta\u{7f}𝒳b", None).column(5), 8);
}

#[test]
fn contents_of_strings_are_shown_from_files_only() {
    let folder = std::env::temp_dir().join(format!("findings-frame-{}", std::process::id()));
    let file = folder.join("a.js");
    let name = file.display().to_string();
    let text = "const list = ['hunter2', `hunter3`]; // hunter4\nlist.push(1);";
    let shown = |sources: &mut Sources| {
        let mark = Mark { script: name.clone(), ..mark(text, "list.push", Role::Added) };
        frames(sources, &[mark]).first().map(|frame| frame.lines[0].clone())
    };
    let hidden = "const list = ['…………………', `…………………`]; // …………………";
    assert_eq!(shown(&mut sources(&[(&name, text)])).as_deref(), Some(hidden));
    let texts = HashMap::from([(name.clone(), text.to_owned())]);
    let first = text.lines().next();
    assert_eq!(
        shown(&mut Sources::new(None, true, texts, Roots::default(), Vec::new())).as_deref(),
        first
    );
    assert!(fs::create_dir_all(&folder).and_then(|()| fs::write(&file, text)).is_ok());
    let from_file = (shown(&mut sources(&[(&name, text)])), shown(&mut sources(&[])));
    let changed = fs::write(&file, "another()").map(|()| shown(&mut sources(&[(&name, text)])));
    let _ = fs::remove_dir_all(&folder);
    assert_eq!(from_file.0.as_deref(), first);
    assert_eq!(from_file.1.as_deref(), first);
    assert_eq!(changed.ok().flatten().as_deref(), Some(hidden));
}

#[test]
fn original_sources_are_shown_where_the_map_carries_them() {
    // One segment: line 0, column 0 of the script is line 1, column 2 of the source.
    let map = r#"{"version":3,"sources":["../src/a.ts"],"sourcesContent":["// one\n  this.cache.set('hunter2', 1 as any);"],"names":[],"mappings":"AACE"}"#;
    let url = format!("data:application/json,{map}");
    let text = format!("this.a.set(1);\n//# sourceMappingURL={url}");
    let marks = [mark(&text, "this.a.set", Role::Added)];
    let [frame] = framed(&text, &marks).try_into().unwrap_or_else(|_| panic!("one frame"));
    assert_eq!(frame.location, Place { file: "src/a.ts".to_owned(), line: 2, column: 3 });
    assert_eq!(frame.lines, ["// ………", "  this.cache.set('…………………', 1 as any);"]);
    assert_eq!(labelled(&frame, &frame.labels[0]), "this.cache.set");
}

#[test]
fn the_script_is_shown_where_its_map_comes_without_sources() {
    let map = r#"{"version":3,"sources":["../src/gone.ts"],"names":[],"mappings":"AACE"}"#;
    let text = format!("this.a.set(1);\n//# sourceMappingURL=data:application/json,{map}");
    let frames = framed(&text, &[mark(&text, "this.a.set", Role::Added)]);
    let place = Place { file: "lib/a.js".to_owned(), line: 1, column: 1 };
    assert_eq!(frames.first().map(|frame| frame.location.clone()), Some(place));
}
