// https://github.com/sinonjs/sinon/issues/1866: the default sandbox collects every stub until restore() is called
const { measure } = require('./harness');
const sinon = require('sinon');
async function test(i) {
  const save = sinon.stub().resolves({ id: i });
  return (await save({ name: 'user ' + i })).id;
}
measure(test, { warmup: 100, n: 200 });
