/** Every sentence that states how often something happens has a table behind it in docs/calibration.md, which a bench makes. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { renderComment } from '../../src/render/comment.ts'
import { renderPage } from '../../src/render/page.ts'
import { renderVerdictText } from '../../src/render/text.ts'
import { SITUATIONS } from '../support/situations.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const CALIBRATION = read('docs/calibration.md')

/** What states how often something happens: `1 of 100`, `in 4 of 5`, `by chance`. Counts of a run (`7 of 18`, `four of five requests`) do not. */
const STATEMENT =
  /\b\d[\d,]* (?:of|in) (?:5|100|[\d,]*,000)\b(?! failed)|\b(?:four|one) (?:of|in) (?:five|a hundred)\b(?! requests)|\bby chance (?!\?)|larger than they are|would be red in|\bof 100 (?!tokens)/i

/** A statement, and what stands above the figures that show it. */
interface Claim {
  readonly sentence: RegExp
  readonly shownBy: string
}

const ALARMS = '**Red or not measured on unchanged code, %**'
const FIRST = '**The first pull request: a control, three fresh sessions, no history**'
const FOUND = '**A change of TPOT as large as the report says to find in 4 of 5 runs: red, %**'
const CLAIMS: readonly Claim[] = [
  {
    sentence: /red in about 1 of 100 runs measured like this one, if two deployments of it differ as assumed/,
    shownBy: FIRST,
  },
  { sentence: /unchanged code is red in about 1 of 100 runs made like the recorded ones/i, shownBy: ALARMS },
  { sentence: /unchanged code that is made like the recorded ones is red in about 1 of 100 cases/i, shownBy: ALARMS },
  {
    sentence: /where something slows a run now and then that no recorded run has met, up to 3 of 100 are red/i,
    shownBy: '2 % of the runs 20 % slower |',
  },
  {
    sentence: /where runs have just begun to spread more than the recorded ones, up to 15 of 100 are red/i,
    shownBy: 'the same, each metric for itself |',
  },
  {
    sentence: /just after the default branch has become slower and the control has not, up to 8 of 100 are red/i,
    shownBy: '**Main steps by 7 %, a pinned control does not: red or not measured on unchanged code, %**',
  },
  { sentence: /that is at most \S+ in 100 for the \S+ gates together/, shownBy: '**Eight gates of one report job**' },
  { sentence: /promises about 1 of 100 for unchanged code made like the recorded runs/, shownBy: ALARMS },
  { sentence: /finds? in 4 of 5/i, shownBy: FOUND },
  { sentence: /finds .* in 4 of 5 runs/, shownBy: FOUND },
  { sentence: /what is found in 4 of 5 runs/, shownBy: FOUND },
  { sentence: /worsening found in 4 of 5 runs/i, shownBy: FOUND },
  { sentence: /smallest change for the worse that is (?:seen|found) in four of five cases/, shownBy: FOUND },
  {
    sentence: /on average such changes are smaller than they look/,
    shownBy: '**TPOT 10 % slower and red: shown as, on average, %**',
  },
  {
    sentence: /with decision: threshold unchanged code would be red in/i,
    shownBy: '**`decision: threshold`, 5 %: red or not measured on unchanged code, %**',
  },
  { sentence: /\+10 % \(found in 76 of 100\)/, shownBy: '**TPOT 10 % slower: red, %**' },
  { sentence: /of 100 whole comparisons of identical code one was red/, shownBy: '`npm run bench -- comparisons`' },
]

/** Sentences and cells of a text without its marks; in code, what is written for a rate reads as one. */
function listSentences(text: string): string[] {
  return text
    .replaceAll(/\$\{formatOneOf\([^}]*\)\}/g, '1 of 100')
    .replaceAll(/<\/?[a-z][^<>]*>/g, '|')
    .replaceAll(/[\u00A0\s]+/g, ' ')
    .replaceAll(/[`*\\]/g, '')
    .split(/(?<=[.?!]) |\|/)
}

const DOCUMENTS = [
  'README.md',
  ...globSync('{docs,examples}/*.{md,yml}', { cwd: ROOT }),
  ...globSync('{,report/,simulate/}action.yml', { cwd: ROOT }),
]
const RENDERED = Object.values(SITUATIONS).flatMap((input) => [
  renderComment(input),
  renderVerdictText(input.verdict),
  input.report === null ? '' : renderPage({ ...input, report: input.report }),
])
const STATED = [
  ...DOCUMENTS.filter((path) => path !== 'docs/methodology.md' && path !== 'docs/calibration.md').map(read),
  ...RENDERED,
  read('src/render/audit.ts'),
]
  .flatMap(listSentences)
  .filter((sentence) => STATEMENT.test(sentence))

test('every statement of how often something happens is a known one', () => {
  const unknown = STATED.filter((stated) => !CLAIMS.some(({ sentence }) => sentence.test(stated)))
  expect([...new Set(unknown)]).toEqual([])
})

test.each(CLAIMS)('$sentence is said somewhere, and shown by $shownBy', ({ sentence, shownBy }) => {
  expect(STATED.some((stated) => sentence.test(stated))).toBe(true)
  expect(CALIBRATION.includes(shownBy)).toBe(true)
})

test.each(['README.md', 'docs/guide.md'])('a figure in %s is that of its table', (path) => {
  const [, table] = CALIBRATION.split('**TPOT 10 % slower: red, %**')
  const rows = table!
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const column = rows[0]!.indexOf('k = 10')
  const found = rows.find(([, spread]) => spread === '2.0 %')![column]!
  expect(read(path).replaceAll(/\s+/g, ' ')).toContain(
    `with ten runs that spread by 2 % about +10 % (found in ${found} of 100)`,
  )
})
