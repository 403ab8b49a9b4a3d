'use strict';
// Every number equals that of Chrome DevTools, from its stored answers about the fixtures. `npm run test:oracle` runs DevTools
// itself, with more queries.

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { fixtures, readExpected } = require('./oracle/fixtures.js');
const { Ours } = require('./oracle/ours.js');

const questions = import('./oracle/questions.mjs');

for (const fixture of fixtures()) {
  test(`${fixture.name}: every node and every view as in DevTools`, async () => {
    const { ask, canonical, columnDigests, compact } = await questions;
    const expected = readExpected(fixture);
    const ours = Ours.open(fixture.file);
    assert.equal(ours.nodeCount, expected.nodeCount);
    assert.equal(ours.edgeCount, expected.edgeCount);
    assert.deepEqual(columnDigests(ours.nodes()), expected.columns);

    const answers = new Map([...ask(ours, expected.about)].map(([question, answer]) => [question, compact(answer)]));
    if (fixture.before) {
      const before = Ours.open(fixture.before.file);
      answers.set('diff', compact(canonical(ours.diff(before))));
      before.close();
    }
    ours.close();
    assert.deepEqual(
      [...answers.keys()],
      expected.answers.map(([question]) => question),
    );
    for (const [question, answer] of expected.answers) assert.equal(answers.get(question), answer, question);
  });
}
