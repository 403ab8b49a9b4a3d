// What findings say, in Chinese. The engine's English sentence is the message: each of its forms stands here beside its
// translation, and what is filled in is taken over, or translated where it is a part of a sentence itself. A sentence that has
// no form here stays English.

/** What can be filled in, by its name; any text for other names. */
const NAME = '(?:`[^`]*`|the anonymous function|its function)';
const PLACE = '(?: \\((?:(?! \\().)+?:\\d+:\\d+\\))?';
const BYTES = '[\\d.]+ (?:B|[kMGT]B)';
/** A variable or property with its place, or with the part of Node that has it. */
const KEEPER = `${NAME}(?: in (?:Node's \`[^\`]*\`|[^,:]+?)|${PLACE})`;
const KINDS: Record<string, string> = {
  count: '[\\d,]+', pieces: '[\\d,]+', steps: '[\\d,]+', share: '\\d+', constructor: '[\\w$#.]+',
  bytes: BYTES, average: BYTES, before: BYTES, after: BYTES, native: BYTES, nativeAfter: BYTES,
  listeners: `the listeners of "[^"]*" on (?:(?! and |, the |, a native ).)*|a native handle of Node(?: \\([^)]*\\))?, for each ${NAME}`,
  keeper: KEEPER,
  name: NAME, maker: NAME, holder: NAME, names: `${NAME}(?:(?:, | and )${NAME})*`, place: PLACE,
  series: '(?: \\([^()]* from snapshot to snapshot\\))?', root: `(?:, reached through ${NAME},)?`, event: '"(?:[^"\\\\]|\\\\.)*"',
  cargo: '(?:, each with its .+?)?', store: '(?:, each with a store of AsyncLocalStorage \\(.+\\))?', dead: '(?: \\(only .+ did, and nothing can call it any more\\))?',
  doubt: '(?:, unless by `eval` or `with`, which can read everything| \\(a guess: the source (?:has changed since|cannot be read)\\))?',
  owner: `(?: ${NAME}${PLACE})?`, resource: '(?: \\(each an AsyncResource\\))?', properties: '(?: \\(`.*`(?: …)?\\))?', text: '(?: \\(".*"\\))?',
  parent: '(?:, `[^`]*`)?', inPieces: '(?:, in [\\d,]+ pieces)?', noun: 'array|Map|Set|object',
  classes: '[\\d,]+ .+? [\\d.]+ (?:B|[kMGT]B)', kind: '(?:`[^`]*`|string|scope|internal)',
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
  ['{noun} {name} keeps the room of deleted entries', '{noun} {name} 保留着已删除条目的空间'],
  ['reactions pile up on the pending promise {name}', '待定的 Promise {name} 上的回调不断堆积'],
  ['objects of {name} are never closed', '{name} 的对象从未关闭'],
  ['a chain of promises below {name} becomes longer', '{name} 之下的 Promise 链越来越长'],
  ['{name} is wrapped again and again', '{name} 被一再包装'],
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
  ['The {collection} {keeper} only gains entries{series}: {count} entries, mostly {what}, keep {bytes} alive{each}.',
    '{collection} {keeper} 只增不减{series}：{count} 个条目（多为{what}）使 {bytes} 无法回收{each}。'],
  ['The {collection} {keeper} holds much of the heap: {count} entries, mostly {what}, keep {bytes} alive{each}.',
    '{collection} {keeper} 占了堆的很大一部分：{count} 个条目（多为{what}）使 {bytes} 无法回收{each}。'],
  ['The {collection} {keeper} only gains entries: its table takes {bytes} by now.', '{collection} {keeper} 只增不减：其表现已占 {bytes}。'],
  ['The entries are small numbers, which a snapshot does not show.', '条目是小整数，快照不显示它们。'],
  ['The {collection} {keeper} keeps the places of entries that were deleted: they take {bytes}.',
    '{collection} {keeper} 保留着已删除条目的位置：它们占 {bytes}。'],
  ['`delete`, or setting an entry to `undefined` or `null`, leaves its place, and the length only grows.',
    '用 `delete`，或把条目设为 `undefined` 或 `null`，都会留下其位置，长度只增不减。'],
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
  ['A redacted text is stored {pieces} times, for instance in {name}: all but one waste {bytes}.',
    '一段已隐去内容的文本存储了 {pieces} 次，例如在 {name} 中：除一份以外，其余浪费 {bytes}。'],
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
  ['{count} new objects of {name}{resource}{series} below {keeper} keep {bytes} alive: each leads to the next by its property {maker}, so that all stay alive.',
    '{keeper} 之下 {name} 的 {count} 个新对象{resource}{series}使 {bytes} 无法回收：每个都通过属性 {maker} 通向下一个，因此全部无法回收。'],
  ['{count} new objects of {name}{resource}{series} below {keeper} keep {bytes} alive: they come at a like rate and stay.',
    '{keeper} 之下 {name} 的 {count} 个新对象{resource}{series}使 {bytes} 无法回收：它们以相近的速度出现，且不再释放。'],
  ['{count} new promises{series} below {keeper} keep {bytes} alive: each waits for the next, because an `async` function or a `then` returns the promise of its next round, and none of them settles.',
    '{keeper} 之下的 {count} 个新 Promise{series}使 {bytes} 无法回收：每个都等待下一个，因为 `async` 函数或 `then` 返回下一轮的 Promise，而它们都不落定。'],
  ['{count} new functions{series} below {keeper} keep {bytes} alive: {function} wraps the function that was there before, which wraps the one before that, and so on.',
    '{keeper} 之下的 {count} 个新函数{series}使 {bytes} 无法回收：{function} 包装了原来的函数，原来的函数又包装了更早的函数，如此延续。'],
  ['{count} reactions wait on the promise {keeper}, which stays pending{series}, and keep {bytes} alive: each `then`, `await` or `Promise.race` on it adds one, and the promise keeps them until it settles.',
    '{count} 个回调{series}在一直待定的 Promise {keeper} 上等待，使 {bytes} 无法回收：每次对它调用 `then`、`await` 或 `Promise.race` 都会添加一个，Promise 在落定之前一直保留它们。'],
  ['{count} objects of {name}{series} are open and keep {bytes} alive: {handle} keeps each of them until it is closed.',
    '{name} 的 {count} 个对象{series}处于打开状态，使 {bytes} 无法回收：{handle}使每个对象在关闭之前无法回收。'],
  // Who stands behind it, after another sentence.
  ['Most of them lead to {function}.', '其中大多数通向 {function}。'],
  ['Most of them are composed of {name}.', '其中大多数由 {name} 组合而成。'],
  ['Most of them are the {property} of {emitter}.', '其中大多数是{emitter} 的 {property}。'],
  ['Behind most of them stands {function}.', '其中大多数来自 {function}。'],
  ['Behind them waits {function}.', '在其后等待的是 {function}。'],
  ['Entries are added in {name} ({where}).', '条目在 {name} ({where}) 中添加。'],
  ['Entries are added at {where}.', '条目在 {where} 处添加。'],
  ['It is created at {where}.', '它在 {where} 处创建。'],
  ['An async hook fills it, {function}, and its `destroy` does not take them all out.', '由异步钩子 {function} 填入，而其 `destroy` 没有全部取出。'],
  ['An async hook fills it, {function}, and it has no `destroy` that takes them out.', '由异步钩子 {function} 填入，而它没有将其取出的 `destroy`。'],
  ['Each keeps what it was made in: the stores of AsyncLocalStorage of that moment.', '每个都保留着创建时的上下文：当时 AsyncLocalStorage 的存储。'],
  ['Node keeps a signal of `AbortSignal.any` or `AbortSignal.timeout` that has listeners until one of its sources aborts or its listeners are removed.',
    '`AbortSignal.any` 或 `AbortSignal.timeout` 的信号只要还有监听器，Node 就一直保留它，直到其某个来源中止或监听器被移除。'],
  ['Each URL is a module of its own, and Node never unloads one: a query string that differs each time loads it anew.',
    '每个 URL 都是单独的模块，而 Node 从不卸载模块：每次不同的查询字符串都会重新加载一次。'],
  ['Each load adds a module: deleting it from `require.cache` does not take it out of the `children` of the module that loaded it{parent}.',
    '每次加载都会增加一个模块：从 `require.cache` 中删除它，并不会把它从加载它的模块{parent}的 `children` 中移除。'],
  ['The functions are kept in {keepers}, which only grows.', '这些函数保存在只增不减的 {keepers} 中。'],
  ['The same objects are also held by: {keepers}.', '同样的对象还由以下各处持有：{keepers}。'],
  ['This explains {bytes} of the {after} that the heap gains a step.', '这解释了堆每步新增 {after} 中的 {bytes}。'],
  ['{count} objects of {name}, such as the one in {holder}{place}, together keep {bytes} alive, {share} % of the heap. Whether it grows, a second snapshot would show.',
    '{name} 的 {count} 个对象（例如 {holder}{place} 中的那个）共使 {bytes} 无法回收，占堆的 {share} %。是否在增长，要看第二个快照。'],
  ['{what} in {name}{place} alone keeps {bytes} alive, {share} % of the heap. Whether it grows, a second snapshot would show.',
    '仅 {name}{place} 中的 {what} 就使 {bytes} 无法回收，占堆的 {share} %。是否在增长，要看第二个快照。'],
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
  ['Remove {name} with `removeEventListener({event}, …)` when its owner is done, or add it with the option `once` or `signal`.',
    '所有者结束时用 `removeEventListener({event}, …)` 移除 {name}，或者添加时使用选项 `once` 或 `signal`。'],
  ['Remove {name} with `off({event}, …)` when its owner is done, or add it once.', '所有者结束时用 `off({event}, …)` 移除 {name}，或只添加一次。'],
  ['Cut the chain: set {name} to `null` where older ones are not needed any more.', '切断链条：在不再需要旧对象处把 {name} 设为 `null`。'],
  ['Drop the reference through {name} when {class} is done with.', '{class} 用完后，释放经由 {name} 的引用。'],
  ['Use a loop with `await` in place of a function that returns its own next call, and settle the promise at the end of the chain.',
    '用带 `await` 的循环代替返回自身下一次调用的函数，并使链条末尾的 Promise 落定。'],
  ['Wrap {name} once: keep the original, and see whether it is wrapped already before it is wrapped again.',
    '{name} 只包装一次：保留原函数，再次包装之前先检查是否已经包装过。'],
  ['Settle {name}, or do not wait for it anew in each operation: let one function wait for it, and give each operation an AbortSignal or a callback that it removes when it is done.',
    '使 {name} 落定，或者不要在每次操作中重新等待它：只让一个函数等待它，并给每次操作一个 AbortSignal，或一个操作结束时移除的回调。'],
  ['Close each {name} when it is done with, also when the other side goes away or an error occurs: `destroy()`, `close()` or `terminate()`, or a timeout.',
    '每个 {name} 用完后都要关闭，对端离开或出错时也不例外：`destroy()`、`close()` 或 `terminate()`，或者设置超时。'],
  ['Remove the listener with `removeEventListener` when the work is done, or add it to the source with the option `once` or `signal`; abort the controller of the operation in the end.',
    '工作完成后用 `removeEventListener` 移除监听器，或者用选项 `once` 或 `signal` 把它添加到来源信号上；操作结束时中止其控制器。'],
  ['Import a module by one URL, and give it new data by a function call; load what changes with `fs` or in a worker thread.',
    '只用一个 URL 导入模块，新数据通过函数调用传入；会变化的内容用 `fs` 读取，或在工作线程中加载。'],
  ['Load the module once.', '模块只加载一次。'],
  ['Where it must be loaded anew, take the old one out of {name} as well, or load it in a worker thread.',
    '如果必须重新加载，把旧模块也从 {name} 中移除，或在工作线程中加载。'],
  ['Wait for `drain` when `write` returns false, or use `pipeline`; see why the stream does not take what it is given (a `write` that never calls back, a side that nobody reads), and destroy it when its owner is gone.',
    '`write` 返回 false 时等待 `drain`，或使用 `pipeline`；检查流为何不消费写入的数据（`write` 从不回调，或另一端无人读取），并在其所有者消失时销毁它。'],
  ['Read the stream (`resume`, `pipe`, `for await`) or destroy it, and stop pushing when `push` returns false.',
    '读取该流（`resume`、`pipe`、`for await`）或销毁它，并在 `push` 返回 false 时停止推入。'],
  ['See whether all that {name} holds is needed.', '检查 {name} 所持有的内容是否都需要。'],
  ['Cut the chain: take the reference to the next {name} away where older ones are not needed any more.', '切断链条：在不再需要旧对象处，去掉指向下一个 {name} 的引用。'],
  ['Nothing leaks here. To need less, minify {name}, or load less of it.', '此处没有泄漏。要减少占用，请压缩 {name}，或少加载一些代码。'],
  ['If these are tables that the module needs, nothing leaks. Otherwise see which of its variables hold data that is done with.', '如果这些是模块所需的表，就没有泄漏。否则请检查它的哪些变量持有已经用完的数据。'],
  ['Take an object out of all of them when it is done with: one that still refers to it keeps it alive.', '对象用完后，请从所有这些地方移除：只要还有一处引用，它就无法回收。'],
  // The conclusion, sentence by sentence.
  ['The heap {grew} from {before} to {after} in one step: {bytes} of new objects stayed.', '堆在一步中从 {before} {grew} {after}：其中 {bytes} 的新对象留了下来。'],
  ['The heap {grew} from {before} to {after} in {steps} steps: {bytes} of new objects came and stayed in each step.',
    '堆在 {steps} 步中从 {before} {grew} {after}：每步都有 {bytes} 的新对象出现并留了下来。'],
  ['The leaks below explain all of it.', '下列泄漏解释了全部增长。'],
  ['The leaks below explain {bytes} of it.', '下列泄漏解释了其中的 {bytes}。'],
  ['The leaks below explain only {bytes} of it.', '下列泄漏只解释了其中的 {bytes}。'],
  ['No leak below explains it.', '下列发现中没有能解释它的泄漏。'],
  ['What grew: compiled code from {before} to {after}, strings from {stringsBefore} to {stringsAfter}, objects from {objectsBefore} to {objectsAfter}.',
    '增长的内容：编译代码从 {before} 变为 {after}，字符串从 {stringsBefore} 变为 {stringsAfter}，对象从 {objectsBefore} 变为 {objectsAfter}。'],
  ['Code that V8 is still compiling looks like this; so does code that is made at run time and kept: `new Function`, `eval`, `vm`, templates, schemas.',
    'V8 仍在编译的代码就是这样；运行时生成并被保留的代码也是如此：`new Function`、`eval`、`vm`、模板、模式（schema）。'],
  ['`heapdump-rs trend` shows what grows by constructor.', '`heapdump-rs trend` 按构造函数显示什么在增长。'],
  ['Suspects: {owners}.', '可疑来源：{owners}。'],
  ['New objects are held by: {owners}.', '新对象由以下各处保留：{owners}。'],
  ['Two snapshots do not show whether it goes on: take a third after the same work.', '两个快照看不出增长是否持续：请在同样的工作之后再生成第三个快照。'],
  ['The heap {grew} from {before} to {after}, but next to nothing came and stayed at a like rate in each step: the growth fades, or objects are replaced by others.',
    '堆从 {before} {grew} {after}，但几乎没有对象在每一步都以相近的速度出现并留下：增长在减弱，或者对象被其他对象取代。'],
  ['Caches that fill up and code that is still being compiled look like this.', '正在填充的缓存和仍在编译的代码就是这样。'],
  ['Take three snapshots after the warm-up, with the same work between them.', '请在预热之后生成三个快照，各快照之间执行同样的工作。'],
  ['The JavaScript heap is flat: {before} in the first snapshot, {after} in the last.', 'JavaScript 堆没有增长：第一个快照为 {before}，最后一个为 {after}。'],
  ['The leaks below add {bytes} a step.', '下列泄漏每步增加 {bytes}。'],
  ['Outside of the heap, the snapshots show {before} and then {after} of ArrayBuffers, and {native} and then {nativeAfter} of other native memory.',
    '在堆外，快照显示 ArrayBuffer 先为 {before}，后为 {after}；其他原生内存先为 {native}，后为 {nativeAfter}。'],
  ['RSS of the process {grew} from {before} to {after}.', '进程的 RSS 从 {before} {grew} {after}。'],
  ['The JavaScript heap grew from {before} to {after}.', 'JavaScript 堆从 {before} 增至 {after}。'],
  ['Memory outside of the heap grew: ArrayBuffers from {before} to {after}, other native memory from {native} to {nativeAfter}.',
    '堆外内存有增长：ArrayBuffer 从 {before} 变为 {after}，其他原生内存从 {native} 变为 {nativeAfter}。'],
  ['What grew is outside of the JavaScript heap: {outside}.', '增长在 JavaScript 堆之外：{outside}。'],
  ['If RSS grows all the same, what grows is outside of the JavaScript heap: {outside}.', '如果 RSS 仍在增长，则增长在 JavaScript 堆之外：{outside}。'],
  ['Look for Buffers that are kept, or that become larger.', '请查找被保留或不断变大的 Buffer。'],
  ['Look for objects with native memory that are never closed or destroyed: streams of zlib, handles, objects of addons.',
    '请查找占有原生内存而从未关闭或销毁的对象：zlib 的流、句柄、原生插件的对象。'],
  ['Compare `rss`, `external` and `arrayBuffers` of `process.memoryUsage()` over time: if only `rss` grows, look at addons, malloc and workers.',
    '请比较 `process.memoryUsage()` 的 `rss`、`external` 和 `arrayBuffers` 随时间的变化：如果只有 `rss` 增长，请检查原生插件、malloc 和 worker。'],
  ['The heap has {bytes}.', '堆大小为 {bytes}。'],
  ['One snapshot shows who holds memory, not what grows.', '单个快照只能看出谁占用内存，看不出什么在增长。'],
  ['Largest owners: {owners}.', '最大的所有者：{owners}。'],
  ['No single object holds a tenth of it.', '没有单个对象占用其十分之一。'],
  ['To see what grows, take two more snapshots of the process, with the same work between them (`heapdump-rs dump PID`), and pass all three to `heapdump-rs suspects`.',
    '要查看什么在增长，请再为该进程生成两个快照，其间执行同样的工作（`heapdump-rs dump PID`），并把三个快照一起交给 `heapdump-rs suspects`。'],
];

