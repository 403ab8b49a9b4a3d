'use strict';

const assert = require('node:assert/strict');

const OPTIONS = { memoryCost: 4096, timeCost: 2, parallelism: 2 };

function start() {
  const { hash, hashRawSync, hashRaw, verify } = require('@node-rs/argon2');
  return {
    async work(i) {
      const password = `password ${i}`;
      const hashed = await hash(password, OPTIONS);
      assert.match(hashed, /^\$argon2id\$v=19\$m=4096,t=2,p=2\$/);
      assert.deepEqual(await Promise.all([verify(hashed, password), verify(hashed, `${password} `)]), [true, false]);
      if (i % 10 > 0) return;
      const options = { ...OPTIONS, salt: Buffer.alloc(16, i) };
      assert.deepEqual(await hashRaw(password, options), hashRawSync(password, options));
    },
    stop() {},
  };
}

module.exports = { start };
