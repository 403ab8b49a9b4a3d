'use strict';
// Guests and tables point to each other as well; a guest who leaves is struck off the table, the list and the index.
class Restaurant {
  #tables = new Map([['window', { name: 'window', seated: new Set() }], ['door', { name: 'door', seated: new Set() }]]);
  #present = new Set();
  #byName = new Map();
  seat(name, place) {
    const table = this.#tables.get(place);
    const guest = { name, table, orders: new Array(40).fill(name.length + 0.5) };
    table.seated.add(guest);
    this.#present.add(guest);
    this.#byName.set(name, guest);
    return guest;
  }
  leave(guest) {
    guest.table.seated.delete(guest);
    this.#present.delete(guest);
    this.#byName.delete(guest.name);
  }
}

const restaurant = new Restaurant();
require('../harness').run((n) => {
  const guests = ['a', 'b', 'c'].map((letter, i) => restaurant.seat(`${letter}-${n}`, i === 0 ? 'window' : 'door'));
  for (const guest of guests) restaurant.leave(guest);
});
