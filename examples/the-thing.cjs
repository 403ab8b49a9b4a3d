'use strict';
// The classic leak of closures, and a version without it.

let theThing = null;

/** Replaces the thing. All earlier ones should be free. */
function replaceThing() {
  const originalThing = theThing;
  // Both functions share one scope. `someMethod` lives as long as its thing does, and with it the scope, and with that
  // `originalThing`, which only `unused` ever needed: a chain of all things.
  const unused = () => { if (originalThing) console.log('hi'); };
  theThing = { text: '*'.repeat(1000), someMethod() {} };
  return unused;
}

/** The same without the leak: each function has its own scope. */
function replaceThingWell() {
  const length = theThing?.text.length ?? 0;
  const greet = () => { if (length > 0) console.log('hi'); };
  theThing = { text: '*'.repeat(1000), someMethod() {} };
  return greet;
}

module.exports = { replaceThing, replaceThingWell };
