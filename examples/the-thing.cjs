'use strict';
// The classic leak of closures, and what it should have been.

let theThing = null;

/** Replaces the thing. Only the latest one is kept. Or so it looks. */
function replaceThing() {
  const originalThing = theThing;
  // Both functions share one scope. `someMethod` lives as long as its thing does, and with it the scope, and with that
  // `originalThing`, which only `unused` ever needed: a chain of all things.
  const unused = () => { if (originalThing) console.log('hi'); };
  theThing = { text: '*'.repeat(1000), someMethod() {} };
  return unused;
}

/** The same, with a scope of its own for each function. */
function replaceThingWell() {
  const length = theThing?.text.length ?? 0;
  const greet = () => { if (length > 0) console.log('hi'); };
  theThing = { text: '*'.repeat(1000), someMethod() {} };
  return greet;
}

module.exports = { replaceThing, replaceThingWell };
