'use strict';
// For `node -r heapdump-rs/register` and `node --import heapdump-rs/register`: installs the signal trigger without a change to the
// application.
require('./index.js');
