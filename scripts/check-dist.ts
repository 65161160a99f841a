/** Fails unless dist/ is, byte for byte, what the sources build: rebuilt apart and compared, untracked files included. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const rebuilt = mkdtempSync(join(tmpdir(), 'plateau-dist-'))
execFileSync('npx', ['rolldown', '-c', 'rolldown.config.ts', '--dir', rebuilt, '--logLevel', 'warn'], {
  stdio: ['ignore', 'ignore', 'inherit'],
})

// The licence list is written to its fixed place; compare the rebuilt code and then the list as git sees it.
const wrong: string[] = []
const built = readdirSync(rebuilt).sort()
const committed = readdirSync('dist')
  .filter((name) => name !== 'LICENSES.txt')
  .sort()
for (const name of new Set([...built, ...committed])) {
  if (!built.includes(name)) wrong.push(`dist/${name} is not built by the sources`)
  else if (!committed.includes(name)) wrong.push(`dist/${name} is missing`)
  else if (!readFileSync(join(rebuilt, name)).equals(readFileSync(join('dist', name))))
    wrong.push(`dist/${name} is stale`)
}
const dirty = execFileSync('git', ['status', '--porcelain', '--', 'dist/LICENSES.txt'], { encoding: 'utf8' }).trim()
if (dirty !== '') wrong.push('dist/LICENSES.txt is stale')
rmSync(rebuilt, { recursive: true })

if (wrong.length > 0) {
  console.error(`${wrong.join('\n')}\nRun "npm run build" and commit dist/.`)
  process.exit(1)
}
console.log('dist/ is fresh')
