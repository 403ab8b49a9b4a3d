'use strict';
// Weak references and a FinalizationRegistry: neither retains objects.
const handles = new Map();
const registry = new FinalizationRegistry((id) => handles.delete(id));
class Image { constructor(n) { this.pixels = new Array(200).fill(n + 0.5); } }
const drain = () => new Promise((resolve) => { setImmediate(resolve); });
require('../harness').run((n) => {
  const image = new Image(n);
  handles.set(n, new WeakRef(image));
  registry.register(image, n);
}, async () => {
  const { setFlagsFromString } = require('node:v8');
  setFlagsFromString('--expose-gc');
  const gc = require('node:vm').runInNewContext('gc');
  for (let i = 0; i < 3; i++) { await drain(); gc(); await drain(); }
});
