"use strict";
// Decorators as a compiler emits them: one of them retains every instance.
var __decorate = function (decorators, target, key, desc) {
    var c = arguments.length, r = c < 3 ? target : desc === null ? desc = Object.getOwnPropertyDescriptor(target, key) : desc, d;
    for (var i = decorators.length - 1; i >= 0; i--) if (d = decorators[i]) r = (c < 3 ? d(r) : c > 3 ? d(target, key, r) : d(target, key)) || r;
    return c > 3 && r && Object.defineProperty(target, key, r), r;
};
const tracked = new WeakMap();
const instances = [];
function observable(target) {
    return class extends target {
        constructor(...args) { super(...args); tracked.set(this, true); instances.push(this); }
    };
}
function timed(target, key, desc) {
    const inner = desc.value;
    desc.value = function (...args) { return inner.apply(this, args); };
    return desc;
}
let Cart = class Cart {
    constructor(n) { this.lines = Array.from({ length: 30 }, (_, i) => ({ n, article: `article ${i}` })); }
    total() { return this.lines.length; }
};
__decorate([timed], Cart.prototype, "total", null);
Cart = __decorate([observable], Cart);
require('../harness').run((n) => new Cart(n).total());
