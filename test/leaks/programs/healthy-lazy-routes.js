'use strict';
// Handlers are compiled at the first request of their route: most at the start, a few later, in the end none.
class LazyRouter {
  #compiled = new Map();
  handle(route) {
    let handler = this.#compiled.get(route);
    if (!handler) {
      handler = new Function('input', `const table = { name: 'route ${route}', factor: ${route} }; return input * table.factor;`);
      this.#compiled.set(route, handler);
    }
    return handler(2);
  }
}

const routes = new LazyRouter();
require('../harness').run((n) => {
  for (let i = 0; i < 10; i++) routes.handle((n * n + i * 7) % (n < 40 ? 90 : 120));
});
