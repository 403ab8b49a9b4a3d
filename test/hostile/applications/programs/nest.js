'use strict';
// Nest on Express: dependency injection, a pipe, an interceptor and an exception filter, without the decorators of TypeScript.

const assert = require('node:assert/strict');

async function start() {
  require('reflect-metadata');
  const {
    BadRequestException,
    Catch,
    Controller,
    Get,
    Inject,
    Injectable,
    Module,
    Param,
    ParseIntPipe,
    UseFilters,
    UseInterceptors,
  } = await import('@nestjs/common');
  const { NestFactory } = await import('@nestjs/core');
  const { map } = await import('rxjs');

  class Numbers {
    divisors(n) {
      if (n === 13) throw new BadRequestException('an unlucky number');
      return Array.from({ length: n }, (_, i) => i + 1).filter((divisor) => n % divisor === 0);
    }
  }
  Injectable()(Numbers);

  class Envelope {
    intercept(context, next) {
      return next.handle().pipe(map((data) => ({ data, handler: context.getHandler().name })));
    }
  }
  Injectable()(Envelope);

  class Refusals {
    catch(exception, host) {
      host.switchToHttp().getResponse().status(exception.getStatus()).json({ refused: exception.message });
    }
  }
  Catch(BadRequestException)(Refusals);

  class NumbersController {
    constructor(numbers) {
      this.numbers = numbers;
    }

    async divisors(n) {
      return { n, divisors: this.numbers.divisors(n) };
    }
  }
  Inject(Numbers)(NumbersController, undefined, 0);
  Param('n', ParseIntPipe)(NumbersController.prototype, 'divisors', 0);
  const descriptor = Object.getOwnPropertyDescriptor(NumbersController.prototype, 'divisors');
  Get(':n/divisors')(NumbersController.prototype, 'divisors', descriptor);
  UseInterceptors(Envelope)(NumbersController);
  UseFilters(Refusals)(NumbersController);
  Controller('numbers')(NumbersController);

  class App {}
  Module({ controllers: [NumbersController], providers: [Numbers, Envelope] })(App);

  const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  return { port: app.getHttpServer().address().port, stop: () => app.close() };
}

/** A number, an unlucky one, or no number. */
const subject = (i) => (i % 50 === 7 ? 'x' : String(1 + (i % 500)));

const request = (i) => ({ method: 'GET', path: `/numbers/${subject(i)}/divisors` });

function check(i, { status, body }) {
  const answer = JSON.parse(body);
  const n = Number(subject(i));
  if (Number.isNaN(n) || n === 13) {
    assert.equal(status, 400);
    assert.match(answer.refused, n === 13 ? /unlucky/ : /numeric string is expected/);
    return;
  }
  assert.equal(status, 200);
  assert.equal(answer.handler, 'divisors');
  assert.equal(answer.data.n, n);
  const { divisors } = answer.data;
  assert.ok(divisors.every((divisor) => n % divisor === 0) && divisors[0] === 1 && divisors.at(-1) === n);
  assert.deepEqual(divisors.map((divisor) => n / divisor).reverse(), divisors, 'divisors come in pairs');
}

module.exports = { check, request, start };
