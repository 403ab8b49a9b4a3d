'use strict';
// The table of commands. Each lives in a file of its own, loaded when it is asked for.

const COMMANDS = {
  dump: { about: 'make a running process write a heap snapshot', load: () => require('./dump.js') },
  memory: { about: 'where the memory of a running process is, inside and outside the heap', load: () => require('./memory.js') },
  summary: { about: 'constructors by retained size, as the Summary view of DevTools', load: () => require('./summary.js') },
  statistics: { about: 'what kinds of memory there are, as the Statistics view', load: () => require('./statistics.js') },
  diff: { about: 'what came and went between two snapshots, as the Comparison view', load: () => require('./diff.js') },
  inspect: { about: 'look around in a snapshot, or two, in the terminal', load: () => require('./inspect.js') },
  trend: { about: 'what grows over three or more snapshots', load: () => require('./trend.js') },
  suspects: { about: 'what leaks, why, where in the code, and what would break it', load: () => require('./suspects.js') },
  report: { about: 'all of this as one page of HTML', load: () => require('./report.js') },
  view: { about: 'an interactive page about snapshots, served to this machine', load: () => require('./view.js') },
  instances: { about: 'the objects of one constructor', load: () => require('./instances.js') },
  node: { about: 'everything about one object', load: () => require('./node.js') },
  children: { about: 'what an object refers to, as the Containment view', load: () => require('./children.js') },
  retainers: { about: 'what refers to an object, as the Retainers pane', load: () => require('./retainers.js') },
  paths: { about: 'how an object is kept alive: shortest paths from the roots', load: () => require('./paths.js') },
  dominators: { about: 'the chain of objects that each alone keep an object alive', load: () => require('./dominators.js') },
  strings: { about: 'texts that are stored more than once', load: () => require('./strings.js') },
  find: { about: 'objects by name and type', load: () => require('./find.js') },
  nodes: { about: 'every object, one line of JSON each', load: () => require('./nodes.js') },
};

/** What may stand in the place of a command. */
const COMMON = { help: ['--help', '-h'], version: ['--version', '-v', 'version'] };

module.exports = { COMMANDS, COMMON };
