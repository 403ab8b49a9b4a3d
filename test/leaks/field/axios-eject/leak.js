// https://github.com/axios/axios/issues/11070: eject() leaves null in the list of interceptors
const { measure } = require('./harness');
const axios = require('axios');
const api = axios.create({ adapter: async (config) => ({ data: { ok: true }, status: 200, config, headers: {} }) });
async function call(i) {
  const id = api.interceptors.request.use((config) => { config.headers['x-request'] = String(i); return config; });
  api.interceptors.request.eject(id);
}
// After each round the array has outgrown its storage once more.
measure(call, { warmup: 19_000, n: 26_000 });
