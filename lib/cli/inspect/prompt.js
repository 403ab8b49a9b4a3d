'use strict';
// What somebody searches for, while it is typed.

/** UTF-16 units that somebody can search for. */
const LONGEST = 200;

const WAYS = ['name', 'constructor', 'id'];
const ID = /^@?\d{1,15}$/;

class Prompt {
  by = 'name';
  text = '';
  isDone = false;

  /** Takes a key, and gives itself. */
  key(name, text) {
    if (name === 'escape') this.#end('');
    else if (name === 'return') this.#accept();
    else if (name === 'tab') this.by = WAYS[(WAYS.indexOf(this.by) + 1) % WAYS.length];
    else if (name === 'backspace') this.text = [...this.text].slice(0, -1).join('');
    else if (name === 'ctrl-u') this.text = '';
    else if (this.text.length + text.length <= LONGEST) this.text += text;
    return this;
  }

  #end(text) {
    this.text = text;
    this.isDone = true;
  }

  /** `@1` is an id whatever is asked for; what is no id is not taken for one. */
  #accept() {
    if (this.text.startsWith('@') && ID.test(this.text)) this.by = 'id';
    if (this.by !== 'id' || this.text === '' || ID.test(this.text)) this.#end(this.text);
  }
}

module.exports = { Prompt };
