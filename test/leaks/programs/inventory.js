"use strict";
var __classPrivateFieldGet = (this && this.__classPrivateFieldGet) || function (receiver, state, kind, f) {
    if (kind === "a" && !f) throw new TypeError("Private accessor was defined without a getter");
    if (typeof state === "function" ? receiver !== state || !f : !state.has(receiver)) throw new TypeError("Cannot read private member from an object whose class did not declare it");
    return kind === "m" ? f : kind === "a" ? f.call(receiver) : f ? f.value : state.get(receiver);
};
var _Inventory_items, _Inventory_audit;
class Inventory {
    constructor() {
        _Inventory_items.set(this, new Map());
        _Inventory_audit.set(this, []);
    }
    async add(n) {
        const history = Array.from({ length: 50 }, (_, i) => `${n} was moved to shelf ${i}`);
        const describe = () => history.join();
        if (describe().length === 0)
            return 0;
        __classPrivateFieldGet(this, _Inventory_audit, "f").push(() => `added ${n}`);
        return __classPrivateFieldGet(this, _Inventory_audit, "f").length + __classPrivateFieldGet(this, _Inventory_items, "f").size;
    }
}
_Inventory_items = new WeakMap(), _Inventory_audit = new WeakMap();
const inventory = new Inventory();
require('../harness').run((n) => inventory.add(n));
//# sourceMappingURL=inventory.js.map