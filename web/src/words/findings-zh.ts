// What findings say, in Chinese. The engine's English sentence is the message: each of its forms stands here beside its
// translation, and what is filled in is taken over, or translated where it is a part of a sentence itself. A sentence that has
// no form here stays English.

/** What can be filled in, by its name; any text for other names. */
const NAME = '(?:`[^`]*`|the anonymous function|its function)';
const PLACE = '(?: \\((?:(?! \\().)+?:\\d+:\\d+\\))?';
const KINDS: Record<string, string> = {
  count: '[\\d,]+', pieces: '[\\d,]+', share: '\\d+', bytes: '[\\d.]+ (?:B|[kMGT]B)', average: '[\\d.]+ (?:B|[kMGT]B)',
  name: NAME, maker: NAME, holder: NAME, names: `${NAME}(?:(?:, | and )${NAME})*`, place: PLACE,
  series: '(?: \\([^()]* from snapshot to snapshot\\))?', root: `(?:, reached through ${NAME},)?`, event: '"(?:[^"\\\\]|\\\\.)*"',
  cargo: '(?:, each with its .+?)?', store: '(?:, each with a store of AsyncLocalStorage \\(.+\\))?', dead: '(?: \\(only .+ did, and nothing can call it any more\\))?',
  doubt: '(?:, unless by `eval` or `with`, which can read everything| \\(a guess: the source (?:has changed since|cannot be read)\\))?',
  owner: `(?: ${NAME}${PLACE})?`, resource: '(?: \\(each an AsyncResource\\))?', properties: '(?: \\(`.*`(?: …)?\\))?', text: '(?: \\(".*"\\))?',
  inPieces: '(?:, in [\\d,]+ pieces)?', noun: 'array|Map|Set|object',
  keeper: `${NAME}(?: in [^:]+?)?${PLACE}`, classes: '[\\d,]+ .+? [\\d.]+ (?:B|[kMGT]B)', kind: '(?:`[^`]*`|string|scope|internal)',
  subject: '(?:The|A) .+?', parts: '(?: Its largest parts are .+?B\\)\\.)?', outside: '(?: [\\d.]+ (?:B|[kMGT]B) of it is outside the JavaScript heap, in buffers\\.)?',
  leads: '(?: Most of them lead to .+?\\.)?', each: '(?:, [\\d.]+ (?:B|[kMGT]B) each(?:, mostly in .+?)?)?',
  code: '(?: (?:Entries are added (?:in .+? \\(.+?:\\d+:\\d+\\)|at .+?:\\d+:\\d+)|It is created at .+?:\\d+:\\d+|It leads to .+?)\\.)?',
};

