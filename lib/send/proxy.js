'use strict';
// Selects the proxy for a URL from the environment: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY.

const { parseUrl } = require('./destination.js');

/** Returns the proxy for `url`, or `undefined`. Throws if the environment names one that cannot be used. */
function proxyFor(url, env = process.env) {
  if (isExcepted(url, variable(env, 'no_proxy') ?? '')) return undefined;
  const name = `${url.protocol.slice(0, -1)}_proxy`;
  const text = variable(env, name) ?? variable(env, 'all_proxy');
  if (text === undefined) return undefined;
  const proxy = parseUrl(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (proxy === undefined) throw new Error(`the environment variable ${name.toUpperCase()} names no http or https proxy`);
  return proxy;
}

/** Returns an environment variable. Lower case takes precedence, as in curl. */
function variable(env, name) {
  return env[name] || env[name.toUpperCase()] || undefined;
}

const DEFAULT_PORTS = { 'http:': '80', 'https:': '443' };

/** Returns whether `list`, such as `localhost,.example.com,10.0.0.1:8080`, contains the host of `url` or a domain of it. */
function isExcepted(url, list) {
  const host = url.hostname.toLowerCase();
  const port = url.port || DEFAULT_PORTS[url.protocol];
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name, itsPort] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [undefined, entry];
      if (itsPort !== undefined && itsPort !== port) return false;
      const domain = name.replace(/^\*?\./, '');
      return host === domain || host.endsWith(`.${domain}`);
    });
}

module.exports = { proxyFor };
