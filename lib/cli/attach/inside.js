'use strict';
// Functions whose text is evaluated in the other process. They cannot use names of this module, only their arguments.

/**
 * Returns the agent of the same version: one that an earlier command loaded, or from the package that the application has loaded,
 * or from one of the `packages`, or from the dependencies of the application.
 * @param {NodeJS.Require} load the `require` of the inspector's console
 */
function findAgent(load, { version, packages }) {
  const isAgent = (name) => name.endsWith('/lib/capture/agent.js');
  const loaded = Object.keys(load.cache ?? {}).find((name) => isAgent(name) && load.cache[name].exports.version === version);
  if (loaded !== undefined) return load.cache[loaded].exports;
  // A second copy of the package would have an inspector session of its own, whose end clears the object ids of the first.
  const session = '/lib/capture/session.js';
  const inUse = Object.keys(load.cache ?? {}).filter((name) => name.endsWith(session));
  const folders = [...inUse.map((name) => name.slice(0, -session.length)), ...packages];
  try {
    folders.push(load.resolve('heapdump-rs/package.json').slice(0, -'/package.json'.length));
  } catch {
    // The application does not depend on it.
  }
  const failures = [];
  for (const folder of folders) {
    try {
      const found = load(`${folder}/lib/capture/agent.js`);
      if (found.version === version) return found;
      failures.push(`${folder} has version ${found.version}`);
    } catch (error) {
      const [first, second = ''] = String(error?.message ?? error).split('\n');
      failures.push(`${first}${second}`);
    }
  }
  throw new Error(failures.join('; ') || 'the package is not there');
}

/**
 * Connects the agent to the command. Runs from the event loop, because the inspector interrupts JavaScript anywhere, even while
 * the application loads a module.
 */
function connectAgent(find, load, options) {
  return new Promise((resolve, reject) => {
    load('node:timers').setImmediate(() => {
      try {
        // The socket is gone if the command has ended meanwhile.
        if (load('node:fs').existsSync(options.socket)) resolve(find(load, options).connect(options.socket));
      } catch (error) {
        reject(error);
      }
    });
  });
}

/** Resolves when the event loop turns. */
function turn(load) {
  return new Promise((resolve) => {
    load('node:timers').setImmediate(resolve);
  });
}

/** Returns the expression that calls one of these functions. */
const call = (name, ...args) => `(${name})(${args.join(', ')})`;

module.exports = {
  turnExpression: () => call(turn, 'require'),
  connectExpression: (options) => call(connectAgent, findAgent, 'require', JSON.stringify(options)),
  /** Calls a function of the agent directly, because the event loop is stuck. */
  agentExpression: (options, method, argument) =>
    `${call(findAgent, 'require', JSON.stringify(options))}.${method}(${JSON.stringify(argument)})`,
};
