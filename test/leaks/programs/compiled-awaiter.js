"use strict";
// Async functions as TypeScript compiles them for an old target: each `await this.stopped` adds a reaction through __awaiter.
var __awaiter = function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};
class JobRunner {
    constructor() {
        this.stopped = new Promise((resolve) => { this.stop = resolve; });
    }
    start(n) {
        return __awaiter(this, void 0, void 0, function* () {
            const lease = { n, renewals: new Array(60).fill(n + 0.5) };
            yield this.stopped;
            lease.renewals = [];
        });
    }
}
const runner = new JobRunner();
require('../harness').run((n) => { runner.start(n); });
