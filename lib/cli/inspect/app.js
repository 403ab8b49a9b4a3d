'use strict';
// The terminal explorer, independent of a terminal: its state, and the keys that change it.

const { Prompt } = require('./prompt.js');
const { describeScreen } = require('./screen.js');
const { Tree } = require('./tree.js');
const { VIEWS, heapOf } = require('./views.js');
const { nextLanguage, wordsOf } = require('./words.js');

const NAMES = Object.keys(VIEWS);

/** Maximum number of views to go back to. Their rows stay in memory. */
const MAX_PAST_VIEWS = 20;

/** Maximum number of retainers that open automatically, as in DevTools: the nearest of each, up to the roots of the program. */
const MAX_UNFOLDED = 20;
const isBelowRoots = ({ rawDistance }) => rawDistance > 1 && rawDistance < 2e8;

/** Other keys for the same action. */
const ALIASES = {
  k: 'up',
  j: 'down',
  h: 'left',
  l: 'right',
  g: 'home',
  G: 'end',
  ' ': 'pagedown',
  'ctrl-f': 'pagedown',
  'ctrl-b': 'pageup',
  backspace: 'escape',
  'ctrl-d': 'pagedown',
  'ctrl-u': 'pageup',
};

/** Actions that need the selected row, and actions that need the number of rows. They wait until that has been read. */
const NEEDS_ROW = new Set(['right', 'return', 'r', 'd', 'c']);
const NEEDS_COUNT = new Set(['down', 'pagedown', 'end']);

class App {
  #files;
  #api;
  #heap;
  #opened = [];
  #stop = new AbortController();
  #views = {};
  #view;
  /** Views to go back to. */
  #past = [];
  #look;
  #language;
  #progress = { at: 0 };
  #prompt;
  #message;
  /** Actions that wait for rows. */
  #waiting = [];
  #isHelp = false;
  #notes = {};
  #rows = 1;

  /** Called when the screen changes without a key. */
  onChange = () => {};
  /** Whether the user has quit. */
  isDone = false;
  exitCode = 0;

  /**
   * @param {string[]} files one, or two to compare
   * @param {{language: string, api: {open: Function, diff: Function, findLeaks: Function}}} options
   */
  constructor(files, { language, api }) {
    this.#files = files;
    this.#api = api;
    this.#language = language;
    this.#look = { words: wordsOf(language), values: false };
  }

