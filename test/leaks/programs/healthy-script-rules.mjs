// Compiles every formula by vm.Script and runs it once; nothing keeps the script, so its code can be collected.
import vm from 'node:vm';
import harness from '../harness.js';

const sandbox = vm.createContext({ value: 100 });

function evaluateFormula({ name, limit }) {
  const script = new vm.Script(`(value > ${limit}) /* ${name} */`, { filename: `${name}.formula` });
  return script.runInContext(sandbox);
}

await harness.run((n) => evaluateFormula({ name: `limit of tenant ${n}`, limit: n * 3 }));