/** English -> Chinese. */
export const FORMS: [string, string][] = [
  // Titles.
  ['{holder} keeps {names}: a chain of {count} scopes of {maker}', '{holder} 保留着 {names}：{maker} 的 {count} 个作用域连成一条链'],
  ['{holder} keeps {names} alive in the scope of {maker}', '{holder} 使 {maker} 作用域中的 {names} 无法回收'],
  ['timers of {name} are never cleared', '调用 {name} 的定时器从未清除'],
  ['sliced strings in {name} keep the texts they were cut out of', '{name} 中的切片字符串保留着它们所取自的原文'],
  ['{noun} {name} grows without bound', '{noun} {name} 无限增长'],
  ['{noun} {name} is large', '{noun} {name} 很大'],
  ['stores of AsyncLocalStorage hang on {name} that never end', 'AsyncLocalStorage 的存储挂在从不结束的 {name} 上'],
  ['stores of AsyncLocalStorage hang on {class} that never end', 'AsyncLocalStorage 的存储挂在从不结束的 {class} 上'],
  ['the text {name} only gets longer', '文本 {name} 只会越来越长'],
  ['texts in {name} are still in pieces', '{name} 中的文本仍是零散的片段'],
  ['{count} nodes of the page are detached but alive', '页面的 {count} 个节点已分离，但仍未被回收'],
  ['{count} objects of {name} are the same', '{name} 的 {count} 个对象完全相同'],
  ['{count} copies of one text', '同一文本有 {count} 份'],
  ['{bytes} of buffers outside the heap', '堆外缓冲区 {bytes}'],
  ['listeners of {event} on {class} are never removed', '{class} 上事件 {event} 的监听器从未移除'],
  ['objects of {name} become ever more below {holder}', '{holder} 之下 {name} 的对象越来越多'],
  ['{name} holds {share} % of the heap', '{name} 占堆的 {share} %'],
  ['objects of {name} hold {share} % of the heap', '{name} 的对象占堆的 {share} %'],
  ['{names} hold {share} % of the heap', '{names} 占堆的 {share} %'],
  ['a string holds {share} % of the heap', '一个字符串占堆的 {share} %'],
  ['the source text of {name} holds {share} % of the heap', '{name} 的源代码文本占堆的 {share} %'],
  ['the module {name} holds {share} % of the heap', '模块 {name} 占堆的 {share} %'],
  // Sentences.
  ['A chain of {count} scopes of {maker}{series}{root} keeps {bytes} alive. Each {function} keeps the scope in which it was made, and with it {unread}; that leads to the scope before, and so on.',
    '{maker} 的 {count} 个作用域{series}{root}连成一条链，使 {bytes} 无法回收。每个 {function} 都保留着创建它的作用域，并连带保留 {unread}；由此又通向前一个作用域，如此延续。'],
  ['{count} × {function}{series}{root} keep {bytes} alive through the scope of {maker}: all functions made in one scope share it, and with it {unread}.',
    '{count} × {function}{series}{root}通过 {maker} 的作用域使 {bytes} 无法回收：同一作用域中创建的函数共享该作用域，并连带保留 {unread}。'],
  ['{count} timers{series} are waiting to call {function} and keep {bytes} alive{cargo}{store}: they are started again and again and never cleared.',
    '{count} 个定时器{series}等待调用 {function}，使 {bytes} 无法回收{cargo}{store}：它们被一再启动，却从未清除。'],
  ['{count} sliced strings in {name}{place} keep {bytes} alive{series}: each is a short piece of a text of {average} on average, and V8 keeps the whole text for it.',
    '{name}{place} 中的 {count} 个切片字符串使 {bytes} 无法回收{series}：每个都只是平均 {average} 的文本中的一小段，而 V8 为它保留整段文本。'],
  ['The {collection} {name}{place} only gains entries{series}: {count} entries, mostly {what}, keep {bytes} alive.{behind}',
    '{collection} {name}{place} 只增不减{series}：{count} 个条目（多为{what}）使 {bytes} 无法回收。{behind}'],
  ['The {collection} {keeper} holds much of the heap: {count} entries, mostly {what}, keep {bytes} alive{each}.{behind}{code}{leads} That is {share} % of the heap: {classes}.{outside} A second snapshot would show whether it grows.',
    '{collection} {keeper} 占了堆的很大一部分：{count} 个条目（多为{what}）使 {bytes} 无法回收{each}。{behind}{code}{leads}占堆的 {share} %：{classes}。{outside}是否在增长，要看第二个快照。'],
  ['{count} stores of AsyncLocalStorage{owner}{series}, {what}, keep {bytes} alive: each is carried along by an object of {name} that was made while it was set, and that has not ended.',
    '{count} 个 AsyncLocalStorage{owner} 的存储{series}（{what}）使 {bytes} 无法回收：每个都由一个在其设置期间创建、至今没有结束的 {name} 对象带着。'],
  ['The text in {name}{place} only gets longer: {sizes} from snapshot to snapshot{inPieces}. Something is appended again and again, and nothing taken away.',
    '{name}{place} 中的文本只会越来越长：各快照依次为 {sizes}{inPieces}。不断有内容追加，却从不移除。'],
  ['{count} texts in {name}{place} were put together from pieces and never read as a whole: what joins the pieces takes {bytes}, beside the pieces.',
    '{name}{place} 中有 {count} 段文本由片段拼成，却从未整体读取：除片段本身外，连接它们的结构还占 {bytes}。'],
  ['{count} nodes that no document shows{series} keep {bytes} alive; the largest, {what}, is held by {name}{place}.',
    '没有文档显示的 {count} 个节点{series}使 {bytes} 无法回收；其中最大的 {what} 由 {name}{place} 持有。'],
  ['{count} objects of {name}, for instance in {holder}{place}, have the same properties with the same values{properties}: all but one waste {bytes}.',
    '{name} 的 {count} 个对象（例如在 {holder}{place} 中）属性和值都相同{properties}：除一个以外，其余浪费 {bytes}。'],
  ['A text of {count} characters{text} is stored {pieces} times, for instance in {name}: all but one waste {bytes}.',
    '一段 {count} 个字符的文本{text}存储了 {pieces} 次，例如在 {name} 中：除一份以外，其余浪费 {bytes}。'],
  ['{count} buffers hold {bytes} outside the JavaScript heap; the largest, of {average}, is held by {name}.',
    '{count} 个缓冲区在 JavaScript 堆外占 {bytes}；其中最大的一个 {average}，由 {name} 持有。'],
  ['{count} listeners of event {event} hang on {emitter}{series} and keep {bytes} alive: {function} is added again and again and never removed{cargo}.',
    '事件 {event} 的 {count} 个监听器挂在 {emitter} 上{series}，使 {bytes} 无法回收：{function} 被一再添加，却从未移除{cargo}。'],
  ['{count} objects of {name}{resource}{series} below {holder}{place} keep {bytes} alive: each leads to the next by its property {maker}, so that all stay alive.',
    '{holder}{place} 之下 {name} 的 {count} 个对象{resource}{series}使 {bytes} 无法回收：每个都通过属性 {maker} 通向下一个，因此全部无法回收。'],
  ['{count} objects of {name}{resource}{series} below {holder}{place} keep {bytes} alive: they come and do not go.',
    '{holder}{place} 之下 {name} 的 {count} 个对象{resource}{series}使 {bytes} 无法回收：只来不去。'],
  ['{keeper} is the first of a chain of {count} {name}, which keeps {bytes} alive, {share} % of the heap: {classes}. A second snapshot would show whether it grows.',
    '{keeper} 是由 {count} 个 {name} 连成的链的第一个，整条链使 {bytes} 无法回收，占堆的 {share} %：{classes}。是否在增长，要看第二个快照。'],
  ['The source text of {name} takes {bytes}, {share} % of the heap. It is the code of the program, which V8 keeps as long as it may compile a function of it.',
    '{name} 的源代码文本占 {bytes}，为堆的 {share} %。它是程序自身的代码，只要可能还要编译其中的函数，V8 就会保留它。'],
  ['The variables of the module {name} together keep {bytes} alive, {share} % of the heap: {classes}.{outside} No single one of them holds most of it. A second snapshot would show whether it grows.',
    '模块 {name} 的各个变量共使 {bytes} 无法回收，占堆的 {share} %：{classes}。{outside}没有哪个变量独占其中大部分。是否在增长，要看第二个快照。'],
  ['{count} objects of {name}, such as the one in {holder}{place}, together keep {bytes} alive, {share} % of the heap: {classes}.{outside}{code} A second snapshot would show whether it grows.',
    '{name} 的 {count} 个对象（例如 {holder}{place} 中的那个）共使 {bytes} 无法回收，占堆的 {share} %：{classes}。{outside}{code}是否在增长，要看第二个快照。'],
  ['{count} {things} keep {bytes} alive, {share} % of the heap: {classes}.{outside} {keeper} refers to them, and not alone.{code} A second snapshot would show whether it grows.',
    '{count} 个{things}使 {bytes} 无法回收，占堆的 {share} %：{classes}。{outside}引用它们的有 {keeper}，但不止它一个。{code}是否在增长，要看第二个快照。'],
  ['{count} {things} keep {bytes} alive, {share} % of the heap: {classes}.{outside} All of these refer to them: {keepers}.{code} A second snapshot would show whether it grows.',
    '{count} 个{things}使 {bytes} 无法回收，占堆的 {share} %：{classes}。{outside}以下各项都引用它们：{keepers}。{code}是否在增长，要看第二个快照。'],
  ['{subject} keeps {bytes} alive, {share} % of the heap: {classes}.{parts}{outside}{code} A second snapshot would show whether it grows.',
    '{subject} 使 {bytes} 无法回收，占堆的 {share} %：{classes}。{parts}{outside}{code}是否在增长，要看第二个快照。'],
  // Labels in code.
  ['{name} is kept here', '{name} 保留在此处'],
  ['this function keeps it', '此函数保留着它'],
  ['{name} is created here', '{name} 在此处创建'],
  ['this adds to {name}', '此处向 {name} 添加内容'],
  ['this listener is never removed', '此监听器从未移除'],
  ['this function waits for its timers', '此函数等待定时器调用'],
  ['it is added here, again and again', '在此处被一再添加'],
  // What would break it.
  ['Set {names} to `null` at the end of {maker}, or make {holder} in a function of its own, where {unread} cannot be seen.',
    '在 {maker} 末尾把 {names} 设为 `null`，或者把 {holder} 放到看不到 {unread} 的单独函数中创建。'],
  ['Keep what starts {name} and clear it (`clearInterval`, `clearTimeout`) when its owner is done; `unref` does not free it.',
    '保存启动 {name} 的返回值，并在其所有者结束时清除（`clearInterval`、`clearTimeout`）；`unref` 不会释放它。'],
  ['Copy the piece before it goes into {name}, so that it stands alone: `Buffer.from(piece).toString()` or `structuredClone(piece)`.',
    '放入 {name} 之前先复制该片段，使其独立：`Buffer.from(piece).toString()` 或 `structuredClone(piece)`。'],
  ['Take entries out of {name} when they are done with, or bound it: a limit, an age, or a WeakMap keyed by an object.',
    '条目用完后从 {name} 中删除，或加以限制：数量上限、有效期，或以对象为键的 WeakMap。'],
  ['Take {what} out of {name} in the `destroy` of the hook (and in `promiseResolve`), or note only the types that are needed.',
    '在钩子的 `destroy`（以及 `promiseResolve`）中把{what}从 {name} 中删除，或只记录需要的类型。'],
  ['Take a resource out of {name} when its work is done, also when it fails.', '资源的工作完成后（失败时也一样）将其从 {name} 中删除。'],
  ['Settle what waits in {name} and take it out, also when it fails or takes too long.', '让 {name} 中等待的 promise 落定并将其删除，失败或超时也不例外。'],
  ['Close each {name} when its work is done, or make it outside of the store: in `exit` of the AsyncLocalStorage, once for all requests.',
    '工作完成后关闭每个 {name}，或者在存储之外创建：在 AsyncLocalStorage 的 `exit` 中，为所有请求只创建一次。'],
  ['Hand on what {name} has collected and start anew, or write it to a stream.', '把 {name} 收集到的内容交出去并重新开始，或写入流中。'],
  ['Collect the pieces in an array and `join` them before the text goes into {name}.', '先把片段收集到数组中并 `join`，再把文本放入 {name}。'],
  ['Drop what {name} holds when it is removed from the page.', '从页面移除时，释放 {name} 所持有的内容。'],
  ['Make one and share it, frozen with `Object.freeze`: look it up in a Map by what it is made from.', '只创建一个并共享，用 `Object.freeze` 冻结：以构成它的内容为键在 Map 中查找。'],
  ['Keep one copy and share it: look texts up in a Map when they come in.', '只保留一份并共享：文本进入时先在 Map 中查找。'],
  ['Drop buffers in {name} once they are used. A small `subarray` keeps the whole buffer: copy it with `Buffer.from`.',
    '{name} 中的缓冲区用完即释放。一小段 `subarray` 会保留整个缓冲区：请用 `Buffer.from` 复制。'],
  ['Remove {name} with `off({event}, …)` when its owner is done (for an EventTarget `removeEventListener`, or the option `signal`), or add it once.',
    '所有者结束时用 `off({event}, …)` 移除 {name}（EventTarget 用 `removeEventListener` 或选项 `signal`），或只添加一次。'],
  ['Cut the chain: set {name} to `null` where older ones are not needed any more.', '切断链条：在不再需要旧对象处把 {name} 设为 `null`。'],
  ['Drop the reference through {name} when a `{class}` is done with.', '`{class}` 用完后，释放经由 {name} 的引用。'],
  ['See whether all that {name} holds is needed.', '检查 {name} 所持有的内容是否都需要。'],
  ['Cut the chain: take the reference to the next {name} away where older ones are not needed any more.', '切断链条：在不再需要旧对象处，去掉指向下一个 {name} 的引用。'],
  ['Nothing leaks here. To need less, minify {name}, or load less of it.', '此处没有泄漏。要减少占用，请压缩 {name}，或少加载一些代码。'],
  ['If these are tables that the module needs, nothing leaks. Otherwise see which of its variables hold data that is done with.', '如果这些是模块所需的表，就没有泄漏。否则请检查它的哪些变量持有已经用完的数据。'],
  ['Take an object out of all of them when it is done with: one that still refers to it keeps it alive.', '对象用完后，请从所有这些地方移除：只要还有一处引用，它就无法回收。'],
];