/** Parts of sentences, which stand for themselves where they are filled in. */
export const PARTS: [string, string][] = [
  ['the anonymous function', '匿名函数'],
  ['its function', '所属函数'],
  [' Its largest parts are {what}.', '其中最大的部分是 {what}。'],
  [' ({sizes} from snapshot to snapshot)', '（各快照依次为 {sizes}）'],
  [', reached through {name},', '（经由 {name} 可达）'],
  [', each with its {what}', '，每个都带着 {what}'],
  ['{object}, which leads to {function},', '{object}（通向 {function}）'],
  [', each with a store of AsyncLocalStorage ({what})', '，各带一个 AsyncLocalStorage 的存储（{what}）'],
  ['{names}{place}, which is read by no living function{doubt}{dead}', '{names}{place}（没有存活的函数会读取它{doubt}{dead}）'],
  ['{names}{place}, which are read by no living function{doubt}{dead}', '{names}{place}（没有存活的函数会读取它们{doubt}{dead}）'],
  [', unless by `eval` or `with`, which can read everything', '，除非通过能读取一切的 `eval` 或 `with`'],
  [' (a guess: the source has changed since)', '；这只是推测：源代码此后有改动'],
  [' (a guess: the source cannot be read)', '；这只是推测：无法读取源代码'],
  [' (only {names} did, and nothing can call it any more)', '；只有 {names} 读取过，而它已无法再被调用'],
  [' (each an AsyncResource)', '（都是 AsyncResource）'],
  [', in {pieces} pieces', '，共 {pieces} 个片段'],
  ['promises that nobody settles, or the functions that would', '无人落定的 promise，或本应使其落定的函数'],
  ['objects of {name}, each an AsyncResource', ' {name} 的对象，都是 AsyncResource'],
  ['objects of {name}', ' {name} 的对象'],
  ['all that `init` puts in', '`init` 放入的全部内容'],
  ['what has ended', '已结束的内容'],
  ['{what}; {owners}', '{what}；{owners}'],
  ['{what}, {bytes}, {share} %', '{what}，{bytes}，{share} %'],
  ['{what}, {bytes} a step', '{what}，每步 {bytes}'],
  ['composed AbortSignals with listeners', '带有监听器的组合 AbortSignal'],
  ['modules', '模块'],
  ['modules of `data:` URLs', '`data:` URL 的模块'],
  ['modules such as {name}', '模块，如 {name}'],
  ['chunks that were written and are still waiting', '已写入但仍在等待的数据块'],
  ['chunks that were pushed and are never read', '已推入但从未读取的数据块'],
  [', {bytes} each', '，每个 {bytes}'],
  [', {bytes} each, mostly in {name} ({class})', '，每个 {bytes}，主要在 {name} ({class}) 中'],
  ['Buffers, native addons, memory that malloc keeps, threads or workers', 'Buffer、原生插件、malloc 保留的内存、线程或 worker'],
  ['grew', '增至'],
  ['went', '变为'],
  ['timers of {name}', '{name} 的定时器'],
  ['stores of AsyncLocalStorage{owner}', 'AsyncLocalStorage{owner} 的存储'],
  ['work that carries stores of AsyncLocalStorage{owner}, each {what}', '携带 AsyncLocalStorage{owner} 存储（每个为 {what}）的任务'],
  ['a native handle of Node ({constructor}), for each {name}', '每个 {name} 的 Node 原生句柄（{constructor}）'],
  ['a native handle of Node, for each {name}', '每个 {name} 的 Node 原生句柄'],
  ['a native handle of Node ({constructor})', 'Node 的原生句柄（{constructor}）'],
  ['{also}, and {count} more', '{also}，以及另外 {count} 处'],
  ['{keeper}, {keepers}', '{keeper}、{keepers}'],
  ['{listeners}, {keepers}', '{listeners}、{keepers}'],
  ['{first} and {last}', '{first} 和 {last}'],
  ['the listeners of {event} on {emitter}', '{emitter} 上事件 {event} 的监听器'],
  ['{what}, made in {maker},', '{what}（在 {maker} 中创建）'],
  ['{name} in {internals}', '{internals}中的 {name}'],
  ['a {constructor} of {internals}', '{internals}的 {constructor}'],
  ['an {constructor} of {internals}', '{internals}的 {constructor}'],
  ['a {constructor}{place}', ' {constructor}{place}'],
  ['an {constructor}{place}', ' {constructor}{place}'],
  // Parts of Node and V8.
  ["Node's ESM loader", 'Node 的 ESM 加载器'],
  ["Node's module loader", 'Node 的模块加载器'],
  ["Node's timers", 'Node 的定时器'],
  ["Node's list of rejected promises", 'Node 的已拒绝 Promise 列表'],
  ["Node's async hooks", 'Node 的异步钩子'],
  ["Node's streams", 'Node 的流'],
  ["Node's web streams", 'Node 的 Web 流'],
  ["Node's worker threads", 'Node 的工作线程'],
  ["Node's cluster", 'Node 的集群'],
  ["Node's performance hooks", 'Node 的性能钩子'],
  ["Node's diagnostics channels", 'Node 的诊断通道'],
  ["Node's HTTP agent", 'Node 的 HTTP 代理'],
  ["Node's sockets", 'Node 的套接字'],
  ["Node's events", 'Node 的事件'],
  ["Node's internals", 'Node 内部'],
  ["Node's {internals}", 'Node 的 {internals} '],
  ['Node itself', 'Node 本身'],
  ['a native handle of Node', 'Node 的原生句柄'],
  ['a function that is running', '正在运行的函数'],
  ['anonymous function in {where}{place}', '{where} 中的匿名函数{place}'],
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
  [' Most of them are composed of {name}.', '其中大多由 {name} 组合而成。'],
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
    if (found) return chinese.replace(/\{(\w+)\}/g, (_, name: string, at: number) => spaced(chinese.slice(0, at), part(found.groups?.[name] ?? '', parts)));
  }
  return undefined;
}

