"use strict";
// Compiled async functions of the same kind, which wait for a promise of their own job that is resolved soon.
var __awaiter = function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};
class TaskRunner {
    constructor() {
        this.active = new Set();
    }
    run(n) {
        return __awaiter(this, void 0, void 0, function* () {
            const task = { n, ended: new Promise((resolve) => { setImmediate(resolve); }), marks: new Array(60).fill(n + 0.5) };
            this.active.add(task);
            yield task.ended;
            this.active.delete(task);
        });
    }
}
const tasks = new TaskRunner();
require('../harness').run((n) => Promise.all([tasks.run(n), tasks.run(n + 0.5)]));
