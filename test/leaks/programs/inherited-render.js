'use strict';
// A mixin in the style of util.inherits wraps `render` of the view on every mount and keeps the last as super.
const util = require('node:util');

function View() { this.nodes = 0; }
View.prototype.render = function render() { return this.nodes; };
function ListView() { View.call(this); }
util.inherits(ListView, View);

function withTheme(constructor, theme) {
  const parentRender = constructor.prototype.render;
  constructor.prototype.render = function renderThemed() {
    this.colour = theme.palette[0];
    return parentRender.call(this);
  };
}

require('../harness').run((n) => {
  withTheme(ListView, { name: `theme ${n}`, palette: Array.from({ length: 40 }, (_, i) => `#${n}${i}`) });
  new ListView().render();
});
