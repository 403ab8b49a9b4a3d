'use strict';
// The directory `lib` of this package. Modules that need the path of a file below it use this instead of their own `__dirname`: the
// published package has all modules that `require` loads in lib/core.js.

module.exports = __dirname;
