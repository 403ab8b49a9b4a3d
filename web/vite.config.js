// Builds the page: one file without references to others, which runs from the disk and under a content-security policy
// that knows its script and its style by their hashes.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vite';

const sha256 = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The licences of the libraries that the script contains. */
function licences(modules) {
  const packages = new Set(modules.map((id) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1]).filter(Boolean));
  return [...packages].sort().map((folder) => {
    const { name, version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = fs.readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
    if (!file) throw new Error(`${name} comes without its licence`);
    return `${name} ${version}\n\n${fs.readFileSync(path.join(folder, file), 'utf8').trim()}`;
  });
}

/** Puts script and style into the page. */
function oneFile() {
  return {
    name: 'one-file',
    enforce: 'post',
    generateBundle(_, bundle) {
      const files = Object.values(bundle);
      const page = files.find(({ fileName }) => fileName.endsWith('.html'));
      const chunk = files.find(({ type }) => type === 'chunk');
      const sheet = files.find(({ fileName }) => fileName.endsWith('.css'));
      if (files.length !== 3 || !page || !chunk || !sheet)
        throw new Error(`not one page, one script and one style: ${files.map(({ fileName }) => fileName)}`);
      const script = `\n${chunk.code.trim().replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--')}\n`;
      const style = `\n${sheet.source.trim()}\n`;
      const policy = `default-src 'none'; script-src ${sha256(script)}; style-src ${sha256(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
      const html = page.source
        .replace(/\s*<script type="module"[^>]*><\/script>/, '')
        .replace(/\s*<link rel="stylesheet"[^>]*>/, '')
        .replace(
          '<meta charset="utf-8">',
          () => `<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="${policy}">`,
        )
        .replace('</head>', () => `<style>${style}</style>\n</head>`)
        .replace(
          '</body>',
          () =>
            `<script>${script}</script>\n<!--\n${licences(chunk.moduleIds).join('\n\n----\n\n').replaceAll('--', '- -')}\n-->\n</body>`,
        );
      for (const { fileName } of files) delete bundle[fileName];
      this.emitFile({ type: 'asset', fileName: 'report.html', source: html });
    },
  };
}

export default defineConfig({
  plugins: [oneFile()],
  build: {
    // They mix colours.
    target: ['chrome111', 'firefox113', 'safari16.2'],
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: Infinity,
    rolldownOptions: { input: 'report.html', output: { format: 'iife' } },
  },
});