  /** Reads the files, one after the other: in parallel they only need more memory. */
  async load() {
    const { signal } = this.#stop;
    for (const [at, file] of this.#files.entries()) {
      const onProgress = (progress) => {
        this.#progress = { at, ...progress };
        this.onChange();
      };
      this.#opened.push(await this.#api.open(file, { signal, onProgress }));
    }
    const [after, before] = [...this.#opened].reverse();
    this.#heap = heapOf(after, before, this.#api, {
      signal,
      showValues: () => this.#look.values,
      onOtherProcess: (view) => {
        this.#notes[view] = true;
      },
    });
    this.#show('findings');
    this.onChange();
  }

  /** Cancels running queries and frees the snapshots. */
  close() {
    this.#stop.abort();
    for (const snapshot of this.#opened) snapshot.close();
  }

  /**
   * @param {string} name of the key: `'up'`, `'return'`, `'ctrl-c'`, or the character that it types
   * @param {string} [text] the characters that it types
   */
  key(name, text = '') {
    if (name === 'ctrl-c') return this.#quit(130);
    if (this.#prompt) return this.#type(name, text);
    this.#message = undefined;
    if (this.#isHelp) {
      this.#isHelp = false;
      return undefined;
    }
    if (name === 'q') return this.#quit(0);
    if (name === 'L') return this.#changeLanguage();
    if (!this.#heap) return undefined;
    const action = ALIASES[name] ?? name;
    if (!NEEDS_ROW.has(action) && !NEEDS_COUNT.has(action)) this.#waiting = [];
    if (this.#waiting.length > 0 || this.#mustWait(action)) return this.#waiting.push(action);
    const number = Number(name);
    if (number >= 1 && number <= NAMES.length) return this.#show(NAMES[number - 1]);
    return this.#actions[action]?.();
  }

  /** Returns whether the row, or the number of rows, that the action needs has not been read yet. */
  #mustWait(action) {
    const { tree, cursor } = this.#view;
    if (!tree) return false;
    const { state, branch } = tree.row(cursor);
    return NEEDS_ROW.has(action) ? state === 'reading' : NEEDS_COUNT.has(action) && branch.count === undefined && !branch.error;
  }

  /** Runs the waiting actions whose rows have been read. */
  #catchUp() {
    while (this.#waiting.length > 0 && !this.#mustWait(this.#waiting[0])) this.#actions[this.#waiting.shift()]();
  }

  #actions = {
    up: () => this.#move(-1),
    down: () => this.#move(1),
    pageup: () => this.#move(-this.#rows),
    pagedown: () => this.#move(this.#rows),
    home: () => this.#move(-Infinity),
    end: () => this.#move(Infinity),
    right: () => this.#open() || this.#move(1),
    left: () => this.#leave(),
    return: () => this.#close() || this.#open(),
    tab: () => this.#switchView(1),
    'shift-tab': () => this.#switchView(-1),
    r: () => this.#about('retainers'),
    d: () => this.#about('dominators'),
    c: () => this.#about('containment'),
    escape: () => this.#back(),
    s: () => this.#sort(),
    S: () => this.#reverse(),
    v: () => this.#toggleValues(),
    '?': () => {
      this.#isHelp = true;
    },
    '/': () => {
      this.#prompt = new Prompt();
    },
  };

  #quit(code) {
    this.isDone = true;
    this.exitCode = code;
  }

  #changeLanguage() {
    this.#language = nextLanguage(this.#language);
    this.#look.words = wordsOf(this.#language);
  }

  /** Shows a view in its last state. */
  #show(name) {
    this.#view = this.#views[name] ??= this.#make(name, {});
  }

  /** Returns a view in its initial state. */
  #make(name, { focus, search, sort = VIEWS[name].sorts?.[0], reverse = false }) {
    const list = VIEWS[name].list(this.#heap, { focus, search, sort, reverse: reverse || undefined });
    const tree = list && new Tree(list, () => this.onChange());
    return { name, focus, search, sort, reverse, tree, cursor: 0, top: 0, unfolded: name === 'retainers' ? 0 : MAX_UNFOLDED };
  }

  #remake(change) {
    const { name } = this.#view;
    this.#view = this.#views[name] = this.#make(name, { ...this.#view, ...change });
  }

  #switchView(step) {
    this.#show(NAMES[(NAMES.indexOf(this.#view.name) + step + NAMES.length) % NAMES.length]);
  }

  #move(step) {
    const { tree, cursor } = this.#view;
    if (tree) this.#view.cursor = Math.max(0, Math.min(tree.length - 1, cursor + step));
  }

  #open() {
    const { tree, cursor } = this.#view;
    return tree?.open(cursor) ?? false;
  }

  /** Opens the first retainer, the first retainer of that one, and so on, as far as they have been read. */
  #unfold(view) {
    while (view.unfolded < MAX_UNFOLDED) {
      const { state, item } = view.tree.row(view.unfolded);
      if (state === 'reading') return;
      if (state !== 'item' || !isBelowRoots(item) || !view.tree.open(view.unfolded)) view.unfolded = MAX_UNFOLDED;
      else view.unfolded += 1;
    }
  }

  #close() {
    this.#view.unfolded = MAX_UNFOLDED;
    const { tree, cursor } = this.#view;
    return tree?.close(cursor) ?? false;
  }

  /** Closes the row, or selects its parent if it is closed. */
  #leave() {
    if (this.#close()) return;
    this.#view.cursor = this.#view.tree?.parent(this.#view.cursor) ?? this.#view.cursor;
  }

  /** Shows a view of the selected object. */
  #about(name) {
    const { node: id } = this.#selected();
    if (id === undefined) {
      this.#message = this.#look.words.noObject;
      return;
    }
    const focus = { id };
    this.#leaveFor(this.#make(name, { focus }));
    this.#opened
      .at(-1)
      .node(id)
      .then(
        (node) => {
          focus.node = node;
          this.onChange();
        },
        () => {},
      ); // the list of the view gets the same error, and shows it
  }

  /** Returns the display of the selected row; empty if it has not been read. */
  #selected() {
    const { tree, cursor } = this.#view;
    const { state, list, item } = tree ? tree.row(cursor) : {};
    return state === 'item' ? list.show(item, this.#look) : {};
  }

  /** Shows a view, and remembers the present one to go back to. */
  #leaveFor(view) {
    this.#past.push(this.#view);
    if (this.#past.length > MAX_PAST_VIEWS) this.#past.shift();
    this.#view = this.#views[view.name] = view;
  }

  #back() {
    const view = this.#past.pop();
    if (view) this.#view = this.#views[view.name] = view;
  }

  #sort() {
    const { sorts, first } = VIEWS[this.#view.name];
    if (!sorts || !this.#view.tree) return;
    const sort = sorts[(sorts.indexOf(this.#view.sort) + 1) % sorts.length];
    this.#remake({ sort, reverse: false });
    const { columns, sortedBy } = this.#look.words;
    this.#message = sortedBy(columns[sort] ?? columns[first]);
  }

  #reverse() {
    if (VIEWS[this.#view.name].isReversible) this.#remake({ reverse: !this.#view.reverse });
  }

  #toggleValues() {
    this.#look.values = !this.#look.values;
    this.#message = this.#look.values ? this.#look.words.valuesOn : this.#look.words.valuesOff;
    // Findings must be queried again, because the engine hides names that look like data in them.
    const isShown = this.#view.name === 'findings';
    delete this.#views.findings;
    if (isShown) this.#show('findings');
  }

  /** Handles a key while the prompt is open. */
  #type(name, text) {
    const { by, text: typed, isDone } = this.#prompt.key(name, text);
    if (!isDone) return;
    this.#prompt = undefined;
    if (typed === '') return;
    this.#leaveFor(this.#make('search', { search: { by, text: typed } }));
  }

  /** Returns the description of a screen with a number of lines. */
  frame({ rows }) {
    if (this.#heap) {
      this.#catchUp();
      if (this.#view.tree) this.#unfold(this.#view);
    }
    const screen = describeScreen(
      {
        files: this.#files,
        opened: this.#opened,
        isLoaded: this.#heap !== undefined,
        progress: this.#progress,
        view: this.#view,
        look: this.#look,
        notes: this.#notes,
        prompt: this.#prompt,
        message: this.#message,
        isHelp: this.#isHelp,
      },
      rows,
    );
    this.#rows = screen.lines ?? this.#rows;
    return screen;
  }
}

module.exports = { App };
