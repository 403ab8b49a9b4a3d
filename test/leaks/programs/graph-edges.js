'use strict';
// The nodes of a graph know their neighbours in both directions and are entered by name; old nodes are only marked.
function Graph() { this.nodes = []; this.byName = new Map(); }
Graph.prototype.add = function add(name) {
  const node = { name, incoming: [], outgoing: [], weights: new Array(20).fill(name.length + 0.5), removed: false };
  const last = this.nodes[this.nodes.length - 1];
  if (last) { last.outgoing.push(node); node.incoming.push(last); }
  this.nodes.push(node);
  this.byName.set(name, node);
};
Graph.prototype.remove = function remove(name) { this.byName.get(name).removed = true; };

const graph = new Graph();
require('../harness').run((n) => {
  graph.add(`node-${n}`);
  if (n > 0) graph.remove(`node-${n - 1}`);
});
