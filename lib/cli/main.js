'use strict';
// The command line: finds the command, parses its arguments, converts errors to exit codes.

const path = require('node:path');
const { parseArgs } = require('node:util');
const { isImage } = require('../capture/image-file.js');
const { COMMANDS, COMMON } = require('./commands.js');
const { EXIT, UsageError, asUsage, explain } = require('./kit/exit.js');
const { IDENTITY_OPTION } = require('./kit/identity-option.js');
const { identityFor, useIdentity } = require('../identity.js');

/** Options of every command. */
const COMMON_OPTIONS = {
  help: { type: 'boolean', short: 'h', about: 'show this help' },
  json: { type: 'boolean', about: 'print JSON instead of a table' },
};

/** Options of every command that reads snapshots. */
const READER_OPTIONS = {
  ...IDENTITY_OPTION,
  restore: { type: 'boolean', about: 'restore a heap image, beside it, and read that snapshot' },
};

const readsSnapshots = (name) => COMMANDS[name].readsSnapshots ?? true;

function optionsOf(name, command) {
  return { ...command.options, ...(readsSnapshots(name) && READER_OPTIONS), ...COMMON_OPTIONS };
}

function optionLines(options) {
  const rows = Object.entries(options).map(([name, option]) => {
    const short = option.short ? `-${option.short}, ` : '    ';
    const value = option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : '';
    return [`  ${short}--${name}${value}`, option.about];
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}   ${right}`).join('\n');
}

function overview() {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(width)}   ${about}`);
  return `usage: heapdump-rs COMMAND [ARGUMENTS] [OPTIONS]

${lines.join('\n')}

heapdump-rs COMMAND --help describes a command. Files may be compressed (.gz, .zst).

exit codes:
  0   done
  1   a check (--fail-on) found something
  2   wrong usage
  3   a file could not be read, is not a heap snapshot, or has no such object; no process that can be dumped
  4   anything else
`;
}

function commandHelp(name, command) {
  const parts = [
    `usage: heapdump-rs ${name} ${command.usage} [OPTIONS]`,
    command.help ?? `${COMMANDS[name].about[0].toUpperCase()}${COMMANDS[name].about.slice(1)}.`,
    optionLines(optionsOf(name, command)),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** No name of an option has white space: this is text, such as SQL that begins with a comment. */
const isText = (arg) => /^--[^=]*\s/.test(arg);

/** Precedes text, so that it is not taken for an option. No argument of a process contains this character. */
const MARK = '\0';

const unmarked = (value) => (typeof value === 'string' && value.startsWith(MARK) ? value.slice(MARK.length) : value);

function parse(options, args) {
  const marked = args.map((arg) => (isText(arg) ? MARK + arg : arg));
  const { values, positionals } = asUsage(() => parseArgs({ args: marked, options, allowPositionals: true, strict: true }));
  for (const [name, value] of Object.entries(values)) {
    values[name] = Array.isArray(value) ? value.map(unmarked) : unmarked(value);
  }
  return { values, positionals: positionals.map(unmarked) };
}

/** Replaces heap images among the arguments by their snapshots. */
function snapshotsOf(name, positionals, { restore }) {
  if (!readsSnapshots(name) || !positionals.some((file) => isImage(file, identityFor()))) return positionals;
  return require('./kit/images.js').withoutImages(positionals, restore);
}

async function run([name, ...args]) {
  if (name === undefined || (name === 'help' && args.length === 0) || COMMON.help.includes(name)) {
    process.stdout.write(overview());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (COMMON.version.includes(name)) {
    process.stdout.write(`${require('../../package.json').version}\n`);
    return EXIT.ok;
  }
  if (name === 'help') return run([args[0], '--help']);
  if (!Object.hasOwn(COMMANDS, name)) throw new UsageError(`there is no command ${JSON.stringify(name)}`);
  const command = COMMANDS[name].load();
  const { values, positionals } = parse(optionsOf(name, command), args);
  if (values.help) {
    process.stdout.write(commandHelp(name, command));
    return EXIT.ok;
  }
  const [min, max = min] = command.positionals;
  if (positionals.length < min || positionals.length > max) {
    throw new UsageError(`usage: heapdump-rs ${name} ${command.usage} [OPTIONS]`);
  }
  if (values.identity !== undefined) useIdentity(path.resolve(values.identity));
  return (await command.run({ values, positionals: await snapshotsOf(name, positionals, values) })) ?? EXIT.ok;
}

/**
 * Runs the command line and sets the exit code of this process.
 * @param {string[]} args the arguments after the name of the script
 * @returns {Promise<void>}
 */
async function main(args) {
  // The reader has closed the pipe, as in `heapdump-rs nodes FILE | head`.
  process.stdout.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.ok);
  });
  try {
    process.exitCode = await run(args);
  } catch (error) {
    const { text, code } = explain(error);
    if (text) process.stderr.write(`heapdump-rs: ${text}\n`);
    process.exitCode = code;
  }
}

module.exports = { main };
