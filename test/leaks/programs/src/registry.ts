type Callback = () => unknown;

const completions: Map<string, Callback> = new Map<string, Callback>();

export function remember(key: string, callback: Callback): void {
  completions.set(key, callback);
}
