/**
 * `npm run mutants`: breaks one rule of the product at a time and asks the test that proves it whether it notices.
 *
 * The rules stand in verdict.ts, metrics.ts and so on beside this file. A mutant lives in the memory of one run of vitest
 * (vitest.config.ts, apply.ts): no file of the sources is touched. Ends with 1 when fewer than 95 % are killed, and with 2 when the list
 * itself is wrong: something does not apply, is no correct TypeScript, or is asked of a test that fails without it.
 *
 *   npm run mutants -- --list           say them and do nothing
 *   npm run mutants -- --only error     those with this text in their file, sentence or test
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { copySources, findMistyped } from './find-mistyped.ts'
import { MUTANTS } from './list.ts'
import { APPLIED, mutated } from './mutant.ts'
import type { Mutant, TestsEnded } from './mutant.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const LEAST_KILLED = 0.95
/** A test that is still at it then hangs; on a slow machine, when it is at it for longer than all tests took without a mutant. */
const SHORTEST_GUARD_MS = 300_000
/** Without a mutant nothing hangs. */
const LONGEST_MS = 86_400_000
const ENOUGH = 0
const SURVIVORS = 1
const WRONG_LIST = 2
const INTERRUPTED = 130

/** What became of a mutant. */
type Fate = 'killed' | 'timeout' | 'survived' | 'broken'

/** The same with the test that failed, or why it is broken. */
interface Ended {
  readonly fate: Fate
  readonly by: string
}

const undo: (() => void)[] = []
process.on('exit', () => undo.forEach((step) => step()))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(INTERRUPTED))

process.exitCode = await main()

/** Null, and said, when they are others. */
function readFlags(): { readonly only?: string; readonly list?: boolean } | null {
  try {
    return parseArgs({ options: { only: { type: 'string' }, list: { type: 'boolean' } } }).values
  } catch (error) {
    console.log(`${(error as Error).message}\nFlags: --only TEXT, --list`)
    return null
  }
}

async function main(): Promise<number> {
  const values = readFlags()
  if (values === null) return WRONG_LIST
  const chosen = MUTANTS.filter((mutant) => says(mutant, values.only ?? ''))
  if (values.list === true) {
    for (const { file, breaks, test } of chosen) console.log(`${file}: ${breaks} (${test})`)
    return ENOUGH
  }
  const nowhere = chosen.length === 0 ? ['no mutant has this text'] : misplaced(chosen)
  const startedAt = performance.now()
  const wrong = nowhere.length > 0 ? nowhere : (await Promise.all([mistyped(chosen), failingWithout(chosen)])).flat()
  if (wrong.length > 0) {
    console.log(wrong.join('\n'))
    return WRONG_LIST
  }
  const guardMs = Math.max(SHORTEST_GUARD_MS, performance.now() - startedAt)
  return report(await fatesOf(chosen, guardMs), chosen)
}

function says({ file, breaks, test }: Mutant, text: string): boolean {
  return [file, breaks, test].some((part) => part.toLowerCase().includes(text.toLowerCase()))
}

function misplaced(chosen: readonly Mutant[]): string[] {
  return chosen.flatMap((mutant) =>
    mutated(sourceOf(mutant.file), mutant) === null
      ? [`broken: ${mutant.file} does not hold exactly once: ${mutant.find}`]
      : [],
  )
}

async function mistyped(chosen: readonly Mutant[]): Promise<string[]> {
  const copy = copySources()
  undo.push(copy.remove)
  return (await findMistyped(chosen, copy, endWithUs)).map((line) => `broken: ${line}`)
}

/** A test that fails anyway would kill everything. */
async function failingWithout(chosen: readonly Mutant[]): Promise<string[]> {
  const tests = [...new Set(chosen.map(({ test }) => test))]
  const { fate, by } = await runTests(tests, null, LONGEST_MS)
  return fate === 'survived' ? [] : [`broken: the tests do not pass as they are: ${by}`]
}

async function fatesOf(chosen: readonly Mutant[], guardMs: number): Promise<ReadonlyMap<Mutant, Fate>> {
  const fates = new Map<Mutant, Fate>()
  const waiting = [...chosen]
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { fate, by } = await runTests([mutant.test], mutant, guardMs)
      fates.set(mutant, fate)
      console.log(`${fate.padEnd(8)} ${mutant.file}: ${mutant.breaks}${by === '' ? '' : `\n         ${by}`}`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return fates
}

/** Runs the tests until the first that fails, with a mutant or none. */
async function runTests(tests: readonly string[], mutant: Mutant | null, guardMs: number): Promise<Ended> {
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')
  const config = join(import.meta.dirname, 'vitest.config.ts')
  const { PLATEAU_MUTANT: _, ...env } = process.env
  const child = spawn(process.execPath, [vitest, 'run', '--config', config, '--bail', '1', ...tests], {
    cwd: ROOT,
    env: mutant === null ? env : { ...env, PLATEAU_MUTANT: JSON.stringify(mutant) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  endWithUs(child)
  let isHung = false
  const guard = setTimeout(() => {
    isHung = true
    child.kill('SIGKILL')
  }, guardMs)
  let said = ''
  let complained = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (said += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (complained += text))
  await new Promise((done) => child.on('close', done))
  clearTimeout(guard)
  return isHung ? { fate: 'timeout', by: '' } : fateOf(said, complained, tests.length, mutant)
}

function fateOf(said: string, complained: string, files: number, mutant: Mutant | null): Ended {
  let ended: TestsEnded
  try {
    ended = JSON.parse(said.trim().split('\n').at(-1)!) as TestsEnded
  } catch {
    return { fate: 'broken', by: `vitest did not run: ${complained.trim()}` }
  }
  const { failed } = ended
  if (mutant !== null && !said.includes(APPLIED)) return { fate: 'broken', by: `${mutant.test} does not load the file` }
  if (failed !== null) return { fate: 'killed', by: failed.split('\n')[0]! }
  if (ended.files < files) return { fate: 'broken', by: `only ${ended.files} of ${files} test files ran` }
  return { fate: 'survived', by: '' }
}

function report(fates: ReadonlyMap<Mutant, Fate>, chosen: readonly Mutant[]): number {
  const count = (fate: Fate): number => [...fates.values()].filter((each) => each === fate).length
  const dead = count('killed') + count('timeout')
  const share = dead / chosen.length
  console.log(
    `\n${chosen.length} mutants: ${count('killed')} killed, ${count('timeout')} killed by timeout, ` +
      `${count('survived')} survived, ${count('broken')} broken: ${(100 * share).toFixed(1)} % are dead.`,
  )
  for (const mutant of chosen) {
    if (fates.get(mutant) === 'survived') console.log(`survived: ${mutant.breaks}\n  ${mutant.file} (${mutant.test})`)
  }
  if (count('broken') > 0) return WRONG_LIST
  return share >= LEAST_KILLED ? ENOUGH : SURVIVORS
}

function endWithUs(child: ChildProcess): void {
  undo.push(() => void child.kill('SIGKILL'))
}

function sourceOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}
