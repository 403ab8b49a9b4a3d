'use strict';
// Writes the generated parts of the documentation: `npm run build:docs`. docs/api.md has tables of options, fields, error
// codes and NODE_HEAPDUMP_OPTIONS between `<!-- options: INTERFACE -->` and `<!-- end -->`; docs/cli.md has the output of `--help` of every
// command. test/reference.test.js compares both.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { COMMANDS } = require('../../lib/cli/commands.js');
const { DEFAULT_SIGNAL, TOKENS } = require('../../lib/capture/environment.js');
const { readErrorCodes, readInterfaces } = require('./declarations.js');

const ROOT = path.join(__dirname, '../..');
const API = path.join(ROOT, 'docs/api.md');
const CLI = path.join(ROOT, 'docs/cli.md');

const cell = (text) => text.replaceAll('|', '\\|');
const code = (text) => `\`${text}\``;

const table = (heads, rows) =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`.replace(/ {2,}/g, ' ')).join('\n');

/** The default as a literal in code, or as text. */
const shownDefault = (standard = '') => (/^\S+$/.test(standard) && !standard.includes('`') ? code(standard) : cell(standard));

/** Returns a sentence on the options that an interface takes from others. */
function inherited(heritage) {
  const picked = /Pick<\s*(\w+),\s*([^>]*)>/.exec(heritage);
  if (picked) return `Also takes, as in \`${picked[1]}\`: ${picked[2].match(/\w+/g).map(code).join(', ')}.`;
  const bases = heritage.replace(/^extends /, '').split(', ');
  return heritage ? `Also takes the options of ${bases.map(code).join(' and ')}.` : '';
}

const blocks = {
  options({ heritage, members }) {
    const rows = members.map(({ name, type, standard, text }) => [
      code(name),
      code(cell(type)),
      shownDefault(standard),
      cell(text),
    ]);
    return [rows.length > 0 && table(['option', 'type', 'default', ''], rows), inherited(heritage)].filter(Boolean).join('\n\n');
  },
  fields({ members }) {
    const rows = members.map(({ name, type, text }) => [code(name), code(cell(type)), cell(text)]);
    return table(['field', 'type', ''], rows);
  },
  tokens() {
    const rows = Object.entries(TOKENS).map(([name, { example, about }]) => [code(example ? `${name}=${example}` : name), about]);
    const first = [
      [code('signal'), `answer ${DEFAULT_SIGNAL}; the default`],
      [code('nosignal'), 'answer no signal'],
    ];
    return table(['option of NODE_HEAPDUMP_OPTIONS', 'effect'], [...first, ...rows]);
  },
  errors() {
    const rows = readErrorCodes().map((error) => [code(error.code), cell(error.text)]);
    return table(['`code`', 'meaning'], rows);
  },
};

/** Returns docs/api.md with its generated blocks made anew. */
function apiPage(page = fs.readFileSync(API, 'utf8')) {
  const interfaces = readInterfaces();
  return page.replace(
    /(<!-- (options|fields|errors|tokens): (\w+) -->\n)[\s\S]*?(\n<!-- end -->)/g,
    (_, begin, kind, name, end) => {
      if (kind !== 'tokens' && !interfaces[name]) throw new Error(`docs/api.md: there is no interface ${name}`);
      return `${begin}\n${blocks[kind](interfaces[name])}\n${end}`;
    },
  );
}

const help = (...args) =>
  execFileSync(process.execPath, [path.join(ROOT, 'bin/heapdump-rs.js'), ...args, '--help'], { encoding: 'utf8' }).trimEnd();

/** Returns docs/cli.md with the output of `--help` of every command made anew. */
function cliPage(page = fs.readFileSync(CLI, 'utf8')) {
  const block = (text) => `\`\`\`text\n${text}\n\`\`\`\n`;
  const commands = Object.keys(COMMANDS).map((name) => `### ${name}\n\n${block(help(name))}`);
  const text = [block(help()), ...commands].join('\n');
  return page.replace(/(<!-- help: begin .*-->\n)[\s\S]*(<!-- help: end -->)/, (_, begin, end) => `${begin}\n${text}\n${end}`);
}

module.exports = { apiPage, cliPage };

if (require.main === module) {
  fs.writeFileSync(API, apiPage());
  fs.writeFileSync(CLI, cliPage());
}
