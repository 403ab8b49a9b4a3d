'use strict';
// The WebSocket client for inspectors, and the list of listening sockets.

const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { once } = require('node:events');
const http = require('node:http');
const net = require('node:net');
const { test } = require('node:test');
const { FrameDecoder, OPCODES, encodeFrame } = require('../lib/cli/attach/frames.js');
const { listeningSockets, parseTable, portHolder } = require('../lib/cli/attach/sockets.js');
const { getJson, openWebSocket } = require('../lib/cli/attach/websocket.js');
const { cleanup } = require('./support/cleanup.js');

/** A frame as a server sends it: without a mask. */
function frame(opcode, payload, { isLast = true } = {}) {
  const bytes = Buffer.from(payload);
  const { length } = bytes;
  const head = [(isLast ? 0x80 : 0) | opcode];
  if (length < 126) head.push(length);
  else if (length < 0x10000) head.push(126, length >> 8, length & 0xff);
  else head.push(127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff);
  return Buffer.concat([Buffer.from(head), bytes]);
}

/** Decodes a frame of `encodeFrame` as a server does. */
function unmask(bytes) {
  const short = bytes[1] & 0x7f;
  const at = short < 126 ? 2 : short === 126 ? 4 : 10;
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const mask = bytes.subarray(at, at + 4);
  const payload = bytes.subarray(at + 4);
  assert.equal(payload.length, length);
  assert.ok(bytes[1] & 0x80);
  return { opcode: bytes[0] & 0x0f, text: Buffer.from(payload.map((byte, i) => byte ^ mask[i & 3])).toString() };
}

const texts = (messages) => messages.map(({ payload }) => payload.toString());

test('messages of every length are encoded and decoded', () => {
  for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000]) {
    const text = 'x'.repeat(length);
    assert.deepEqual(unmask(encodeFrame(OPCODES.text, Buffer.from(text))), { opcode: OPCODES.text, text });
    assert.deepEqual(texts(new FrameDecoder().push(frame(OPCODES.text, text))), [text]);
  }
});

test('messages are decoded wherever the stream is cut', () => {
  const bytes = Buffer.concat([
    frame(OPCODES.text, 'a'.repeat(200)),
    frame(OPCODES.text, 'in ', { isLast: false }),
    frame(OPCODES.ping, 'still there?'),
    frame(OPCODES.continuation, 'three ', { isLast: false }),
    frame(OPCODES.continuation, 'parts'),
    frame(OPCODES.text, 'ü'),
  ]);
  for (let size = 1; size <= bytes.length; size++) {
    const decoder = new FrameDecoder();
    const messages = [];
    for (let at = 0; at < bytes.length; at += size) messages.push(...decoder.push(bytes.subarray(at, at + size)));
    assert.deepEqual(texts(messages), ['a'.repeat(200), 'still there?', 'in three parts', 'ü']);
  }
});

test('a server that breaks the protocol is an error', () => {
  const wrong = {
    'a reserved bit': Buffer.from([0xc1, 0]),
    'a mask': Buffer.from([0x81, 0x80, 0, 0, 0, 0]),
    'a continuation of nothing': frame(OPCODES.continuation, 'x'),
    'a message inside another': Buffer.concat([frame(OPCODES.text, 'x', { isLast: false }), frame(OPCODES.text, 'y')]),
    'a length that no inspector sends': Buffer.from([0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0]),
  };
  for (const [what, bytes] of Object.entries(wrong)) assert.throws(() => new FrameDecoder().push(bytes), Error, what);
});

