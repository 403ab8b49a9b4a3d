// This test fails: it finds the leak.
import { expectNoLeak } from 'heapdump-rs';
import { test } from 'vitest';
import { replaceThing } from '../the-thing.cjs';

test('replacing the thing keeps nothing', () => expectNoLeak(replaceThing), 120_000);
