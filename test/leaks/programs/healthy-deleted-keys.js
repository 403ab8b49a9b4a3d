'use strict';
// A dictionary with a new key for every client, each deleted again; only the capacity of its table remains.
const registrations = Object.create(null);

function register(topic, client) { registrations[`${topic}:${client}`] = { topic, client, filter: new Array(20).fill(0.5) }; }
function unregister(topic, client) { delete registrations[`${topic}:${client}`]; }

for (let i = 0; i < 2_000; i++) register('boot', i);
for (let i = 0; i < 2_000; i++) unregister('boot', i);
require('../harness').run((n) => {
  for (const topic of ['price', 'news']) register(topic, n);
  for (const topic of ['price', 'news']) unregister(topic, n);
});
