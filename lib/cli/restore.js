'use strict';

const path = require('node:path');
const { LEVELS } = require('../capture/redact-option.js');
const { choice, seconds } = require('./kit/arguments.js');
const { EXIT } = require('./kit/exit.js');
const { IDENTITY_OPTION } = require('./kit/identity-option.js');
const { restoreWithProgress } = require('./kit/images.js');
const { print, printJson } = require('./kit/output.js');

async function run({ values, positionals: [file] }) {
  const result = await restoreWithProgress(file, {
    ...(values.output !== undefined && { path: path.resolve(values.output) }),
    ...(values.compress !== undefined && { compress: values.compress }),
    ...(values['encrypt-to'] !== undefined && { encryptTo: values['encrypt-to'] }),
    ...(values.redact !== undefined && { redact: choice(values.redact, 'redact', LEVELS) }),
    ...(values.timeout !== undefined && { deadlineMs: seconds(values.timeout) * 1000 }),
    overwrite: values.overwrite ?? false,
    force: values.force ?? false,
  });
  await (values.json ? printJson(result) : print([result.path]));
  return EXIT.ok;
}

module.exports = {
  usage: 'FILE.heapimage',
  positionals: [1],
  options: {
    output: { type: 'string', short: 'o', value: 'FILE', about: 'the snapshot to write (NAME.heapsnapshot beside the image)' },
    compress: { type: 'string', value: 'FORMAT', about: 'gzip or zstd' },
    redact: {
      type: 'string',
      value: 'LEVEL',
      about: 'remove strings, or strict: also names that are data (the level of the dump)',
    },
    'encrypt-to': { type: 'string', value: 'KEY', about: 'encrypt the snapshot to this public key (age1…)' },
    timeout: { type: 'string', value: 'SECONDS', about: 'how long the restored process may take (3600)' },
    overwrite: { type: 'boolean', about: 'replace an existing snapshot' },
    force: { type: 'boolean', about: 'skip the check of memory and disk' },
    ...IDENTITY_OPTION,
  },
  help: `Restores a heap image: rebuilds the memory of the process, lets V8 take the snapshot there, and prints its path.

The machine must be Linux x64 with a processor like that of the service, or a newer one, and needs the memory that V8
takes for a snapshot: about 9 to 12 times the heap. Neither Node nor the files of the service are needed.

An image is a program. The restored process runs in a sandbox: it can use memory, read the time and write to one pipe. Restore
images only of services that you trust.`,
  run,
};
