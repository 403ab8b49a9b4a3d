'use strict';
// A global list.
globalThis.auditTrail = [];
class AuditRecord { constructor(n) { this.n = n; this.detail = 'x'.repeat(500) + n; } }
require('../harness').run((n) => { globalThis.auditTrail.push(new AuditRecord(n)); });