/** Parts of sentences, which stand for themselves where they are filled in. */
export const PARTS: [string, string][] = [
  ['the anonymous function', '匿名函数'],
  ['its function', '所属函数'],
  [' Its largest parts are {what}.', '其中最大的部分是 {what}。'],
  [' ({sizes} from snapshot to snapshot)', '（各快照依次为 {sizes}）'],
  [', reached through {name},', '（经由 {name} 可达）'],
  [', each with its {what}', '，每个都带着 {what}'],
  [', each with a store of AsyncLocalStorage ({what})', '，各带一个 AsyncLocalStorage 的存储（{what}）'],
  ['{names}{place}, which is read by no living function{doubt}{dead}', '{names}{place}（没有存活的函数会读取它{doubt}{dead}）'],
  ['{names}{place}, which are read by no living function{doubt}{dead}', '{names}{place}（没有存活的函数会读取它们{doubt}{dead}）'],
  [', unless by `eval` or `with`, which can read everything', '，除非通过能读取一切的 `eval` 或 `with`'],
  [' (a guess: the source has changed since)', '；这只是推测：源代码此后有改动'],
  [' (a guess: the source cannot be read)', '；这只是推测：无法读取源代码'],
  [' (only {names} did, and nothing can call it any more)', '；只有 {names} 读取过，而它已无法再被调用'],
  [' (each an AsyncResource)', '（都是 AsyncResource）'],
  [', in {pieces} pieces', '，共 {pieces} 个片段'],
  [' Behind them waits {function}.', '在其后等待的是 {function}。'],
  [' An async hook fills it, {function}, and its `destroy` does not take them all out.', '由异步钩子 {function} 填入，而其 `destroy` 没有全部取出。'],
  [' An async hook fills it, {function}, and it has no `destroy` that takes them out.', '由异步钩子 {function} 填入，而它没有将其取出的 `destroy`。'],
  [' Each keeps what it was made in: the stores of AsyncLocalStorage of that moment.', '每个都保留着创建时的上下文：当时 AsyncLocalStorage 的存储。'],
  ['promises that nobody settles, or the functions that would', '无人落定的 promise，或本应使其落定的函数'],
  ['objects of {name}, each an AsyncResource', ' {name} 的对象，都是 AsyncResource'],
  ['objects of {name}', ' {name} 的对象'],
  ['all that `init` puts in', '`init` 放入的全部内容'],
  ['what has ended', '已结束的内容'],
  ['{first} and {last}', '{first} 和 {last}'],
  ['anonymous function{place}', '匿名函数{place}'],
  ['array', '数组'],
  ['array {class}', '数组 {class}'],
  ['object', '对象'],
  ['object {class}', '对象 {class}'],
  ['string', '字符串'],
  ['texts', '文本'],
  ['number', '数字'],
  ['strings', '字符串'],
  ['{count} {kind} {bytes}, {more}', '{count} 个 {kind} {bytes}、{more}'],
  ['{count} {kind} {bytes}', '{count} 个 {kind} {bytes}'],
  ['scope', '作用域'],
  ['internal', '内部对象'],
  [', {bytes} each, mostly in {name} ({class})', '，每个 {bytes}，主要在 {name}（{class}）中'],
  [', {bytes} each', '，每个 {bytes}'],
  [' Entries are added in {name} ({at}).', '条目由 {name}（{at}）添加。'],
  [' Entries are added at {at}.', '条目在 {at} 处添加。'],
  [' It is created at {at}.', '创建于 {at}。'],
  [' It leads to {function}.', '由此可达 {function}。'],
  [' Most of them lead to {function}.', '其中大多通向 {function}。'],
  [' {bytes} of it is outside the JavaScript heap, in buffers.', '其中 {bytes} 是 JavaScript 堆外的缓冲区。'],
  ['The scope that {function} was made in', '创建 {function} 的作用域'],
  ['The string {keeper}', '字符串 {keeper}'],
  ['A string in {internals}', '{internals}中的一个字符串'],
  ['A string', '一个字符串'],
  ['The {name} in {internals}', '{internals}中的 {name}'],
  ['The {name} {keeper}', '{name} {keeper}'],
  ['The {name}', '{name}'],
  ['{name} in {internals}', '{internals}中的 {name}'],
  ['a function that is running', '正在运行的函数'],
  ['a native handle of Node', 'Node 的原生句柄'],
];

