'use strict';
// Divides the resident bytes of a process among owners: what the kernel tells of mappings, refined by what V8 and the allocator
// tell. Pure: no part gets a byte that another one has, and what no owner is known for is `unexplained`.

/** V8 counts the memories of WebAssembly as external memory up to this major version. */
const LAST_V8_WITH_WASM_IN_EXTERNAL = 13;

/** Preloaded allocators: most map memory that cannot be told from other anonymous memory, but they say how much they hold. */
const TELLS_RESIDENT = new Set(['jemalloc', 'mimalloc', 'tcmalloc']);

const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

/** Takes up to `wanted` bytes of `from.rest`. */
function take(from, wanted) {
  const taken = Math.min(from.rest, Math.max(0, Math.round(wanted)));
  from.rest -= taken;
  return taken;
}

/** All mappings of an owner as one. */
function total(parts, owner) {
  const found = parts.filter((part) => part.owner === owner);
  const add = (field) => sum(found.map((part) => part[field]));
  return { resident: add('resident'), size: add('size'), count: add('count') };
}

/**
 * V8's mappings, divided among the isolates that were asked. V8 overestimates what is in memory of pages that are not full, which
 * is taken off the free space first.
 */
function partsOfV8(resident, isolates) {
  const left = { rest: resident };
  const parts = [];
  const give = (owner, bytesOf) => {
    for (const isolate of isolates) {
      parts.push({ owner, threadId: isolate.threadId, resident: take(left, bytesOf(isolate)) });
    }
  };
  give('v8-live', ({ old }) => old.used);
  give('v8-code', ({ code }) => code.physical);
  give('v8-young', ({ young }) => young.physical);
  give('v8-free', ({ old }) => old.physical - old.used);
  parts.push({ owner: 'v8-other', resident: left.rest });
  return parts;
}

/**
 * What `malloc` holds: bytes that are in memory, how many of them are free, and how many of its addresses were never touched.
 * `anonymous.rest` is reduced by what of it is the allocator's.
 */
function mallocOf({ parts, statistics, allocator, areBlocksKnown }, anonymous) {
  const arenas = total(parts, 'malloc-arenas');
  const blocks = total(parts, 'malloc-mapped');
  if (TELLS_RESIDENT.has(allocator)) {
    // It counts pages as resident that were never touched. The kernel knows better, where it shows which mappings are its own.
    const told = statistics?.resident ?? 0;
    const held = areBlocksKnown ? 0 : take(anonymous, told);
    const resident = arenas.resident + blocks.resident + held;
    const untouched = areBlocksKnown ? Math.max(0, told - resident) : 0;
    const free = statistics?.allocated === undefined ? undefined : Math.max(0, resident + untouched - statistics.allocated);
    return { resident, free, untouched };
  }
  if (allocator === 'musl') {
    const held = take(anonymous, anonymous.rest);
    return { resident: arenas.resident + blocks.resident + held, free: undefined, untouched: 0 };
  }
  // Blocks that were not found, though glibc says that there are more.
  const missing = (statistics?.mapped ?? 0) - blocks.size;
  const more = areBlocksKnown && missing < blocks.size / 100 ? 0 : take(anonymous, missing);
  const resident = arenas.resident + blocks.resident + more;
  const used = statistics && sum(statistics.arenas.map((arena) => arena.system - arena.free));
  const free = statistics && Math.min(arenas.resident, Math.max(0, arenas.resident - used));
  return { resident, free, untouched: Math.max(0, blocks.size - blocks.resident) };
}

/** The bytes of `malloc`, divided by what they are for. */
function partsOfMalloc({ resident, free, untouched }, isolates, wasm) {
  const left = { rest: resident };
  const parts = [{ owner: 'malloc-free', resident: take(left, free ?? 0) }];
  const wasmInExternal = Number.parseInt(process.versions.v8, 10) <= LAST_V8_WITH_WASM_IN_EXTERNAL ? wasm : 0;
  const arrayBuffers = sum(isolates.map((isolate) => isolate.arrayBuffers));
  // Another copy of this package in the process may be older, and tell no `builtinSources`.
  const externalOf = (isolate) => Math.max(0, isolate.external - isolate.arrayBuffers - (isolate.builtinSources ?? 0));
  const external = sum(isolates.map(externalOf));
  // New ArrayBuffers are zeroed by the kernel: what nobody wrote to is not in memory.
  parts.push({ owner: 'array-buffers', resident: take(left, arrayBuffers - untouched), size: arrayBuffers });
  parts.push({ owner: 'external', resident: take(left, external - wasmInExternal) });
  parts.push({ owner: 'v8-malloc', resident: take(left, sum(isolates.map((isolate) => isolate.malloced))) });
  parts.push({ owner: 'malloc', resident: left.rest });
  return parts;
}

/** Owners whose parts are divided further, or decided on here. */
const DIVIDED = new Set(['v8', 'v8-wasm', 'malloc-arenas', 'malloc-mapped', 'anonymous']);

/** A part of native code, without what is empty. */
function plain({ owner, name, resident, size, swap, count }) {
  return { owner, ...(name && { name }), resident, size, ...(swap && { swap }), count };
}

/**
 * @param {import('../binding.js').MappedMemory} mapped
 * @param {ReturnType<import('./isolates.js').statisticsHere>[]} isolates those of the process; none if it is another one
 * @returns {{parts: object[], unexplained: number, mallocFree: number | undefined}}
 */
function divide(mapped, isolates) {
  const { parts: mappings, rss } = mapped;
  const parts = mappings.filter(({ owner }) => !DIVIDED.has(owner)).map(plain);
  const v8 = total(mappings, 'v8');
  const wasm = total(mappings, 'v8-wasm');
  const anonymous = { rest: total(mappings, 'anonymous').resident };
  const malloc = mallocOf(mapped, anonymous);
  if (isolates.length > 0) parts.push(...partsOfV8(v8.resident, isolates), ...partsOfMalloc(malloc, isolates, wasm.resident));
  else parts.push({ owner: 'v8', resident: v8.resident }, { owner: 'malloc', resident: malloc.resident });
  parts.push({ owner: 'v8-wasm', resident: wasm.resident });
  // Of anonymous memory that may be the allocator's nobody can say that it is not.
  if (mapped.areBlocksKnown || (TELLS_RESIDENT.has(mapped.allocator) && mapped.statistics))
    parts.push({ owner: 'anonymous', resident: anonymous.rest, count: total(mappings, 'anonymous').count });
  const present = parts.filter(({ resident }) => resident > 0).sort((a, b) => b.resident - a.resident);
  return { parts: present, unexplained: rss - sum(present.map(({ resident }) => resident)), mallocFree: malloc.free };
}

module.exports = { divide, sum };
