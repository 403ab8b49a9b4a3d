'use strict';

const fs = require('node:fs');
const { LIST_OPTIONS, range } = require('./kit/arguments.js');
const { UsageError } = require('./kit/exit.js');
const { print, printJson, printTable, shown, style } = require('./kit/output.js');
const { openProfile } = require('../profile/allocation-profile.js');
const { bytes, integer, percent, printable } = require('../text.js');

const COLUMNS = [
  { title: 'Function', shrink: true },
  { title: 'Bytes', align: 'right' },
  { title: '', align: 'right' },
  { title: 'Samples', align: 'right' },
  { title: 'Place', shrink: true, isPath: true },
  { title: 'Called by', shrink: true, isPath: true },
];

/** Formats of `--output`, by the ending of the file name. */
const FORMATS = { '.pb.gz': (profile) => profile.toPprof(), '.heapprofile': (profile) => profile.toHeapProfile() };

const nameOf = (frame) => printable(frame.function || '(anonymous)');
const placeOf = ({ file, line, column }) => (file === null ? '(native)' : printable(`${file}:${line}:${column}`));

function save(profile, file) {
  const [, format] = Object.entries(FORMATS).find(([end]) => file.endsWith(end)) ?? [];
  if (format === undefined) throw new UsageError(`--output must end in ${Object.keys(FORMATS).join(' or ')}`);
  fs.writeFileSync(file, format(profile), { mode: 0o600 });
}

async function run({ values, positionals: [file] }) {
  const profile = openProfile(file);
  if (values.output !== undefined) save(profile, values.output);
  const { totals } = profile;
  const sites = profile.sites(range(values));
  if (values.json) return printJson({ totals, sites });
  if (values.output !== undefined) return print([values.output]);
  await print([`${style('bold', bytes(totals.bytes))} alive, in ${integer(totals.sampleCount)} samples`, '']);
  await printTable(
    COLUMNS,
    sites.map((site) => [
      nameOf(site),
      integer(site.bytes),
      percent(site.bytes, totals.bytes),
      integer(site.sampleCount),
      placeOf(site),
      site.callers.slice(0, 2).map(nameOf).join(' ← '),
    ]),
    values,
  );
  return print(['', style('dim', `${shown('functions', sites.length, totals.siteCount)}; bytes are estimated from samples`)]);
}

module.exports = {
  usage: 'FILE',
  positionals: [1],
  options: {
    ...LIST_OPTIONS,
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      about: `write the profile to FILE; its ending selects the format: ${Object.keys(FORMATS).join(' (pprof), ')} (Chrome DevTools)`,
    },
  },
  help: `Lists the functions that allocated the living objects, by bytes. FILE is a .heapprofile of profile().take().toHeapProfile(),
node --heap-prof or Chrome DevTools. Bytes are estimates: V8 takes a sample for each 512 KiB, or for each intervalBytes.`,
  run,
};
