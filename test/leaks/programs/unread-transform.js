'use strict';
// A transform parses lines into objects, but its readable side has no consumer; the input is piled up before it.
const { Transform } = require('node:stream');

function LineParser() { Transform.call(this, { readableObjectMode: true, readableHighWaterMark: 4 }); }
Object.setPrototypeOf(LineParser.prototype, Transform.prototype);
Object.setPrototypeOf(LineParser, Transform);
LineParser.prototype._transform = function _transform(chunk, encoding, callback) {
  callback(null, { line: chunk.toString(), at: new Array(10).fill(0.5) });
};

const service = { parser: new LineParser() };
require('../harness').run((n) => {
  for (let i = 0; i < 3; i++) service.parser.write(`line ${i} of ${n} `.repeat(20));
});
