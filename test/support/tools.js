'use strict';
// Commands of the system that a test needs.

const { spawnSync } = require('node:child_process');

/** Returns whether the command can be run here and exits with 0. */
const succeeds = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Returns the reason to skip a test that needs `command`; `false` if it is installed. */
const missing = (command, ...args) => !succeeds(command, ...(args.length > 0 ? args : ['--version'])) && `there is no ${command}`;

module.exports = { missing, succeeds };
