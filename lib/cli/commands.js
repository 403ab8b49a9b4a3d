'use strict';
// The table of commands. Each is in a file of its own, loaded when it is run. `readsSnapshots` is true by default.

const COMMANDS = {
  dump: { about: 'make a running process write a heap snapshot', load: () => require('./dump.js'), readsSnapshots: false },
  leaks: {
    about: 'take three snapshots of a running process, and name its leaks',
    load: () => require('./leaks.js'),
    readsSnapshots: false,
  },
  memory: {
    about: 'owners of the resident memory of a running process, inside and outside the heap',
    load: () => require('./memory.js'),
    readsSnapshots: false,
  },
  restore: { about: 'make a heap snapshot from a heap image', load: () => require('./restore.js'), readsSnapshots: false },
  summary: { about: 'constructors by retained size, as in the Summary view of DevTools', load: () => require('./summary.js') },
  statistics: { about: 'kinds of memory, as in the Statistics view', load: () => require('./statistics.js') },
  diff: { about: 'added and removed objects of two snapshots, as in the Comparison view', load: () => require('./diff.js') },
  inspect: { about: 'explore one or two snapshots in the terminal', load: () => require('./inspect.js') },
  trend: { about: 'growth over three or more snapshots', load: () => require('./trend.js') },
  suspects: {
    about: 'leaks: the variable, the line of code, the retaining path, and the fix',
    load: () => require('./suspects.js'),
  },
  packages: { about: 'bytes by npm package', load: () => require('./packages.js') },
  profile: {
    about: 'functions that allocated the living objects, of a process or of a .heapprofile',
    load: () => require('./profile.js'),
    readsSnapshots: false,
  },
  report: { about: 'write findings and all views as one HTML file', load: () => require('./report.js') },
  view: { about: 'serve an interactive page to this machine', load: () => require('./view.js') },
  export: { about: 'write Parquet tables, for SQL over many snapshots', load: () => require('./export.js') },
  query: { about: 'query snapshots in SQL, with DuckDB', load: () => require('./query.js'), readsSnapshots: false },
  mcp: { about: 'serve tools to agents, by the Model Context Protocol', load: () => require('./mcp.js'), readsSnapshots: false },
  allocations: {
    about: 'living objects by the function that allocated them, from a snapshot with allocation stacks',
    load: () => require('./allocations.js'),
  },
  timeline: { about: 'living objects by the time of their allocation', load: () => require('./timeline.js') },
  instances: { about: 'the objects of one constructor', load: () => require('./instances.js') },
  node: { about: 'everything about one object', load: () => require('./node.js') },
  children: { about: 'references of an object, as in the Containment view', load: () => require('./children.js') },
  retainers: { about: 'retainers of an object, as in the Retainers pane', load: () => require('./retainers.js') },
  paths: { about: 'shortest retaining paths of an object', load: () => require('./paths.js') },
  dominators: { about: 'immediate dominators of an object, up to the root', load: () => require('./dominators.js') },
  strings: { about: 'texts that are stored more than once', load: () => require('./strings.js') },
  find: { about: 'objects by name and type', load: () => require('./find.js') },
  nodes: { about: 'every object, one line of JSON each', load: () => require('./nodes.js') },
};

/** Words that are accepted in place of a command. */
const COMMON = { help: ['--help', '-h'], version: ['--version', '-v', 'version'] };

module.exports = { COMMANDS, COMMON };
