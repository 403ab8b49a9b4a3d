// https://github.com/socketio/engine.io-client/issues/552: events leave an empty list behind
const { measure } = require('./harness');
const Emitter = require('component-emitter');
const socket = new Emitter();
measure(async (i) => {
  const onAck = () => i;
  socket.on(`ack ${i}`, onAck);
  socket.emit(`ack ${i}`);
  socket.off(`ack ${i}`, onAck);
}, { warmup: 100, n: 200 });
