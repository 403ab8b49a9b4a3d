'use strict';
// Fields of records, cut out of large documents.
const records = new Map();
require('../harness').run((n) => {
  const document = `<id>${String(n).padStart(24, '0')}</id>` + 'y'.repeat(9000) + n;
  document.charCodeAt(0);
  const [, id] = /<id>(.*?)<\/id>/.exec(document);
  records.set(n, { n, id });
});
