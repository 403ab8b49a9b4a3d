'use strict';
// The files that the checks of this directory read.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..');

/**
 * Returns the files that `entry` means, relative to the root: itself, or the files of a directory and its subdirectories with one of
 * the extensions. Files that git ignores are left out: packages that a test has installed, and what a build has made.
 */
function filesBelow(entry, extensions) {
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--deduplicate', '--cached', '--others', '--exclude-standard', '--', entry],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  );
  const files = listed.split('\0').filter((file) => file !== '' && fs.existsSync(path.join(ROOT, file)));
  if (files.length === 0) throw new Error(`${entry} has no files`);
  return files.filter((file) => file === entry || extensions.includes(path.extname(file)));
}

module.exports = { ROOT, filesBelow };
