'use strict';
// Places in which a secret can be, and the levels of redaction that leave it there. The table of docs/redaction.md is generated
// from this list by `node test/redaction/places.js`.

const PLACES = [
  ['Values', require('./values.js')],
  ['Names', require('./names.js')],
  ['Code', require('./code.js')],
].flatMap(([group, places]) =>
  places.map(([what, form, left, plant], at) => ({
    group,
    form,
    left,
    plant,
    what: what.startsWith('the same') ? places[at - 1][0] + what.slice('the same'.length) : what,
  })),
);

/** Letters of `left`: the option `redact`, and the texts of scripts of a strict dump. */
const LEVELS = { p: 'false', s: "'strings'", t: "'strict'", c: 'sources' };

function table() {
  const rows = PLACES.map(
    ({ group, what, left }) =>
      `| ${group} | ${what} | ${[...'pstc'].map((letter) => (left.includes(letter) ? 'left' : '')).join(' | ')} |`,
  );
  return [
    "| | place of the secret | `false` | `'strings'` | `'strict'` | `sources`, strict |",
    '|---|---|---|---|---|---|',
    ...rows,
  ]
    .join('\n')
    .replace(/ {2,}/g, ' ');
}

/** Plants a secret in each place. */
async function plantAll(forms) {
  const kept = [];
  globalThis.plantedPlaces = kept;
  for (const [n, { form, plant }] of PLACES.entries()) await plant(forms[form](n), (value) => kept.push(value));
}

module.exports = { LEVELS, PLACES, plantAll, table };

if (require.main === module) console.log(table());
