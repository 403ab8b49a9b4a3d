'use strict';
// Wraps `finish` on the reply itself, so that the wrapper is collected with the reply and the prototype is unchanged.
function Reply(id) { this.id = id; this.headers = {}; }
Reply.prototype.finish = function finish(body) { this.body = body; return this; };

function encryption() {
  return function encrypt(request, reply) {
    const table = new Uint32Array(200).fill(request.n);
    const oldFinish = reply.finish;
    reply.finish = function encryptedFinish(body) {
      table[0] = body.length;
      return oldFinish.call(this, body);
    };
  };
}

const layer = encryption();
require('../harness').run((n) => {
  const reply = new Reply(n);
  layer({ n }, reply);
  reply.finish(`body ${n}`);
});
