'use strict';
// Players and rooms point to each other, a lobby lists both; a player who leaves is taken off the list of players only.
class Lobby {
  #rooms = new Map([['red', { name: 'red', members: [] }], ['blue', { name: 'blue', members: [] }]]);
  #online = new Set();
  #byNick = Object.create(null);
  join(nick, colour) {
    const room = this.#rooms.get(colour);
    const player = { nick, room, inventory: new Array(40).fill(nick.length + 0.5) };
    room.members.push(player);
    this.#online.add(player);
    this.#byNick[nick] = player;
    return player;
  }
  leave(player) { this.#online.delete(player); }
}

const lobby = new Lobby();
require('../harness').run((n) => lobby.leave(lobby.join(`nick-${n}`, n % 2 === 0 ? 'red' : 'blue')));
