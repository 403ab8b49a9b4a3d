'use strict';
// A table of handles whose free slots are used again: as long as the number of open handles is bounded, so is the array.
class SlotTable {
  slots = [];
  free = [];
  open(value) {
    const id = this.free.pop() ?? this.slots.length;
    this.slots[id] = value;
    return id;
  }
  close(id) { this.slots[id] = undefined; this.free.push(id); }
}

const slots = new SlotTable();
require('../harness').run((n) => {
  const ids = Array.from({ length: 10 }, (_, i) => slots.open({ n, i, input: new Array(30).fill(n + 0.5) }));
  for (const id of ids) slots.close(id);
});
