'use strict';
// A component observes additions, changes and removals of the store by three Sets and leaves none of them.
function createStore() {
  const observers = { added: new Set(), changed: new Set(), removed: new Set() };
  return {
    observe(handlers) { for (const kind of Object.keys(handlers)) observers[kind].add(handlers[kind]); },
    notify(kind, item) { for (const handler of observers[kind]) handler(item); },
  };
}

const catalogue = createStore();
function mountComponent(n) {
  const cells = Array.from({ length: 30 }, (_, i) => ({ i, text: `cell ${i} of ${n}` }));
  catalogue.observe({
    added: (item) => cells.push(item),
    changed: (item) => { cells[0] = item; },
    removed: () => cells.pop(),
  });
}

require('../harness').run(mountComponent);
