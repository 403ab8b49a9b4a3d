'use strict';

const { PROFILE, SOURCE_ROOT, choice, sourceRoots } = require('./kit/arguments.js');
const { LANGUAGES, PAGE_LANGUAGE } = require('./kit/languages.js');
const { openAll } = require('./kit/open.js');
const { printJson } = require('./kit/output.js');
const { writePage } = require('./kit/page.js');

async function run({ values, positionals: files }) {
  const { build } = require('../report/build.js');
  const { template } = require('../report/page.js');
  const language = choice(values.lang, 'lang', LANGUAGES);
  const roots = sourceRoots(values);
  // Read first, because it may be missing.
  const page = values.json ? undefined : template();
  const { profile: profiles, 'show-values': showValues } = values;
  const data = build(await openAll(files), files, { showValues, language, sourceRoots: roots, profiles });
  return values.json ? printJson(data) : writePage(values.output, data, page);
}

module.exports = {
  usage: 'FILE...',
  positionals: [1, Infinity],
  options: {
    output: { type: 'string', short: 'o', value: 'HTML', default: 'report.html', about: 'the file to write (report.html)' },
    'show-values': { type: 'boolean', about: 'include contents of strings' },
    profile: PROFILE,
    'source-root': SOURCE_ROOT,
    lang: PAGE_LANGUAGE,
  },
  help: `Writes one HTML file that needs no other file and no network: findings with their retaining paths, Summary, Comparison,
Trend, Statistics, a treemap of the dominator tree, duplicate strings, and a flame graph of allocations if a profile is beside
the last snapshot, or allocation stacks are in it. Snapshots are of one process, oldest first; one is enough. The file has a
few megabytes and lists the parts that it leaves out. Contents of strings are not in it unless --show-values asks for them;
names of properties, functions and files are. JSON is the data of the page.`,
  run,
};
