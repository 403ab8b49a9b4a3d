'use strict';
// Patches `find` of the one store for the time of a request, and puts the method back afterwards.
const store = {
  rows: new Map([[1, 'one']]),
  find(id) { return this.rows.get(id); },
};

function profileRequest(n) {
  const timings = [{ n, marks: new Array(60).fill(n + 0.5) }];
  const genuine = store.find;
  store.find = function profiledFind(id) {
    timings[0].last = id;
    return genuine.call(this, id);
  };
  try {
    return store.find(1);
  } finally {
    store.find = genuine;
  }
}

require('../harness').run(profileRequest);
