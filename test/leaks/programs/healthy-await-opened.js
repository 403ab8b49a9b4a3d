'use strict';
// Every publish waits for `opened` as well, but the connection opens soon, and publishes that wait are released.
function Channel(url) {
  this.url = url;
  this.sent = 0;
  this.reopen();
}
Channel.prototype.reopen = function reopen() {
  this.opened = new Promise((resolve) => { setImmediate(resolve); });
};
Channel.prototype.publish = async function publish(topic, message) {
  const envelope = { topic, message, headers: new Array(60).fill(topic.length + 0.5) };
  await this.opened;
  this.sent += 1;
  return envelope;
};

const channel = new Channel('amqp://127.0.0.1:1');
require('../harness').run(async (n) => {
  if (n % 8 === 0) channel.reopen();
  await Promise.all([1, 2, 3].map((part) => channel.publish(`orders.${n}.${part}`, { n })));
});
