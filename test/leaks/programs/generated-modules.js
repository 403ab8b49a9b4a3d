'use strict';
// Every report is compiled into a file with a new name and loaded with require, whose cache never forgets it.
const fs = require('node:fs');
const path = require('node:path');

const folder = process.argv[2];

function compileReport(n) {
  const file = path.join(folder, `report-${n}.generated.js`);
  fs.writeFileSync(file, `exports.columns = ${JSON.stringify(Array.from({ length: 30 }, (_, i) => `column ${n}.${i}`))};\n`);
  const { columns } = require(file);
  fs.unlinkSync(file);
  return columns.length;
}

require('../harness').run(compileReport);
