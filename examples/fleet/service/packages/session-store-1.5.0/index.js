'use strict';

class Session {
  constructor(visitor) {
    this.visitor = visitor;
    this.token = `${visitor} ${Math.random()}`;
    this.cart = [];
  }
}

class SessionStore {
  sessions = new Map();
  /** New in 1.5.0: sessions by token. `close` should delete from it, and does not: the leak. */
  byToken = new Map();

  open(visitor) {
    const session = new Session(visitor);
    this.sessions.set(visitor, session);
    this.byToken.set(session.token, session);
    return session;
  }

  close(session) {
    this.sessions.delete(session.visitor);
  }

  find(token) {
    return this.byToken.get(token);
  }
}

module.exports = { Session, SessionStore };
