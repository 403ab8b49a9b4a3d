// The end of the process, for every module that has something to finish.
let end;
export const terminated = new Promise((resolve) => { end = resolve; });
process.once('SIGTERM', () => end('SIGTERM'));
