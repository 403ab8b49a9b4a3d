'use strict';
// The broker is never reached, so every publish waits for `connected` with its message.
function Broker(url) {
  this.url = url;
  this.sent = 0;
  this.connected = new Promise((resolve) => { this.onOpen = resolve; });
}
Broker.prototype.publish = async function publish(topic, message) {
  const envelope = { topic, message, headers: new Array(60).fill(topic.length + 0.5) };
  await this.connected;
  this.sent += 1;
  return envelope;
};

const broker = new Broker('amqp://127.0.0.1:1');
require('../harness').run((n) => { broker.publish(`orders.${n}`, { n }); });
