'use strict';

const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');

const LINES = 40;

const ORDER = {
  type: 'object',
  required: ['customer', 'lines'],
  properties: {
    customer: { type: 'string', minLength: 1 },
    lines: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'count', 'cents'],
        properties: { name: { type: 'string' }, count: { type: 'integer', minimum: 1 }, cents: { type: 'integer' } },
      },
    },
  },
};

const ANSWER = {
  type: 'object',
  properties: {
    customer: { type: 'string' },
    total: { type: 'integer' },
    digest: { type: 'string' },
    lines: { type: 'array', items: { type: 'string' } },
  },
};

async function start() {
  const fastify = require('fastify')({ logger: false });
  fastify.addHook('onSend', async (request, reply, payload) => {
    reply.header('x-digest', createHash('sha1').update(payload).digest('hex'));
    return payload;
  });
  fastify.post('/orders/:id', { schema: { body: ORDER, response: { 200: ANSWER } } }, async ({ params, body }) => ({
    customer: body.customer,
    total: body.lines.reduce((sum, { count, cents }) => sum + count * cents, 0),
    digest: createHash('sha1').update(params.id).digest('hex'),
    lines: body.lines.map(({ name, count }) => `${count} x ${name}`),
  }));
  await fastify.listen({ port: 0, host: '127.0.0.1' });
  return { port: fastify.server.address().port, stop: () => fastify.close() };
}

const order = (i) => ({
  customer: `customer ${i}`,
  lines: Array.from({ length: LINES }, (_, line) => ({
    name: `article ${(i * 7 + line) % 1000}`,
    count: 1 + ((i + line) % 9),
    cents: (i * 13 + line * 17) % 10_000,
  })),
});

/** Every tenth order is invalid. */
const isInvalid = (i) => i % 10 === 9;

function request(i) {
  const body = order(i);
  if (isInvalid(i)) body.lines[LINES - 1].count = 0;
  return { method: 'POST', path: `/orders/${i}`, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function check(i, { status, headers, body }) {
  assert.equal(headers['x-digest'], createHash('sha1').update(body).digest('hex'));
  if (isInvalid(i)) {
    assert.equal(status, 400);
    assert.match(JSON.parse(body).message, /lines\/39\/count must be >= 1/);
    return;
  }
  const { customer, lines } = order(i);
  assert.equal(status, 200);
  assert.deepEqual(JSON.parse(body), {
    customer,
    total: lines.reduce((sum, { count, cents }) => sum + count * cents, 0),
    digest: createHash('sha1').update(String(i)).digest('hex'),
    lines: lines.map(({ name, count }) => `${count} x ${name}`),
  });
}

module.exports = { check, request, start };
