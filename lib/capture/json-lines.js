'use strict';
// JSON messages between the command and the agent in another process, one a line.

const readline = require('node:readline');

/** Calls `receive` with each message of a socket. Its other end may be killed at any time: errors and a cut last line are ignored. */
function receiveMessages(socket, receive) {
  socket.on('error', () => {}); // 'close' follows
  const lines = readline.createInterface({ input: socket });
  // It repeats the errors of the socket; without a listener they would end the process.
  lines.on('error', () => {});
  lines.on('line', (line) => {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      socket.destroy();
      return;
    }
    receive(message);
  });
}

/** Sends a message. Does nothing if the socket is closed. */
function sendMessage(socket, message) {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

module.exports = { receiveMessages, sendMessage };
