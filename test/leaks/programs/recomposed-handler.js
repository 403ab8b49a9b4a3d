'use strict';
// Reloading the configuration composes the handler of the application around the handler that is already there.
const compose = (middleware, next) => async function dispatch(context) { return middleware(context, () => next(context)); };

class Application {
  handler = async (context) => { context.status = 404; };
  reload(config) {
    const limits = { ...config, windows: new Array(80).fill(config.version + 0.5) };
    this.handler = compose(async (context, next) => {
      context.limit = limits.windows[0];
      await next();
    }, this.handler);
  }
}

const application = new Application();
require('../harness').run(async (n) => {
  application.reload({ version: n });
  await application.handler({ path: '/' });
});
