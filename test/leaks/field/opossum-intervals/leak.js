// https://github.com/nodeshift/opossum/pull/378: shutdown() of a circuit breaker does not stop its two intervals
const { measure } = require('./harness');
const { AsyncLocalStorage } = require('node:async_hooks');
const CircuitBreaker = require('opossum');
class RequestStore { constructor(id) { this.id = id; this.user = { name: 'user ' + id, rights: ['read', 'write'] }; } }
const context = new AsyncLocalStorage();
async function upstream() { return { user: context.getStore().user.name }; }
function request(i) {
  return context.run(new RequestStore(i), async () => {
    const breaker = new CircuitBreaker(upstream, { timeout: 1000 });
    const answer = await breaker.fire();
    breaker.shutdown();
    return answer;
  });
}
measure(request, { warmup: 50, n: 100 });
