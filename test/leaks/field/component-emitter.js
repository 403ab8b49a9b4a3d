'use strict';
// Events leave an empty list behind: https://github.com/socketio/engine.io-client/issues/552
const { run } = require('../harness');
const Emitter = require(process.argv[3]);
const socket = new Emitter();
run((n) => {
  const onAck = () => n;
  socket.on(`ack ${n}`, onAck);
  socket.emit(`ack ${n}`);
  socket.off(`ack ${n}`, onAck);
});
