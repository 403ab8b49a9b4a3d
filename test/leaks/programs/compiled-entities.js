"use strict";
// An entity manager as TypeScript compiles it: identities, change sets and a queue share entities that are never detached.
var __classPrivateFieldGet = function (receiver, state) { return state.get(receiver); };
var _EntityManager_identities;
class Entity {
    constructor(id) {
        this.id = id;
        this.columns = Array.from({ length: 25 }, (_, i) => `${id}.${i}`);
    }
}
class EntityManager {
    constructor() {
        _EntityManager_identities.set(this, new Map());
        this.changeSet = new Set();
        this.persistQueue = [];
    }
    persist(entity) {
        __classPrivateFieldGet(this, _EntityManager_identities).set(entity.id, entity);
        this.changeSet.add(entity);
        this.persistQueue.push({ entity, state: "managed" });
    }
    flush() {
        for (const entry of this.persistQueue) entry.state = "flushed";
    }
}
_EntityManager_identities = new WeakMap();
const manager = new EntityManager();
require('../harness').run((n) => {
    manager.persist(new Entity(n));
    manager.flush();
});
