"use strict";
// Compiled code of a unit of work: entities are in three collections, all of which are cleared by every commit.
class Row {
    constructor(id) {
        this.id = id;
        this.columns = Array.from({ length: 25 }, (_, i) => `${id}.${i}`);
    }
}
class UnitOfWork {
    constructor() {
        this.identityMap = new Map();
        this.dirty = new Set();
        this.writes = [];
    }
    register(row) {
        this.identityMap.set(row.id, row);
        this.dirty.add(row);
        this.writes.push({ row, state: "managed" });
    }
    commit() {
        this.identityMap.clear();
        this.dirty.clear();
        this.writes.length = 0;
    }
}
const unit = new UnitOfWork();
require('../harness').run((n) => {
    for (let i = 0; i < 3; i++) unit.register(new Row(n * 3 + i));
    unit.commit();
});
