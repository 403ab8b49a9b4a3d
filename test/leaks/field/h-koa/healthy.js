// A Koa server with sessions in cookies, bodies, errors and routes with parameters.
const { measure, get } = require('./harness');
const Koa = require('koa');
const Router = require('@koa/router');
const bodyParser = require('koa-bodyparser');
const session = require('koa-session');
const app = new Koa();
app.keys = ['key'];
app.silent = true;
const router = new Router();
router.get('/user/:id', (ctx) => { ctx.session.views = (ctx.session.views || 0) + 1; ctx.body = { id: ctx.params.id, views: ctx.session.views }; });
router.post('/order', (ctx) => { ctx.body = { items: ctx.request.body.items.length }; });
router.get('/fail', () => { throw new Error('no'); });
app.use(session(app)).use(bodyParser()).use(router.routes()).use(router.allowedMethods());
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const headers = { 'content-type': 'application/json' };
  measure((i) => Promise.all([
    get(port, '/user/' + i), get(port, '/order', { method: 'POST', body: JSON.stringify({ items: [i, 2] }), headers }), get(port, '/fail'), get(port, '/none/' + i),
  ]), { warmup: 300, n: 300 });
});
