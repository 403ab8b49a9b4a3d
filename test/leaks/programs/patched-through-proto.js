'use strict';
// A middleware wraps `end` where it finds it, which is not the response but the prototype that all responses share.
function Response(id) { this.id = id; this.headers = {}; }
Response.prototype.end = function end(body) { this.body = body; return this; };

function compression() {
  return function compress(request, response) {
    const table = new Uint32Array(200).fill(request.n);
    const base = response.__proto__;
    const oldEnd = base.end;
    base.end = function compressedEnd(body) {
      table[0] = body.length;
      return oldEnd.call(this, body);
    };
  };
}

const middleware = compression();
require('../harness').run((n) => {
  const response = new Response(n);
  middleware({ n }, response);
  response.end(`body ${n}`);
});
