'use strict';
// Data that jest itself records, calls of mocks and console output, is no leak of the program.
const { expectNoLeak } = require('heapdump-rs');

test('calls that a mock notes', async () => {
  const mock = jest.fn();
  await expectNoLeak(() => { mock({ id: 1 }); }, { confirmMs: 0 });
}, 120_000);

test('console output', async () => {
  let calls = 0;
  await expectNoLeak(() => { console.log(`call ${++calls}`); }, { confirmMs: 0 });
}, 120_000);
