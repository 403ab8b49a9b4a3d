'use strict';
// Divides the resident bytes of a process among owners: by the kernel's list of mappings, and by statistics of V8 and the
// allocator. Pure functions. Each byte belongs to one part only; bytes without a known owner are `unexplained`.

/** The last major version of V8 that counts the memories of WebAssembly as external memory. */
const LAST_V8_WITH_WASM_IN_EXTERNAL = 13;

/** Allocators that report their resident memory. Their mappings cannot be distinguished from other anonymous memory. */
const REPORTS_RESIDENT = new Set(['jemalloc', 'mimalloc', 'tcmalloc']);

const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);

/** Takes up to `wanted` bytes of `from.rest`, and returns how many. */
function take(from, wanted) {
  const taken = Math.min(from.rest, Math.max(0, Math.round(wanted)));
  from.rest -= taken;
  return taken;
}

/** Returns the sums of all mappings of an owner. */
function total(parts, owner) {
  const found = parts.filter((part) => part.owner === owner);
  const add = (field) => sum(found.map((part) => part[field]));
  return { resident: add('resident'), size: add('size'), count: add('count') };
}

/**
 * Divides V8's mappings among the isolates that answered. V8 overestimates the resident part of pages that are not full; the
 * excess is subtracted from the free space first.
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
 * Returns the memory of `malloc`: its resident bytes, how many of them are free, and how many bytes of address space were never
 * touched. Subtracts the allocator's part from `anonymous.rest`.
 */
function mallocOf({ parts, statistics, allocator, areBlocksKnown }, anonymous) {
  const arenas = total(parts, 'malloc-arenas');
  const blocks = total(parts, 'malloc-mapped');
  if (REPORTS_RESIDENT.has(allocator)) {
    // It counts pages as resident that were never touched. The kernel knows better, where it shows which mappings are its own.
    const reported = statistics?.resident ?? 0;
    const held = areBlocksKnown ? 0 : take(anonymous, reported);
    const resident = arenas.resident + blocks.resident + held;
    const untouched = areBlocksKnown ? Math.max(0, reported - resident) : 0;
    const free = statistics?.allocated === undefined ? undefined : Math.max(0, resident + untouched - statistics.allocated);
    return { resident, free, untouched };
  }
  if (allocator === 'musl') {
    // It reports nothing. A large block is a mapping of its own, and the kernel shows how many of its pages were touched.
    const { size, resident } = total(parts, 'anonymous');
    const held = take(anonymous, resident);
    return { resident: arenas.resident + blocks.resident + held, free: undefined, untouched: Math.max(0, size - resident) };
  }
  // Blocks that glibc reports, but that were not found among the mappings.
  const missing = (statistics?.mapped ?? 0) - blocks.size;
  const more = areBlocksKnown && missing < blocks.size / 100 ? 0 : take(anonymous, missing);
  const reported = statistics?.arenas ?? [];
  const [system, used] = [sum(reported.map((arena) => arena.system)), sum(reported.map((arena) => arena.system - arena.free))];
  // In one of a hundred processes V8 maps its code directly after `[heap]`, which cannot grow then. The main arena goes on in other
  // anonymous mappings. Pages that it has not touched are counted, too: their number is not known.
  const elsewhere = take(anonymous, system - arenas.size);
  const inArenas = arenas.resident + elsewhere;
  const resident = inArenas + blocks.resident + more;
  const free = statistics && Math.min(inArenas, Math.max(0, inArenas - used));
  return { resident, free, untouched: Math.max(0, blocks.size - blocks.resident) };
}

/** Divides the bytes of `malloc` by their use. */
function partsOfMalloc({ resident, free, untouched }, isolates, wasm) {
  const left = { rest: resident };
  const parts = [{ owner: 'malloc-free', resident: take(left, free ?? 0) }];
  const wasmInExternal = Number.parseInt(process.versions.v8, 10) <= LAST_V8_WITH_WASM_IN_EXTERNAL ? wasm : 0;
  const arrayBuffers = sum(isolates.map((isolate) => isolate.arrayBuffers));
  // Another copy of this package in the process may be older, and report no `builtinSources`.
  const externalOf = (isolate) => Math.max(0, isolate.external - isolate.arrayBuffers - (isolate.builtinSources ?? 0));
  const external = sum(isolates.map(externalOf));
  // The kernel zeroes new ArrayBuffers when they are first written to. Untouched ones are not resident.
  parts.push({ owner: 'array-buffers', resident: take(left, arrayBuffers - untouched), size: arrayBuffers });
  parts.push({ owner: 'external', resident: take(left, external - wasmInExternal) });
  parts.push({ owner: 'v8-malloc', resident: take(left, sum(isolates.map((isolate) => isolate.malloced))) });
  parts.push({ owner: 'malloc', resident: left.rest });
  return parts;
}

/** Owners whose parts are divided further, or assigned by `divide`. */
const DIVIDED = new Set(['v8', 'v8-wasm', 'malloc-arenas', 'malloc-mapped', 'anonymous']);

/** Returns a part as it comes from native code, without empty fields. */
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
  // If the blocks of the allocator are not known, the rest of anonymous memory may belong to it, and stays unexplained.
  if (mapped.areBlocksKnown || (REPORTS_RESIDENT.has(mapped.allocator) && mapped.statistics))
    parts.push({ owner: 'anonymous', resident: anonymous.rest, count: total(mappings, 'anonymous').count });
  const present = parts.filter(({ resident }) => resident > 0).sort((a, b) => b.resident - a.resident);
  return { parts: present, unexplained: rss - sum(present.map(({ resident }) => resident)), mallocFree: malloc.free };
}

module.exports = { divide, sum };
