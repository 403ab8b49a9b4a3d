'use strict';
// Installs the package `heapdump` to compare with.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

/** Returns the directory in which `heapdump` is or will be installed. Its addon is compiled for one version of Node. */
const peersFor = (version) => path.join(__dirname, '..', '..', '.cache', 'bench-capture', version);

/** `heapdump` is compiled at installation. Returns whether it works with the Node `executable`; it does not with Node 26. */
function installPeers(directory, executable) {
  const built = path.join(directory, 'node_modules', 'heapdump', 'build', 'Release', 'addon.node');
  try {
    if (!fs.existsSync(built)) {
      fs.mkdirSync(directory, { recursive: true });
      fs.writeFileSync(path.join(directory, 'package.json'), '{"private":true}');
      // Without the settings of this repository, which hand themselves down: scripts must run.
      const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('npm_')));
      const bin = path.dirname(fs.realpathSync(executable));
      // The headers that come with that Node, and not those of the one that runs npm.
      Object.assign(env, { npm_config_nodedir: path.dirname(bin), PATH: bin + path.delimiter + env.PATH });
      execFileSync('npm', ['install', '--ignore-scripts=false', 'heapdump@0.3.15'], { cwd: directory, env, stdio: 'ignore' });
    }
    execFileSync(executable, ['-e', `require(${JSON.stringify(built)})`], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('heapdump does not compile or load here: left out');
    return false;
  }
}

module.exports = { installPeers, peersFor };
