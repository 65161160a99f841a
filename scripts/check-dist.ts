/** Fails unless dist/ is, byte for byte, what the sources build: built anew in another folder and compared. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const rebuilt = mkdtempSync(join(tmpdir(), 'plateau-dist-'))
execFileSync(
  process.execPath,
  ['node_modules/rolldown/bin/cli.mjs', '-c', 'rolldown.config.ts', '--logLevel', 'warn'],
  {
    env: { ...process.env, PLATEAU_DIST: rebuilt },
    stdio: ['ignore', 'ignore', 'inherit'],
  },
)

const built = readdirSync(rebuilt)
const committed = readdirSync('dist')
const wrong = [...new Set([...built, ...committed])].sort().flatMap((name) => {
  if (!built.includes(name)) return [`dist/${name} is not built by the sources`]
  if (!committed.includes(name)) return [`dist/${name} is missing`]
  return readFileSync(join(rebuilt, name)).equals(readFileSync(join('dist', name))) ? [] : [`dist/${name} is stale`]
})
rmSync(rebuilt, { recursive: true })

if (wrong.length > 0) {
  console.error(`${wrong.join('\n')}\nRun "npm run build" and commit dist/.`)
  process.exitCode = 1
} else {
  console.log('dist/ is fresh')
}
