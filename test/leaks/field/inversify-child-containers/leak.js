// https://github.com/inversify/InversifyJS/issues/1810: the plan cache of the parent knows each child container for ever
require('reflect-metadata');
const { measure } = require('./harness');
const { Container } = require('inversify');
class Log { write(text) { return text.length; } }
const root = new Container();
root.bind('log').toConstantValue(new Log());
async function request(i) {
  const scope = new Container({ parent: root });
  scope.bind('user').toConstantValue({ id: i, name: 'user ' + i });
  await null;
  return scope.get('log').write(scope.get('user').name);
}
measure(request, { warmup: 200, n: 300 });
