// A window for each page, closed after use.
const { measure } = require('./harness');
const { JSDOM } = require('jsdom');
async function page(i) {
  const dom = new JSDOM(`<!doctype html><main><h1>Page ${i}</h1><ul></ul></main><script>document.title = 'loaded';</script>`, { runScripts: 'dangerously' });
  const { document } = dom.window;
  for (let k = 0; k < 20; k++) {
    const item = document.createElement('li');
    item.textContent = 'item ' + k;
    item.addEventListener('click', () => { item.className = 'clicked'; });
    document.querySelector('ul').append(item);
    item.click();
  }
  const { length } = document.querySelectorAll('.clicked');
  dom.window.close();
  await new Promise(setImmediate);
  return length;
}
measure(page, { warmup: 15, n: 20, settle: 900 });
