'use strict';
// Places in code and in its names; the columns as in values.js.

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');

const script = (code, filename, options) => new vm.Script(code, { filename, ...options }).runInThisContext();
const file = (name, text) => {
  const full = path.resolve(name);
  fs.mkdirSync(path.dirname(full), { recursive: true });
  fs.writeFileSync(full, text);
  return full;
};

module.exports = [
  ['string in code of eval', 'data', 'p', (m, keep) => keep((0, eval)(`() => '${m}'`))],
  ['string in code of new Function', 'data', 'p', (m, keep) => keep(new Function(`return '${m}'`))],
  ['template in code', 'data', 'p', (m, keep) => keep(new Function('x', `return \`\${x} ${m}\``))],
  [
    'tagged template in code',
    'data',
    'p',
    (m, keep) => {
      const tag = (strings) => strings;
      keep(new Function('tag', `return tag\`${m}\``)(tag));
    },
  ],
  ['regular expression in code', 'data', 'p', (m, keep) => keep(new Function(`return /${m}/`))],
  ['number in code', 'digits', 'p', (m, keep) => keep(new Function(`return ${m}`))],
  ['comment in code', 'data', 'p', (m, keep) => keep(new Function(`return 1; // ${m}`))],
  ['name of a property in code that never ran', 'data', 'p', (m, keep) => keep(new Function('x', `return x.${m}`))],
  ['string in a module', 'data', 'p', (m, keep) => keep(require(file('plain-string.js', `module.exports = () => '${m}';`)))],
  [
    'comment in a module',
    'data',
    'p',
    (m, keep) => keep(require(file('plain-comment.js', `/* ${m} */ module.exports = () => 1;`))),
  ],
  [
    'name of a property in a module',
    'data',
    'psc',
    (m, keep) => keep(require(file('plain-name.js', `module.exports = () => 1; module.exports.${m} = {};`))),
  ],
  [
    'variable in an ES module',
    'data',
    'psc',
    async (m, keep) =>
      keep(await import(pathToFileURL(file('plain-variable.mjs', `const ${m} = {}; export default () => ${m};`)).href)),
  ],
  [
    'export of an ES module',
    'word',
    'pc',
    async (m, keep) =>
      keep(await import(pathToFileURL(file('plain-export.mjs', `export const ${m} = {}; export default () => ${m};`)).href)),
  ],
  ['value in a JSON module', 'data', 'p', (m, keep) => keep(require(file('plain-value.json', `{"value":"${m}"}`)))],
  ['key in a JSON module', 'data', 'ps', (m, keep) => keep(require(file('plain-key.json', `{"${m}":{}}`)))],
  ['file name of a JSON module', 'data', 'ps', (m, keep) => keep(require(file(`${m}.json`, '{"a":{}}')))],
  ['file name of a module', 'data', 'pstc', (m, keep) => keep(require(file(`${m}.js`, 'module.exports = () => 1;')))],
  ['directory of a script', 'word', 'pstc', (m, keep) => keep(script('() => 1', `/srv/${m}/app.js`))],
  ['user in the path of a script', 'word', 'ps', (m, keep) => keep(script('() => 1', `/home/${m}/app.js`))],
  ['user in the path of a script on macOS', 'word', 'ps', (m, keep) => keep(script('() => 1', `/Users/${m}/app.js`))],
  ['user in the path of a script on Windows', 'word', 'ps', (m, keep) => keep(script('() => 1', `C:\\Users\\${m}\\app.js`))],
  ['user in the URL of a script', 'word', 'ps', (m, keep) => keep(script('() => 1', `file:///home/${m}/app.mjs`))],
  ['query of the URL of a script', 'word', 'ps', (m, keep) => keep(script('() => 1', `https://cdn.example/app.js?token=${m}`))],
  ['fragment of the URL of a script', 'word', 'ps', (m, keep) => keep(script('() => 1', `https://cdn.example/app.js#${m}`))],
  ['password in the URL of a script', 'word', 'ps', (m, keep) => keep(script('() => 1', `https://user:${m}@cdn.example/app.js`))],
  ['name of a script that is no path', 'data', 'ps', (m, keep) => keep(script('() => 1', `tenant ${m}`))],
  ['the same, that reads like a name', 'word', 'pstc', (m, keep) => keep(script('() => 1', `${m}.js`))],
  ['sourceURL of code of eval', 'data', 'p', (m, keep) => keep((0, eval)(`() => 1\n//# sourceURL=${m}`))],
  [
    'source map in a comment',
    'data',
    'p',
    (m, keep) => keep((0, eval)(`() => 1\n//# sourceMappingURL=data:application/json,${m}`)),
  ],
  ['imported data: URL', 'word', 'ps', async (m, keep) => keep(await import(`data:text/javascript,export default () => 1 //${m}`))],
  [
    'query of an imported module',
    'data',
    'ps',
    async (m, keep) => keep(await import(`${pathToFileURL(file('query.mjs', 'export default () => 1;')).href}?version=${m}`)),
  ],
  ['name of a vm context', 'data', '', (m, keep) => keep(vm.createContext({}, { name: Buffer.from(m).toString('latin1') }))],
  ['origin of a vm context', 'data', 'ps', (m, keep) => keep(vm.createContext({}, { origin: `https://${m}.example` }))],
];
