'use strict';
// A fixed set of handlers that read the variables of their scope.
const routes = {};
for (const name of ['index', 'users', 'orders', 'login', 'logout', 'search', 'help', 'about', 'terms', 'jobs']) {
  const template = `<h1>${name}</h1>`.repeat(200);
  const validate = () => template.length > 0;
  if (validate()) routes[name] = () => template;
}
require('../harness').run((n) => { routes[n % 2 ? 'index' : 'users'](); });
