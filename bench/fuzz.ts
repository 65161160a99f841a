/**
 * Inputs that no honest server, person or older version would send, by the million: see test/fuzz/ for what must hold. The same
 * inputs for the same seed; fails when something does not hold, and says how to see it again.
 *
 * npm run bench -- fuzz [--cases 2000000] [--seed 1] [--only TEXT] [--endless]
 */
import { parseArgs } from 'node:util'
import type { Property } from '../test/fuzz/property.ts'
import { PROPERTIES } from '../test/fuzz/properties.ts'

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '2000000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    endless: { type: 'boolean', default: false },
  },
})
const [cases, firstSeed] = [Number(values.cases), Number(values.seed)]
if (!(Number.isInteger(cases) && cases > 0 && Number.isInteger(firstSeed))) {
  throw new Error('--cases and --seed must be whole numbers')
}
const asked = PROPERTIES.filter(({ area, name }) => `${area}: ${name}`.includes(values.only))
/** So many inputs of a property of usual cost at a time: each has a seed of its own, so that one that fails is soon seen again. */
const PIECE = 2_000

/** What one area came to. */
interface Tried {
  inputs: number
  cpuSeconds: number
  broken: number
}

const tried = new Map<string, Tried>()
const shares = asked.reduce((sum, { cost }) => sum + 1 / cost, 0)
const pieces = Math.ceil(cases / (shares * PIECE))
for (let piece = 0; piece < pieces || values.endless; piece++) {
  const left = values.endless ? PIECE : Math.min(PIECE, cases / shares - piece * PIECE)
  for (const each of asked) tryOne(each, firstSeed + piece, Math.ceil(left / each.cost))
  if (values.endless) console.log(`${[...tried.values()].reduce((sum, { inputs }) => sum + inputs, 0)} inputs`)
}

function tryOne({ area, name, findCounterexample }: Property, seed: number, inputs: number): void {
  const from = process.cpuUsage()
  const found = findCounterexample({ seed, cases: inputs })
  const { user, system } = process.cpuUsage(from)
  const so = tried.get(area) ?? { inputs: 0, cpuSeconds: 0, broken: 0 }
  so.inputs += inputs
  so.cpuSeconds += (user + system) / 1e6
  tried.set(area, so)
  if (found === null) return
  so.broken++
  process.exitCode = 1
  console.log(`NOT OK ${area}: ${name}\n  ${found.replaceAll('\n', '\n  ')}`)
  console.log(`  again: npm run bench -- fuzz --only "${name}" --seed ${seed} --cases ${inputs}\n`)
}

console.log(`### Hostile inputs, seed ${firstSeed}\n`)
console.log('| area | inputs | CPU | |\n| --- | ---: | ---: | --- |')
for (const [area, { inputs, cpuSeconds, broken }] of tried) {
  const verdict = broken === 0 ? 'ok' : 'NOT OK'
  console.log(`| ${area} | ${inputs.toLocaleString('en-US')} | ${cpuSeconds.toFixed(0)} s | ${verdict} |`)
}
const total = [...tried.values()].reduce((sum, { inputs }) => sum + inputs, 0)
console.log(`| all | ${total.toLocaleString('en-US')} | | |\n`)