/** A server that accepts WebSockets, and hands over their streams. */
async function serve(
  t,
  { proof = (key) => crypto.createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64') } = {},
) {
  const server = http.createServer((request, response) => {
    response.statusCode = request.url === '/list' ? 200 : 400;
    response.end('[{"name": 1}]');
  });
  server.on('upgrade', (request, socket) => {
    const accept = proof(request.headers['sec-websocket-key']);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('error', () => {});
    server.emit('client', socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup(t, () => server.close());
  const address = { host: '127.0.0.1', port: server.address().port };
  return { server, address, connect: () => net.connect(address) };
}

test('a client sends, receives, answers pings and says goodbye', async (t) => {
  const { server, address, connect } = await serve(t);
  assert.deepEqual(await getJson(connect(), address, '/list'), [{ name: 1 }]);
  const accepted = once(server, 'client');
  const client = await openWebSocket(connect(), address, '/id');
  const [socket] = await accepted;
  const message = once(client, 'message');
  socket.write(frame(OPCODES.text, 'hello'));
  assert.deepEqual(await message, ['hello']);
  for (const [send, opcode, text] of [
    [() => client.send('question'), OPCODES.text, 'question'],
    [() => socket.write(frame(OPCODES.ping, 'p')), OPCODES.pong, 'p'],
  ]) {
    const data = once(socket, 'data');
    send();
    assert.deepEqual(unmask((await data)[0]), { opcode, text });
  }
  socket.once('data', (bytes) => {
    assert.equal(bytes[0] & 0x0f, OPCODES.close);
    socket.end(frame(OPCODES.close, bytes.subarray(-2)));
  });
  await client.close();
  assert.ok(client.isClosed);
});

test('a client closes once when the server goes, or breaks the protocol', async (t) => {
  const { server, address, connect } = await serve(t);
  for (const end of [(socket) => socket.destroy(), (socket) => socket.write(Buffer.from([0xff, 0xff]))]) {
    const accepted = once(server, 'client');
    const client = await openWebSocket(connect(), address, '/id');
    const [socket] = await accepted;
    const closed = once(client, 'close');
    end(socket);
    await closed;
    client.send('nobody reads this');
    await client.close();
  }
});

test('a server that is no WebSocket server is refused', async (t) => {
  const { address, connect } = await serve(t, { proof: () => 'none' });
  await assert.rejects(openWebSocket(connect(), address, '/id'), /broke the WebSocket protocol/);
  const plain = http.createServer((request, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  cleanup(t, () => plain.close());
  const other = { host: '127.0.0.1', port: plain.address().port };
  await assert.rejects(openWebSocket(net.connect(other), other, '/id'), /status 404/);
  await assert.rejects(getJson(net.connect(other), other, '/json/list'), SyntaxError);
});

test('the tables of the kernel are read', () => {
  const table = (address, state) =>
    `  sl  local_address ...\n   0: ${address} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0000`;
  const only = (text) => parseTable(text)[0];
  assert.deepEqual(only(table('0100007F:240D', '0A')), { host: '127.0.0.1', port: 9229, isAny: false, inode: '4242' });
  assert.deepEqual(only(table('00000000:0050', '0A')), { host: '127.0.0.1', port: 80, isAny: true, inode: '4242' });
  assert.deepEqual(only(table('00000000000000000000000000000000:0050', '0A')), {
    host: '::1',
    port: 80,
    isAny: true,
    inode: '4242',
  });
  assert.equal(only(table('00000000000000000000000001000000:0050', '0A')).host, '::1');
  assert.equal(only(table('B80D01200000000000000000010000FF:0050', '0A')).host, '2001:db8:0:0:0:0:ff00:1');
  assert.equal(only(table('0100007F:240D', '01')), undefined);
  assert.deepEqual(parseTable(''), []);
});

test('listening sockets and holders of ports are found', { skip: process.platform !== 'linux' && 'needs /proc' }, async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  cleanup(t, () => server.close());
  await once(server, 'listening');
  const { port } = server.address();
  assert.deepEqual(
    listeningSockets(process.pid)
      .filter((one) => one.port === port)
      .map(({ host, isAny }) => ({ host, isAny })),
    [{ host: '127.0.0.1', isAny: false }],
  );
  assert.deepEqual(portHolder(process.ppid, port), { pid: process.pid });
  assert.equal(portHolder(process.pid, port), undefined);
});