/** Latin letters stand apart from Chinese ones. */
function spaced(before: string, text: string): string {
  return /[\u4e00-\u9fff]$/.test(before) && /^[\w$]/.test(text) ? ` ${text}` : text;
}

/** What is filled in. Names between backticks, and what has no form, stay as they are. */
function part(text: string, parts: Form[]): string {
  return /^`[^`]*`$/.test(text) || text === '' ? text : translate(text, parts, parts) ?? text;
}

/** Longer ones are no sentences of the engine, and not worth the time. */
const LONGEST = 10_000;

/** Sentences that have one form together. */
const MOST_SENTENCES = 3;

/** Sentences of a text. A full stop within backticks, or in the name of an event, ends none. */
function sentences(text: string): string[] {
  const found: string[] = [];
  let from = 0;
  for (const { 0: token, index } of text.matchAll(/`[^`]*`|"(?:[^"\\]|\\.)*"|\. /g)) {
    if (token !== '. ') continue;
    found.push(text.slice(from, index + 1));
    from = index + 2;
  }
  return [...found, text.slice(from)];
}

/**
 * A title, a sentence or a fix of a finding, or a conclusion, in Chinese: each of its sentences by its own form, or several by
 * one. A later sentence that has no form stays English; `undefined` if the first has none.
 */
export function findingInChinese(text: string): string | undefined {
  if (text.length > LONGEST) return undefined;
  compiled ??= { forms: FORMS.map(compile), parts: PARTS.map(compile) };
  const { forms, parts } = compiled;
  const all = sentences(text);
  const told: string[] = [];
  for (let from = 0; from < all.length;) {
    let to = from + 1;
    let found = translate(all[from]!, forms, parts);
    while (found === undefined && to < Math.min(all.length, from + MOST_SENTENCES)) found = translate(all.slice(from, ++to).join(' '), forms, parts);
    if (found === undefined && from === 0) return undefined;
    if (found === undefined) to = from + 1;
    told.push(found ?? ` ${all[from]} `);
    from = to;
  }
  return told.join('');
}
