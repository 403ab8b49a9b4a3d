'use strict';
// Nothing but Node. `node small.cjs FOLDER`.

require('node:v8').writeHeapSnapshot(require('node:path').join(process.argv[2], 's1.heapsnapshot'));
