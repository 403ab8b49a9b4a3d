// https://github.com/GoogleChromeLabs/comlink/issues/63: each proxied callback opens a port that nothing closes
const { measure } = require('./harness');
const { MessageChannel } = require('node:worker_threads');
const Comlink = require('comlink');
const { port1, port2 } = new MessageChannel();
Comlink.expose({ async load(id, onProgress) { await onProgress(50); await onProgress(100); return { id }; } }, port1);
const api = Comlink.wrap(port2);
port2.start();
let progress = 0;
async function load(i) {
  const file = { id: i, name: 'file ' + i };
  await api.load(i, Comlink.proxy((percent) => { progress += percent + file.id; }));
}
measure(load, { warmup: 50, n: 100 });
