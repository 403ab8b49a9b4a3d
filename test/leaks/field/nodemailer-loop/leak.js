// https://github.com/nodemailer/nodemailer/issues/979: an async function that returns a call of itself, so no promise resolves
const { measure } = require('./harness');
const { EventEmitter, once } = require('node:events');
const nodemailer = require('nodemailer');
const transport = nodemailer.createTransport({ jsonTransport: true });
const queue = new EventEmitter();
async function send() {
  const [mail] = await once(queue, 'mail');
  await transport.sendMail({ from: 'shop@example.com', ...mail });
  queue.emit('sent');
  return send();
}
send();
async function order(i) {
  const sent = once(queue, 'sent');
  queue.emit('mail', { to: `customer${i}@example.com`, subject: 'Order ' + i, text: 'Thank you for your order' });
  await sent;
  await new Promise(setImmediate);
}
measure(order, { warmup: 300, n: 1000 });
