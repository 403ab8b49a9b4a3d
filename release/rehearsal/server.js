'use strict';
// A registry on loopback with an empty store and no other registry behind it: `node server.js DIRECTORY`. Prints its address.

const fs = require('node:fs');
const path = require('node:path');
const { runServer } = require('../tools/node_modules/verdaccio');

async function main(directory) {
  const config = path.join(directory, 'config.yaml');
  fs.writeFileSync(
    config,
    JSON.stringify({
      storage: path.join(directory, 'storage'),
      auth: { htpasswd: { file: path.join(directory, 'htpasswd') } },
      uplinks: {},
      packages: { '**': { access: '$all', publish: '$all' } },
      web: { enable: false },
      max_body_size: '50mb',
      log: { type: 'stdout', format: 'pretty', level: 'error' },
    }),
  );
  const server = await runServer(config);
  server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
}

main(process.argv[2]);
