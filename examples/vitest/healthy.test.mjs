import { expectNoLeak } from 'heapdump-rs';
import { test } from 'vitest';
import { replaceThingWell } from '../the-thing.cjs';

test('replacing the thing keeps nothing', () => expectNoLeak(replaceThingWell), 120_000);
