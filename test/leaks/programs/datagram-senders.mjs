// A UDP socket is created for every measurement that is sent, and stays bound to a port.
import dgram from 'node:dgram';
import { once } from 'node:events';
import harness from '../harness.js';

const collector = dgram.createSocket('udp4');
collector.bind(0, '127.0.0.1');
await once(collector, 'listening');

function sendGauge(name, value) {
  const packet = Buffer.from(`${name}:${value}|g`);
  const sender = dgram.createSocket('udp4');
  sender.on('error', function onSendError() { packet.fill(0); });
  return new Promise((resolve) => { sender.send(packet, collector.address().port, '127.0.0.1', resolve); });
}

await harness.run((n) => sendGauge('queue.length', n));
