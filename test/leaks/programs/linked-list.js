'use strict';
// Every record knows the one before it.
class Version { constructor(text, previous) { this.text = text; this.previous = previous; } }
let latest = null;
require('../harness').run((n) => { latest = new Version('t'.repeat(600) + n, latest); });
