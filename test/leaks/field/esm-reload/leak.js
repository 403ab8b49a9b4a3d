// https://github.com/nodejs/help/issues/2806: a module that is imported again with another query string is never freed
const { measure } = require('./harness');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const url = pathToFileURL(path.join(__dirname, 'config.mjs'));
async function reload(i) {
  const { default: config } = await import(`${url}?version=${i}`);
  return config.plugins.length;
}
measure(reload, { warmup: 50, n: 100 });
