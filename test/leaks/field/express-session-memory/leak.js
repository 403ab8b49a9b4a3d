// https://github.com/node-red/node-red/issues/1434: MemoryStore never removes the sessions of clients without cookies
const { measure, get } = require('./harness');
const express = require('express');
const session = require('express-session');
const app = express();
app.use(session({ secret: 'keyboard cat', resave: false, saveUninitialized: true, cookie: { maxAge: 60_000 } }));
app.get('/:id', (req, res) => { req.session.last = req.params.id; res.send('ok'); });
const server = app.listen(0, '127.0.0.1', () => measure((i) => get(server.address().port, '/' + i), { warmup: 200, n: 400 }));
