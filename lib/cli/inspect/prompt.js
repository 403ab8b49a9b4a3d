'use strict';
// The input line of the search.

/** Maximum length of the input in UTF-16 units. */
const MAX_LENGTH = 200;

const KINDS = ['name', 'constructor', 'id'];
const ID = /^@?\d{1,15}$/;

class Prompt {
  by = 'name';
  text = '';
  isDone = false;

  /** Handles a key. Returns itself. */
  key(name, text) {
    if (name === 'escape') this.#end('');
    else if (name === 'return') this.#accept();
    else if (name === 'tab') this.by = KINDS[(KINDS.indexOf(this.by) + 1) % KINDS.length];
    else if (name === 'backspace') this.text = [...this.text].slice(0, -1).join('');
    else if (name === 'ctrl-u') this.text = '';
    else if (this.text.length + text.length <= MAX_LENGTH) this.text += text;
    return this;
  }

  #end(text) {
    this.text = text;
    this.isDone = true;
  }

  /** Ends the input. `@1` is an id in every search. Other text than an id is not accepted in a search by id. */
  #accept() {
    if (this.text.startsWith('@') && ID.test(this.text)) this.by = 'id';
    if (this.by !== 'id' || this.text === '' || ID.test(this.text)) this.#end(this.text);
  }
}

module.exports = { Prompt };
