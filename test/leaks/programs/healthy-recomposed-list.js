'use strict';
// Composes the handler anew on each reload as well, but from the list of middleware and not from the old handler.
const composeAll = (list, last) => list.reduceRight((next, middleware) => (context) => middleware(context, () => next(context)), last);

class Router {
  #middleware = [async (context, next) => { context.seen = true; await next(); }];
  #notFound = async (context) => { context.status = 404; };
  reload(config) {
    const quota = { ...config, windows: new Array(80).fill(config.version + 0.5) };
    const limiter = async (context, next) => { context.limit = quota.windows[0]; await next(); };
    this.route = composeAll([...this.#middleware, limiter], this.#notFound);
  }
}

const router = new Router();
require('../harness').run(async (n) => {
  router.reload({ version: n });
  await router.route({ path: '/' });
});
