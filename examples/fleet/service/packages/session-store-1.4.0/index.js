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

  open(visitor) {
    const session = new Session(visitor);
    this.sessions.set(visitor, session);
    return session;
  }

  close(session) {
    this.sessions.delete(session.visitor);
  }
}

module.exports = { Session, SessionStore };
