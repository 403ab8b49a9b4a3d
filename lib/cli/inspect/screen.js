'use strict';
// Describes the screen of the terminal explorer. terminal/ draws it.

const path = require('node:path');
const { frameText, nameOf } = require('../kit/frames.js');
const { bytes, integer, percent } = require('../../text.js');
const { object, safe } = require('./names.js');
const { describeFinding, describeRow } = require('./rows.js');
const { VIEWS } = require('./views.js');

/** Lines of the screen that are not rows: title, views, heading, columns, foot. */
const FRAME_LINES = 5;

/** Maximum number of lines of a finding's text, and their maximum share of the screen. */
const MAX_DETAIL_LINES = 12;
const MAX_DETAIL_SHARE = 0.4;

/**
 * Returns the description of the screen, and scrolls the view to its selected row.
 *
 * @param {object} state of the explorer
 * @param {number} height in lines
 * @returns {object} `lines`: the number of lines for rows, if there are rows
 */
function describeScreen(state, height) {
  const { isLoaded, isHelp, look, message, prompt } = state;
  const { words } = look;
  const screen = {
    title: title(state),
    prompt: prompt && { label: words.prompts[prompt.by], text: safe(prompt.text), keys: words.promptKeys },
    foot: message ?? (isLoaded ? words.hints : words.quitHint),
  };
  if (isHelp) return { ...screen, help: { title: words.help, keys: words.keys } };
  if (!isLoaded) return { ...screen, progress: describeProgress(state) };
  return { ...screen, ...table(state, height) };
}

function title({ files, isLoaded, opened, look: { words } }) {
  const after = isLoaded && opened.at(-1);
  return {
    left: files.map((file) => safe(path.basename(file))).join(' \u2192 '),
    right: after ? words.size(bytes(after.totalSize), integer(after.nodeCount)) : '',
  };
}

function describeProgress({ files, look: { words }, progress: { at, stage = 'start', done = 0, total = 0 } }) {
  return {
    file: safe(path.basename(files[at])),
    stage: words.stages[stage] ?? stage,
    share: total > 0 ? done / total : 0,
    text: total > 0 ? percent(done, total) : '',
  };
}

function table({ opened, look, notes, view }, height) {
  const { words } = look;
  const kind = VIEWS[view.name];
  const detail = describeDetail(view, look, height);
  const isThere = ({ isOfTwo }) => !isOfTwo || opened.length > 1;
  const lines = Math.max(1, height - FRAME_LINES - (detail ? detail.lines + 1 : 0));
  if (view.tree) scroll(view, lines);
  return {
    views: Object.keys(VIEWS).map((name, i) => ({ key: String(i + 1), name: words.views[name], isShown: name === view.name })),
    heading: heading(view, { look, notes, isAlone: opened.length === 1 }),
    columns: [{ name: kind.first, isFirst: true }, ...kind.columns].filter(isThere).map((column) => ({
      ...column,
      title: words.columns[column.name] ?? '',
      sorted: isSortedBy(view, column) ? (view.reverse ? 'reverse' : 'standard') : undefined,
    })),
    rows: view.tree ? visibleRows(view, look, lines) : [],
    lines,
    detail,
    position: view.tree?.count === undefined ? '' : `${integer(view.cursor + 1)} / ${integer(view.tree.length)}`,
  };
}

function isSortedBy({ sort, name: view }, { name, isFirst }) {
  if (!sort) return false;
  return name === sort || (Boolean(isFirst) && !VIEWS[view].columns.some((column) => column.name === sort));
}

/** Returns the heading of the view: its object, its search, or a hint. */
function heading({ name, focus, search, tree }, { look, notes, isAlone }) {
  const { words } = look;
  const { hint } = VIEWS[name];
  if (!tree) return [{ text: words[hint], tone: 'dim' }];
  if (search)
    return [
      { text: `${words.searched[search.by]} `, tone: 'dim' },
      { text: safe(search.text), tone: 'strong' },
    ];
  if (focus) {
    const label = focus.node ? object(focus.node, look) : [{ text: `@${focus.id}` }];
    return [{ text: `${words.of} `, tone: 'dim' }, ...label, ...allocation(focus.node, words)];
  }
  if (name === 'containment' || name === 'dominators') return [{ text: words.fromTheRoot, tone: 'dim' }];
  if (name === 'findings' && isAlone) return [{ text: words.oneSnapshot, tone: 'dim' }];
  if (name === 'findings' && notes.findings) return [{ text: words.otherProcessAlone, tone: 'warn' }];
  if (name === 'comparison' && notes.comparison) return [{ text: words.otherProcess, tone: 'warn' }];
  return [];
}

/** Maximum number of functions of a stack in the heading. */
const MAX_FRAMES = 4;

/** Returns the innermost functions of the stack that allocated the object, if the snapshot has it. */
function allocation(node, { allocatedBy }) {
  if (!node?.allocationStack) return [];
  const [first, ...callers] = node.allocationStack.slice(0, MAX_FRAMES);
  return [
    { text: `  ${allocatedBy} `, tone: 'dim' },
    { text: [frameText(first), ...callers.map(nameOf)].map((text) => safe(text)).join(' \u2190 ') },
  ];
}

/** Makes the selected row one of the visible ones. */
function scroll(view, lines) {
  const { tree } = view;
  view.cursor = Math.max(0, Math.min(view.cursor, tree.length - 1));
  view.top = Math.max(0, Math.min(view.top, view.cursor, tree.length - lines));
  view.top = Math.max(view.top, view.cursor - lines + 1);
}

function visibleRows({ name, tree, cursor, top }, look, lines) {
  const { words } = look;
  const nothing = name === 'findings' || name === 'search' ? words.nothingFound : words.nothing;
  const rows = [];
  for (let index = top; index < Math.min(tree.length, top + lines); index += 1) {
    rows.push({ ...describeRow(tree.row(index), look, nothing), isSelected: index === cursor });
  }
  return rows;
}

/** Returns the text of the finding that is selected, or that the selected step belongs to. */
function describeDetail({ name, tree, cursor }, look, height) {
  const lines = Math.min(MAX_DETAIL_LINES, Math.floor(height * MAX_DETAIL_SHARE));
  const [finding] = name === 'findings' ? tree.path(Math.min(cursor, tree.length - 1)) : [];
  if (!finding || lines < 2) return undefined;
  return { lines, paragraphs: describeFinding(finding, look) };
}

module.exports = { describeScreen };
