import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createProcesses, leaveOutOwnSecrets, readNvidia, readRocm } from '../../src/serving/processes.ts'
import { atEnd } from '../support/cleanup.ts'

const PROCESSES = join(import.meta.dirname, '..', '..', 'src', 'serving', 'processes.ts')
const folder = mkdtempSync(join(tmpdir(), 'plateau-serving-'))
atEnd(() => rmSync(folder, { recursive: true, force: true }))
let logs = 0

/** Waits as long as it takes; a test that never sees it fails by its own time. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) await wait(20)
}

async function startShell(command: string, bounds = { graceMs: 5_000, killMs: 5_000 }) {
  const log = join(folder, `${++logs}.log`)
  const processes = createProcesses(bounds)
  return { ...(await processes.start(command, log)), log }
}

/** What has ended and waits for its parent to notice is not there any more. */
function isThere(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return /^[^Z\s]/.test(stdout)
}

/** The process ids that a command has written. */
async function readPids(readLog: () => string, count: number): Promise<number[]> {
  await until(() => (readLog().match(/\d+\n/g) ?? []).length >= count)
  return readLog().trim().split('\n').map(Number)
}

describe.skipIf(process.platform === 'win32').concurrent('a command that was started', () => {
  test('says how it ended, and its log is kept where only its owner reads it', async () => {
    const { ended, readLog, end, log } = await startShell('echo out of memory >&2; exit 3')
    expect(await ended).toBe('ended with code 3')
    expect(readLog()).toBe('out of memory\n')
    expect(await end()).toEqual([])
    expect(readFileSync(log, 'utf8')).toBe('out of memory\n')
    expect(statSync(log).mode & 0o777).toBe(0o600)
  })

  test('is ended with its children', async () => {
    const { readLog, end } = await startShell('sleep 600 & echo $!; sleep 600 & echo $!; wait')
    const pids = await readPids(readLog, 2)
    expect(await end()).toEqual([])
    expect(pids.filter(isThere)).toEqual([])
  })

  test('leaves no child behind that outlived it', async () => {
    const { readLog, ended, end } = await startShell('sleep 600 & echo $!')
    const pids = await readPids(readLog, 1)
    await ended
    expect(await end()).toEqual([])
    expect(pids.filter(isThere)).toEqual([])
  })

  test.runIf(process.platform === 'linux')(
    'is ended with what has left its process group and lost its parent',
    async () => {
      const { readLog, end } = await startShell(
        "setsid sh -c 'echo $$; exec sleep 600' & wait $!; setsid sh -c 'sleep 600 & echo $!'; sleep 600",
      )
      await until(() => readLog() !== '')
      const [first] = await readPids(readLog, 1)
      process.kill(first!, 'SIGKILL')
      const pids = await readPids(readLog, 2)
      expect(await end()).toEqual([])
      expect(pids.filter(isThere)).toEqual([])
    },
  )

  test('is killed when it does not end by itself', async () => {
    const { readLog, end } = await startShell("trap '' TERM; echo $$; while :; do sleep 1; done", {
      graceMs: 100,
      killMs: 5_000,
    })
    const pids = await readPids(readLog, 1)
    expect(await end()).toEqual([])
    expect(pids.filter(isThere)).toEqual([])
  })

  test('is ended when the process that measures is killed', async () => {
    const log = join(folder, 'orphan.log')
    const script = `import { createProcesses } from ${JSON.stringify(PROCESSES)}
      await createProcesses().start('echo $$; sleep 600 & echo $!; wait', ${JSON.stringify(log)})
      process.stdout.write('started')
      setInterval(() => {}, 1000)`
    const measuring = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise((resolve) => measuring.stdout.once('data', resolve))
    const read = (): string => readFileSync(log, 'utf8')
    const pids = await readPids(read, 2)
    measuring.kill('SIGKILL')
    await until(() => !pids.some(isThere))
  })
})

test('what only this action may use is not handed to the server', () => {
  const env = {
    PATH: '/bin',
    HF_TOKEN: 'its own',
    'INPUT_API-KEY': 'k',
    ACTIONS_RUNTIME_TOKEN: 't',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'u',
  }
  expect(leaveOutOwnSecrets(env)).toEqual({ PATH: '/bin', HF_TOKEN: 'its own' })
})

test('the memory of all cards is taken together, as nvidia-smi writes it', () => {
  expect(readNvidia('81559\n3\n')).toBe(81_562)
})

test('and as rocm-smi does', () => {
  const card = { 'VRAM Total Memory (B)': '17163091968', 'VRAM Total Used Memory (B)': '10485760' }
  expect(readRocm(JSON.stringify({ card0: card, card1: card }))).toBe(20)
})

test('what says something else is not taken for a figure', () => {
  expect([readNvidia('[N/A]\n'), readNvidia(''), readRocm('{}')]).toEqual([null, null, null])
})
