'use strict';
// Differences between dumping a heap image and dumping a snapshot.

const { hasRoomForIds } = require('./headroom.js');
const { imageName } = require('./names.js');
const redaction = require('./redact.js');

/** Returns the request of the same dump as an image: with its own file name, and comparable ids only if V8's table of them fits. */
function asImage({ comparable = true, ...request }) {
  const path = request.outlet === undefined ? imageName(request.path) : request.path;
  return { ...request, path, encoding: undefined, comparable: comparable && hasRoomForIds() };
}

/** Returns the header of an image as JSON. `facts`: the known part of the result of the dump. */
function imageFacts({ redact, comparable }, facts) {
  // The image contains everything. It is redacted when it is restored.
  return JSON.stringify({ ...facts, comparable, redaction: redaction.plan(redact) ?? null });
}

module.exports = { asImage, imageFacts };
