// A ring of particles: a dead one leaves null behind, and the index wraps around at the fixed length.
import harness from '../harness.js';

class Particles {
  #ring = new Array(512).fill(null);
  #next = 0;
  emit(kind) {
    const index = this.#next;
    this.#next = (index + 1) % this.#ring.length;
    this.#ring[index] = { kind, index };
    return index;
  }
  fade(index) { this.#ring[index] = null; }
}

const particles = new Particles();
await harness.run((n) => {
  for (let i = 0; i < 200; i++) {
    const index = particles.emit(n % 2 === 0 ? 'smoke' : 'dust');
    if (i % 3 !== 0) particles.fade(index);
  }
});
