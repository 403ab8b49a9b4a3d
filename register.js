'use strict';
// For `node -r heapdump-rs/register` and `node --import heapdump-rs/register`:
// arms the signal without a change to the application.
require('./index.js');
