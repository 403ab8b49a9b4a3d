//! Checks that the catalogues match the declared messages, and that this renderer agrees with the
//! one of the page.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::catalogue::Catalogue;
use super::template::{names, parse};
use super::*;
use crate::{conclusion, docs, explain, frame, internals, retaining_path, rules};

const ENGLISH_JSON: &str = include_str!("../../messages/en.json");
const CHINESE_JSON: &str = include_str!("../../messages/zh.json");
const CASES_JSON: &str = include_str!("cases.json");

fn texts(json: &str) -> BTreeMap<String, String> {
    let json: Json = serde_json::from_str(json).expect("JSON");
    let texts = json["messages"].as_object().expect("messages").clone();
    texts.into_iter().map(|(id, text)| (id, text.as_str().expect("a text").to_owned())).collect()
}

fn args(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let pieces = parse(text).unwrap_or_else(|| panic!("malformed: {text}"));
    names(&pieces, &mut |name| {
        found.insert(name.to_owned());
    });
    found
}

/// Returns the ids of all declared messages, with their arguments.
fn declared() -> BTreeMap<String, BTreeSet<String>> {
    let others = [conclusion::MESSAGES, conclusion::owners::MESSAGES, explain::MESSAGES];
    let parts = [
        frame::MESSAGES,
        internals::MESSAGES,
        retaining_path::MESSAGES,
        retaining_path::FUNCTION_MESSAGES,
    ];
    let mut all = BTreeMap::new();
    let others = others.into_iter().chain(parts).flatten();
    for (id, args) in rules::declared().chain(others) {
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        assert!(all.insert((*id).to_owned(), args).is_none(), "declared twice: {id}");
    }
    // `lib/analysis/allocated-at.js` makes these.
    let site = ["class", "function", "place", "caller", "callerPlace"];
    for (id, numbers) in [
        ("allocated-at", &["percent", "samples"][..]),
        ("allocated-at.size", &["percent", "samples"]),
        ("allocated-at.source", &["samples"]),
        ("allocated-at.stacks", &["percent", "count"]),
    ] {
        let args = site.iter().chain(numbers).map(|&arg| arg.to_owned()).collect();
        all.insert(id.to_owned(), args);
    }
    all.extend(internals::ids().map(|id| (id.to_owned(), BTreeSet::new())));
    let kinds = docs().flat_map(|doc| doc.kinds).map(|kind| format!("kind.{}", kind.word()));
    all.extend(kinds.map(|id| (id, BTreeSet::new())));
    for word in ["array", "internal", "number", "object", "scope", "string"] {
        all.insert(format!("word.{word}"), BTreeSet::new());
    }
    all
}

#[test]
fn catalogues_have_all_messages_with_their_arguments() {
    let declared = declared();
    for json in [ENGLISH_JSON, CHINESE_JSON] {
        let known: BTreeMap<String, BTreeSet<String>> =
            texts(json).into_iter().map(|(id, text)| (id, args(&text))).collect();
        for (id, args) in &declared {
            assert_eq!(known.get(id), Some(args), "{id}");
        }
        for id in known.keys() {
            assert!(declared.contains_key(id), "no rule has {id}");
        }
    }
}

#[test]
fn malformed_texts_are_recognised() {
    for text in ["{", "{a", "]", "[a", "{a:b}", "{a:code,b}", "a]b"] {
        assert!(parse(text).is_none(), "{text}");
    }
}

fn value(json: &Json) -> Value {
    match json {
        Json::Number(number) => Value::Number(number.as_u64().expect("not negative")),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(all) => Value::List(all.iter().map(value).collect()),
        _ => Value::Message(message(json)),
    }
}

fn message(json: &Json) -> Message {
    let leak = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let args = json["args"].as_object().expect("args");
    Message {
        id: leak(json["id"].as_str().expect("id")),
        args: args.iter().map(|(name, arg)| (leak(name), value(arg))).collect(),
    }
}

#[test]
fn both_renderers_say_the_same() {
    let cases: Json = serde_json::from_str(CASES_JSON).expect("JSON");
    let cases = cases["cases"].as_array().expect("cases");
    assert!(cases.len() >= 20);
    let (english, chinese) = (Catalogue::new(ENGLISH_JSON), Catalogue::new(CHINESE_JSON));
    for case in cases {
        let all = case["messages"].as_array().expect("messages").iter().map(message);
        let all: Vec<Message> = all.collect();
        assert_eq!(english.render_all(&all), case["en"].as_str().expect("en"));
        assert_eq!(chinese.render_all(&all), case["zh"].as_str().expect("zh"));
    }
}

#[test]
fn what_has_no_text_is_its_id() {
    assert_eq!(Message::plain("of tomorrow").to_string(), "of tomorrow");
    assert_eq!(Paragraph::default().to_string(), "");
}

#[test]
fn quotes_are_escaped_as_they_stand_between_quotes() {
    assert_eq!(quoted("a \"b\"\n"), arg("a \\\"b\\\"\\n"));
}
