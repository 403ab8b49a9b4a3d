'use strict';
// The same three Sets of observers, and a function that the list gets when it observes and calls when it is unmounted.
function createWarehouse() {
  const watchers = { added: new Set(), changed: new Set(), removed: new Set() };
  return {
    observe(handlers) {
      for (const kind of Object.keys(handlers)) watchers[kind].add(handlers[kind]);
      return () => { for (const kind of Object.keys(handlers)) watchers[kind].delete(handlers[kind]); };
    },
    notify(kind, item) { for (const handler of watchers[kind]) handler(item); },
  };
}

const warehouse = createWarehouse();
require('../harness').run((n) => {
  const lines = Array.from({ length: 30 }, (_, i) => ({ i, text: `line ${i} of ${n}` }));
  const leave = warehouse.observe({ added: (item) => lines.push(item), changed: (item) => { lines[0] = item; }, removed: () => lines.pop() });
  for (const kind of ['added', 'changed', 'removed']) warehouse.notify(kind, { n });
  leave();
});
