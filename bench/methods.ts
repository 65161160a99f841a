/**
 * What other tools would have said of the runs that the calibration simulates, beside this gate: a table of alarms on unchanged code and of slower
 * ones that are found. `npm run bench -- methods --scale 0.1` does a tenth of it.
 */
import { parseArgs } from 'node:util'
import { compareTools, SLOWDOWNS, TOOLS } from './support/rivals.ts'
import { report } from './support/result.ts'
import { worldStudies } from './support/worlds.ts'

const { scale } = parseArgs({ options: { scale: { type: 'string', default: '1' } } }).values
const HISTORIES = Math.max(2, Math.round(200 * Number(scale)))
const CANDIDATES = 3
/** Each with the number of recorded runs at which it is asked. */
const WORLDS: readonly (readonly [name: string, groups: number])[] = [
  ['independent, 2 %', 20],
  ['independent, 3 %', 20],
  ['independent, 5 %', 20],
  ['each run has .6 of the one before, 2 %', 20],
  ['Student t3, 2 %', 20],
  ['main at night, pull requests by day, 5 %', 20],
  ['5 runs a day, days differ by 3 %', 20],
  ['a slow node in a tenth of the runs', 20],
  ['main drifts by .5 % a run', 20],
  ['main steps by 7 %, 20 before', 21],
]

const startedAt = Date.now()
const studies = worldStudies(1)
const rows = WORLDS.map(([name, groups]) => ({
  name,
  rates: compareTools({ ...studies[name]!, groups: [groups], histories: HISTORIES }, CANDIDATES),
}))
const percent = (share: number): string => (100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0)
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
console.log(
  `Unchanged called worse / TPOT ${SLOWDOWNS.slice(1)
    .map((by) => `+${Math.round(100 * (by - 1))} %`)
    .join(' / ')} found, %\n`,
)
console.log(line(['world', ...TOOLS]))
console.log(line(['---', ...TOOLS.map(() => '---:')]))
for (const { name, rates } of rows) {
  console.log(line([name, ...TOOLS.map((tool) => rates[tool].map(percent).join(' / '))]))
}
console.log('')
report(
  'Methods',
  rows.slice(0, 4).map(({ name, rates }) => ({
    what: `unchanged called worse by Plateau, ${name}`,
    value: 100 * rates['Plateau'][0]!,
    unit: '%',
    atMost: 2,
  })),
)
console.log(
  `${Math.round((Date.now() - startedAt) / 1000)} s, ${HISTORIES} histories of each world, ${CANDIDATES} candidates of each kind`,
)
