'use strict';
// A method makes the scope; a private field keeps the functions.
class Uploads {
  #cancels = new Map();
  begin(id) {
    const body = 'b'.repeat(4000) + id;
    const headers = { id };
    const hash = function () { return body.length; };
    hash();
    this.#cancels.set(id, () => headers.id);
  }
}
const uploads = new Uploads();
require('../harness').run((n) => uploads.begin(n));
