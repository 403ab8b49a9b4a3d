// Stores of five kinds whose subscribers come and go.
const { measure } = require('./harness');
const { observable, autorun, computed, runInAction } = require('mobx');
const { BehaviorSubject, interval, map, switchMap, takeUntil, Subject, of, shareReplay } = require('rxjs');
const { legacy_createStore: createStore } = require('redux');
const { createSelector } = require('reselect');
const { produce } = require('immer');
const { signal, effect } = require('@preact/signals-core');
const cart = observable({ items: [], total: 0 });
const price$ = new BehaviorSubject(1);
const shared$ = price$.pipe(map((price) => price * 2), shareReplay({ bufferSize: 1, refCount: true }));
const store = createStore((state = { list: [], user: null }, action) => produce(state, (draft) => {
  if (action.type === 'add') { draft.list.push({ id: action.id }); if (draft.list.length > 20) draft.list.shift(); draft.user = { id: action.id }; }
}));
const ids = createSelector((state) => state.list, (list) => list.map(({ id }) => id));
const count = signal(0);
async function view(i) {
  const gone$ = new Subject();
  let seen = 0;
  const stop = [
    autorun(() => { seen += cart.total + computed(() => cart.items.length).get(); }),
    store.subscribe(() => { seen += ids(store.getState()).length; }),
    effect(() => { seen += count.value; }),
  ];
  shared$.pipe(switchMap((price) => of(price, i)), takeUntil(gone$)).subscribe(() => { seen++; });
  interval(1).pipe(takeUntil(gone$)).subscribe();
  runInAction(() => { cart.items.push({ id: i }); if (cart.items.length > 10) cart.items.shift(); cart.total++; });
  price$.next(i);
  store.dispatch({ type: 'add', id: i });
  count.value = i;
  await new Promise(setImmediate);
  for (const one of stop) one();
  gone$.next();
  return seen;
}
measure(view, { warmup: 400, n: 400 });
