'use strict';
// Dumps as heap images: what differs from a snapshot.

const { hasRoomForIds } = require('./headroom.js');
const { imageName } = require('./names.js');
const redaction = require('./redact.js');

/** The same dump as an image: under its own name, and with ids only if there is room for V8's table of them. */
function asImage({ comparable = true, ...request }) {
  const path = request.outlet === undefined ? imageName(request.path) : request.path;
  return { ...request, path, encoding: undefined, comparable: comparable && hasRoomForIds() };
}

/** What the header of an image tells of its dump, as JSON. `facts`: what is known of the dump. */
function imageFacts({ redact, comparable }, facts) {
  // The image holds everything: what was to be taken out is taken out when it is restored.
  return JSON.stringify({ ...facts, comparable, redaction: redaction.plan(redact) ?? null });
}

module.exports = { asImage, imageFacts };
