//! Finds the code that creates, fills and assigns a collection.

use std::collections::HashSet;

use oxc_span::Span;

use super::collect::{Action, Event, Subject};
use super::{Binding, FunctionKind, Scopes, position};

/// The collection that code is searched for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target<'n> {
    /// The variable `name` as visible to the function at `seen_from`: its line and column, 0-based,
    /// as V8 reports them.
    Variable { name: &'n str, seen_from: (u32, u32) },
    /// A variable of the whole script or module.
    TopLevel { name: &'n str },
    /// Any property with this name: `this.name`, `x.name`, a field of a class or of an object
    /// literal, an undeclared global variable. Private names start with `#`.
    Property { name: &'n str },
}

/// A position in the text of a script, 0-based; columns in UTF-16 units.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Site {
    pub(crate) line: u32,
    pub(crate) column: u32,
    /// The end of the code on its first line.
    pub(crate) end_column: u32,
    /// The innermost named function around it: `function`, `Class.method` or `new Class`. `None` at
    /// the top level, and in fields of classes.
    pub(crate) function: Option<String>,
    /// The innermost class around it.
    pub(crate) class: Option<String>,
}

impl Scopes {
    /// Returns where code assigns a new collection to the target: `x = new Map()`, `x: []`, `static
    /// x = {}`. If there is no such code, returns where it assigns the result of a call.
    pub(crate) fn made(&self, target: Target<'_>) -> Vec<Site> {
        let sites = self.sites(target, Action::Make);
        if sites.is_empty() { self.sites(target, Action::MakeByCall) } else { sites }
    }

    /// Returns where code adds to the target: `x.push(…)`, `x[key] = …`, `x = [...x, …]`, `x +=
    /// text`. If there is no such code, returns where it sets a property whose name is in the text:
    /// `x.key = …`.
    pub(crate) fn filled(&self, target: Target<'_>) -> Vec<Site> {
        let sites = self.sites(target, Action::Fill);
        if sites.is_empty() { self.sites(target, Action::SetKey) } else { sites }
    }

    /// Returns where code assigns to the target after its declaration.
    #[allow(dead_code, reason = "for rules on functions that are wrapped again and again")]
    pub(crate) fn assigned(&self, target: Target<'_>) -> Vec<Site> {
        self.sites(target, Action::Assign)
    }

    /// Returns where code adds listeners to the target: `x.on(…)`, `x.addEventListener(…)`.
    #[allow(dead_code, reason = "for rules on emitters")]
    pub(crate) fn subscribed(&self, target: Target<'_>) -> Vec<Site> {
        self.sites(target, Action::Subscribe)
    }

    /// Returns the function that starts at a position: its name, or else its parameters.
    pub(crate) fn head(&self, (line, column): (u32, u32)) -> Option<Site> {
        Some(self.site(self.functions[self.function(line, column)?].head))
    }

    /// Returns the calls that get the function at this position as a callback: calls that add
    /// listeners or start timers if they get it by name, any call if its argument is the function
    /// itself.
    pub(crate) fn passed(&self, (line, column): (u32, u32)) -> Vec<Site> {
        let Some(at) = self.function(line, column) else { return Vec::new() };
        let function = &self.functions[at];
        if let Some(callee) = function.passed_to {
            return vec![self.site(callee)];
        }
        let Some(name) = &function.name else { return Vec::new() };
        let binding = self
            .bindings
            .iter()
            .position(|binding| Some(binding.declared) == function.named && binding.name == *name);
        let subject = match binding {
            Some(binding) => Some(Subject::Binding(position(binding))),
            None => self.events.property(name),
        };
        subject.map(|subject| self.sites_of(subject, Action::Pass)).unwrap_or_default()
    }

    /// Returns the position of a variable's declaration.
    pub(crate) fn declared(&self, target: Target<'_>) -> Option<Site> {
        let Subject::Binding(binding) = self.subject(target)? else { return None };
        let Binding { declared, name, .. } = self.bindings.get(binding as usize)?;
        Some(self.site(Span::sized(*declared, position(name.len()))))
    }

    /// Returns the positions of an action in the order of the text. Those that use the name itself
    /// come before those that use another name of the same object.
    fn sites(&self, target: Target<'_>, action: Action) -> Vec<Site> {
        self.subject(target).map(|subject| self.sites_of(subject, action)).unwrap_or_default()
    }

    /// Returns the positions of an action, also under other names of the same object.
    fn sites_of(&self, subject: Subject, action: Action) -> Vec<Site> {
        let find = |is_one: &dyn Fn(Subject) -> bool| -> Vec<&Event> {
            let events = self.events.all.iter();
            events.filter(|event| event.action == action && is_one(event.subject)).collect()
        };
        let mut events = find(&|other| other == subject);
        let aliases: HashSet<u32> = self
            .events
            .aliases
            .iter()
            .filter(|&&(_, other)| other == subject)
            .map(|&(binding, _)| binding)
            .collect();
        events.extend(find(
            &|other| matches!(other, Subject::Binding(binding) if aliases.contains(&binding)),
        ));
        if events.is_empty() {
            let held_in = |other| {
                let mut aliases = self.events.aliases.iter();
                aliases
                    .any(|&(binding, held)| Subject::Binding(binding) == subject && held == other)
            };
            events = find(&held_in);
        }
        events.into_iter().map(|event| self.site(event.span)).collect()
    }

    fn subject(&self, target: Target<'_>) -> Option<Subject> {
        let index = |found: Option<usize>| found.map(|at| Subject::Binding(position(at)));
        match target {
            Target::Variable { name, seen_from: (line, column) } => {
                let function = &self.functions[self.function(line, column)?];
                index(self.binding_index(name, &[function]))
            }
            Target::TopLevel { name } => {
                index(self.outermost(name)).or_else(|| self.events.property(name))
            }
            Target::Property { name } => self.events.property(name),
        }
    }

    /// Converts a span to a site.
    fn site(&self, span: Span) -> Site {
        let (line, column) = self.location(span.start);
        let text = self.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let first = text.lines().next().unwrap_or_default().trim_end();
        let end_column = column + position(first.encode_utf16().count());
        let (function, class) = self.around(span);
        Site { line, column, end_column, function, class }
    }

    /// Returns the named function and the class around a piece of text.
    fn around(&self, span: Span) -> (Option<String>, Option<String>) {
        let end = self.functions.partition_point(|function| function.span.start <= span.start);
        let around = self.functions[..end]
            .iter()
            .rev()
            .filter(|function| function.span.end >= span.end && function.span != span);
        let mut name = None;
        for function in around {
            if function.kind == FunctionKind::Class {
                return (name, function.name.clone());
            }
            if name.is_none() && function.kind != FunctionKind::StaticBlock {
                name.clone_from(&function.label);
            }
            if function.class.is_some() {
                return (name, function.class.clone());
            }
        }
        (name, None)
    }
}

#[cfg(test)]
mod tests;
