'use strict';
// Ten small lists that grow together; none of them grows fast.
const byTenant = new Map();
class Usage { constructor(n) { this.n = n; this.note = 'u'.repeat(300) + n; } }
require('../harness').run((n) => {
  const tenant = `tenant ${n % 20}`;
  if (!byTenant.has(tenant)) byTenant.set(tenant, []);
  byTenant.get(tenant).push(new Usage(n));
});
