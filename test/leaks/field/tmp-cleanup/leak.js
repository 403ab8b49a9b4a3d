// https://github.com/raszi/node-tmp/issues/48: the callback that removes a file stays in the list of files to remove
const { measure } = require('./harness');
const tmp = require('tmp');
async function upload(i) {
  await new Promise((resolve, reject) => {
    tmp.file({ prefix: `upload-${i}-` }, (error, path, fd, remove) => { if (error) return reject(error); remove(); resolve(path); });
  });
}
measure(upload, { warmup: 200, n: 400 });
