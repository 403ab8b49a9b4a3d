// https://github.com/ReactiveX/rxjs/issues/5309: groupBy keeps the groups that have ended
const { measure } = require('./harness');
const { Subject } = require('rxjs');
const { groupBy, mergeMap, takeWhile } = require('rxjs/operators');
const events$ = new Subject();
let seen = 0;
events$.pipe(
  groupBy((event) => event.order),
  mergeMap((order$) => order$.pipe(takeWhile((event) => event.type !== 'paid', true))),
).subscribe(() => { seen++; });
async function order(i) {
  for (const type of ['created', 'packed', 'paid']) events$.next({ order: 'order-' + i, type });
}
measure(order, { warmup: 1000, n: 1000 });
