'use strict';
// Subscriptions are entered by topic and client, and deleted by client and topic: no entry of the dictionary ever goes.
const subscriptions = Object.create(null);

function subscribe(topic, client) { subscriptions[`${topic}:${client}`] = { topic, client, filter: new Array(20).fill(0.5) }; }
function unsubscribe(topic, client) { delete subscriptions[`${client}:${topic}`]; }

require('../harness').run((n) => {
  for (const topic of ['price', 'news']) {
    subscribe(topic, `client-${n}`);
    unsubscribe(topic, `client-${n}`);
  }
});
