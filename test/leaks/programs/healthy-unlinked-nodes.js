'use strict';
// A network of twenty stations: the oldest is unlinked in both directions and taken out of the index for each new one.
function Network() { this.stations = []; this.byName = new Map(); }
Network.prototype.add = function add(name) {
  const station = { name, incoming: [], outgoing: [], weights: new Array(20).fill(name.length + 0.5) };
  const last = this.stations[this.stations.length - 1];
  if (last) { last.outgoing.push(station); station.incoming.push(last); }
  this.stations.push(station);
  this.byName.set(name, station);
};
Network.prototype.removeOldest = function removeOldest() {
  const oldest = this.stations.shift();
  for (const next of oldest.outgoing) next.incoming.splice(next.incoming.indexOf(oldest), 1);
  this.byName.delete(oldest.name);
};

const network = new Network();
for (let i = 0; i < 20; i++) network.add(`first-${i}`);
require('../harness').run((n) => { network.add(`station-${n}`); network.removeOldest(); });
