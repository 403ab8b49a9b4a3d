import { EventEmitter } from 'node:events';

/** One for the whole program. */
export class Bus {
  static readonly shared: EventEmitter = new EventEmitter().setMaxListeners(0);

  static subscribe(topic: string, subscriber: (message: unknown) => void): void {
    Bus.shared.on(topic, subscriber);
  }
}
