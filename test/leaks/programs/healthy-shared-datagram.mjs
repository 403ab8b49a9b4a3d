// Counters are sent over one UDP socket; every tenth one over a socket of its own that is closed.
import dgram from 'node:dgram';
import { once } from 'node:events';
import harness from '../harness.js';

const sink = dgram.createSocket('udp4');
sink.bind(0, '127.0.0.1');
await once(sink, 'listening');
const shared = dgram.createSocket('udp4');

async function sendCounter(name, value) {
  const packet = Buffer.from(`${name}:${value}|c`);
  const socket = value % 10 === 0 ? dgram.createSocket('udp4') : shared;
  await new Promise((resolve) => { socket.send(packet, sink.address().port, '127.0.0.1', resolve); });
  if (socket !== shared) await new Promise((resolve) => { socket.close(resolve); });
}

await harness.run((n) => sendCounter('queue.length', n));
