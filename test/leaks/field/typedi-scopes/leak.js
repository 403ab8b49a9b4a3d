// https://github.com/typestack/typedi/issues/739: reset() of a scoped container leaves it in the list of instances
require('reflect-metadata');
const { measure, get } = require('./harness');
const express = require('express');
const { Container } = require('typedi');
const app = express();
let requests = 0;
app.get('/:id', (req, res) => {
  const scope = Container.of('request-' + ++requests);
  scope.set('user', { id: req.params.id, rights: ['read'] });
  res.json(scope.get('user'));
  scope.reset();
});
const server = app.listen(0, '127.0.0.1', () => measure((i) => get(server.address().port, '/' + i), { warmup: 200, n: 300 }));
