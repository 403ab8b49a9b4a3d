'use strict';
// The connection to the agent of a process that has loaded the package. The process connects when it handles its signal.

const path = require('node:path');
const { Channel } = require('../attach/channel.js');
const { makeWorkspace } = require('../attach/workspace.js');
const { EXIT } = require('../kit/exit.js');
const { Refusal, named } = require('./refusal.js');

const NAME = 'socket';

class SignalledAgent {
  #workspace;
  /** @type {Channel} */
  channel;

  constructor(workspace, channel) {
    this.#workspace = workspace;
    this.channel = channel;
  }

  /** Listens at a path that both processes can reach. */
  static async listen(target) {
    const workspace = makeWorkspace(target.pid);
    if (workspace === undefined) {
      throw new Refusal(`there is no directory that ${named(target)} and this command can both write to`, { exit: EXIT.other });
    }
    try {
      const file = path.join(workspace.here, NAME);
      const channel = await Channel.listen(file);
      workspace.give(file);
      return new SignalledAgent(workspace, channel);
    } catch (error) {
      workspace.remove();
      throw error;
    }
  }

  /** The path of the socket, as the process names it. */
  get socket() {
    return path.join(this.#workspace.there, NAME);
  }

  connected() {
    return this.channel.connected();
  }

  /** Has the agent end what it does, and removes the socket. */
  async close() {
    try {
      await this.channel.close();
    } finally {
      this.#workspace.remove();
    }
  }
}

module.exports = { SignalledAgent };
