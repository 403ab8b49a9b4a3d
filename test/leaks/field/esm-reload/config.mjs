export default { plugins: [1, 2, 3].map((n) => ({ name: 'plugin ' + n, run() { return n; } })), text: 'x'.repeat(500) };
