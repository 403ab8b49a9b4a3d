// The variables that a `with` reads depend on its object.
const templates = [];
function template(n) {
  const source = Array.from({ length: 60 }, (_, i) => `line ${i} of template ${n}`);
  const check = () => source.length > 0;
  if (check()) templates.push((data) => { with (data) return title + n; });
}
require('../harness').run(template);