interface Form {
  pattern: RegExp;
  chinese: string;
}

function compile([english, chinese]: [string, string]): Form {
  const seen = new Set<string>();
  const source = english.split(/(\{\w+\})/).map((part, i) => {
    if (i % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const name = part.slice(1, -1);
    if (seen.has(name)) return `\\k<${name}>`;
    seen.add(name);
    return `(?<${name}>${KINDS[name] ?? '.*?'})`;
  }).join('');
  return { pattern: new RegExp(`^${source}$`, 's'), chinese };
}

let compiled: { forms: Form[]; parts: Form[] } | undefined;

function translate(text: string, among: Form[], parts: Form[]): string | undefined {
  for (const { pattern, chinese } of among) {
    const found = pattern.exec(text);
    if (found) return chinese.replace(/\{(\w+)\}/g, (_, name: string) => part(found.groups?.[name] ?? '', parts));
  }
  return undefined;
}

/** What is filled in. Names between backticks, and what has no form, stay as they are. */
function part(text: string, parts: Form[]): string {
  return /^`[^`]*`$/.test(text) || text === '' ? text : translate(text, parts, parts) ?? text;
}

/** Longer ones are no sentences of the engine, and not worth the time. */
const LONGEST = 10_000;

/** A title, a sentence or a fix of a finding in Chinese; `undefined` if it is none that is known here. */
export function findingInChinese(text: string): string | undefined {
  if (text.length > LONGEST) return undefined;
  compiled ??= { forms: FORMS.map(compile), parts: PARTS.map(compile) };
  return translate(text, compiled.forms, compiled.parts);
}
