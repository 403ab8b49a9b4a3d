'use strict';
module.exports = require('../../../heapdump-rs.linux-x64-gnu.node');
