'use strict';
// Opens a request to a URL, through the proxy that the environment names.

const http = require('node:http');
const https = require('node:https');
const tls = require('node:tls');
const { once } = require('node:events');
const { basicAuthorization } = require('./destination.js');
const { proxyFor } = require('./proxy.js');

const clientFor = ({ protocol }) => (protocol === 'https:' ? https : http);

/** `[::1]` is a name in a URL, `::1` in a connection. */
const hostOf = ({ hostname }) => hostname.replace(/^\[(.*)\]$/, '$1');

const portOf = ({ protocol, port }) => Number(port || (protocol === 'https:' ? 443 : 80));

/**
 * Returns a request whose body is not sent yet. It fails after `timeoutMs` without progress.
 *
 * @param {{url: URL, method: string, headers: object, timeoutMs: number, signal?: AbortSignal}} how
 * @returns {Promise<import('node:http').ClientRequest>}
 */
async function openRequest(how) {
  return withTimeout(await newRequest(how), how.timeoutMs);
}

async function newRequest({ url, method, headers, timeoutMs, signal }) {
  const proxy = proxyFor(url);
  const options = { method, headers, signal, agent: false };
  if (proxy === undefined) return clientFor(url).request(url, options);
  if (url.protocol === 'http:') {
    const own = { host: url.host, ...proxyHeaders(proxy), ...headers };
    return clientFor(proxy).request({ ...options, ...addressOf(proxy), path: url.href, headers: own });
  }
  const socket = await tunnel(proxy, url, { timeoutMs, signal });
  const servername = hostOf(url);
  return https.request(url, { ...options, agent: undefined, createConnection: () => tls.connect({ socket, servername }) });
}

const addressOf = (url) => ({ host: hostOf(url), port: portOf(url) });

function proxyHeaders(proxy) {
  const authorization = basicAuthorization(proxy);
  return authorization === undefined ? {} : { 'proxy-authorization': authorization };
}

/** Asks the proxy for a connection to the host of `url`. */
async function tunnel(proxy, url, { timeoutMs, signal }) {
  const path = `${url.hostname}:${portOf(url)}`;
  const headers = { host: path, ...proxyHeaders(proxy) };
  const options = { ...addressOf(proxy), method: 'CONNECT', path, headers, agent: false, signal };
  const request = withTimeout(clientFor(proxy).request(options), timeoutMs);
  request.end();
  const [response, socket] = await once(request, 'connect');
  if (response.statusCode === 200) {
    socket.setTimeout(0);
    return socket;
  }
  socket.destroy();
  throw Object.assign(new Error(`the proxy answered ${response.statusCode}`), { status: response.statusCode });
}

function withTimeout(request, timeoutMs) {
  const timeoutError = () => Object.assign(new Error(`no progress for ${timeoutMs} ms`), { code: 'ETIMEDOUT' });
  return request.setTimeout(timeoutMs, () => request.destroy(timeoutError()));
}

module.exports = { openRequest };
