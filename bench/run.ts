/**
 * Runs every bench, or those named: `npm run bench`, `npm run bench -- accuracy memory`. Fails when a bound is broken. Flags and what
 * follows them go to the benches: `npm run bench -- fuzz --seed 7`.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const BENCHES = [
  'startup',
  'accuracy',
  'client',
  'client-cpu',
  'client-peers',
  'peers',
  'apis',
  'plateau',
  'level-bias',
  'open-loop',
  'conversations',
  'parse-cost',
  'prepare-cost',
  'client-cost',
  'client-threads',
  'memory',
  'merge',
  'calibration',
  'capacity',
  'attempts',
  'control',
  'frontier',
  'methods',
  'comparisons',
  'ab',
  'fuzz',
]

const given = process.argv.slice(2)
const firstFlag = given.findIndex((word) => word.startsWith('--'))
const asked = firstFlag === -1 ? given : given.slice(0, firstFlag)
const flags = given.slice(asked.length)
const unknown = asked.filter((name) => !BENCHES.includes(name))
if (unknown.length > 0) {
  console.error(`unknown bench ${unknown.join(', ')}; there are ${BENCHES.join(', ')}`)
  process.exit(2)
}
for (const name of asked.length === 0 ? BENCHES : asked) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...flags], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
