// Private fields become WeakMaps, and async functions generators, where the target is old.
declare const require: (name: string) => { run(step: (n: number) => unknown): void };

interface Item { id: number; tags: string[] }

class Inventory {
  #items = new Map<string, Item>();
  #audit: Array<() => string> = [];

  async add(n: number): Promise<number> {
    const history = Array.from({ length: 50 }, (_, i) => `${n} was moved to shelf ${i}`);
    const describe = () => history.join();
    if (describe().length === 0) return 0;
    this.#audit.push(() => `added ${n}`);
    return this.#audit.length + this.#items.size;
  }
}

const inventory = new Inventory();
require('../harness').run((n) => inventory.add(n));
