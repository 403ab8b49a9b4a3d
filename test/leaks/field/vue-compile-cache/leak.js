// https://github.com/vuejs/vue/issues/11410: the functions of each template text that was ever compiled stay in the cache
const { measure } = require('./harness');
const { compileToFunctions } = require('vue-template-compiler');
async function render(i) {
  const { render: compiled } = compileToFunctions(`<p id="p${i}"><b v-for="item in items" :key="item.id">{{ item.name }}</b></p>`);
  await null;
  return compiled.length;
}
measure(render, { warmup: 100, n: 200 });
