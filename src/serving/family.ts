import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** The variable that every process of a server inherits: it identifies even one that left its group and lost its parent. */
export const MARK_VARIABLE = 'PLATEAU_SERVER'

/** How the processes of a server are found: the leader of their group, and the value of the variable above. */
interface Family {
  readonly leader: number
  readonly mark: string
}

/** One process of this machine. */
interface Process {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  /** Distinguishes it from a later process with the same id. */
  readonly born: string
}

/** Creates a finder of a family's living processes; one that was found once is recognised even without its parent. */
export function createFamilyFinder(
  { leader, mark }: Family,
  listProcesses = listProcessesHere,
  hasMark = hasMarkHere,
): () => readonly number[] {
  const known = new Map<number, string>()
  return () => {
    const all = listProcesses().filter(({ pid }) => pid !== process.pid)
    const found = new Set<Process>()
    const take = (each: Process): void => {
      if (found.has(each)) return
      found.add(each)
      known.set(each.pid, each.born)
      for (const child of all) if (child.parent === each.pid) take(child)
    }
    for (const each of all) {
      const isNear = each.group === leader || each.session === leader || known.get(each.pid) === each.born
      if (isNear || hasMark(each.pid, mark)) take(each)
    }
    return [...found].map(({ pid }) => pid)
  }
}

/** How long a server may take to end when asked, and to be gone when killed. */
export interface EndBounds {
  readonly graceMs: number
  readonly killMs: number
}

const LOOK_MS = 50

/** Asks all processes of a family to end, kills those that do not, and returns the ids of any that remain. */
export async function endFamily(
  find: () => readonly number[],
  { graceMs, killMs }: EndBounds,
): Promise<readonly number[]> {
  const from = performance.now()
  const asked = new Set<number>()
  for (;;) {
    const left = find()
    const passed = performance.now() - from
    if (left.length === 0 || passed > graceMs + killMs) return left
    for (const pid of left) {
      if (passed > graceMs) sendSignal(pid, 'SIGKILL')
      else if (!asked.has(pid)) sendSignal(pid, 'SIGTERM')
      asked.add(pid)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile; or it is somebody else's, and remains among those left.
  }
}

function listProcessesHere(): readonly Process[] {
  return process.platform === 'linux' ? listFromProc() : listFromPs()
}

/** States of processes that have ended, even where the parent has not noticed. */
const ENDED = /^[ZX]/

function listFromProc(): readonly Process[] {
  return readdirSync('/proc').flatMap((name) => {
    const text = /^\d+$/.test(name) ? readOrNull(`/proc/${name}/stat`) : null
    if (text === null) return []
    // The name of the program stands in brackets and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [state = '', parent, group, session] = fields
    if (ENDED.test(state)) return []
    return [
      { pid: Number(name), parent: Number(parent), group: Number(group), session: Number(session), born: fields[19]! },
    ]
  })
}

/** `ps` does not show the session: a process that left the group is found as long as its parent lives. */
function listFromPs(): readonly Process[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat=,lstart='], { encoding: 'utf8' })
  return text.split('\n').flatMap((line) => {
    const [pid, parent, group, state = '', ...born] = line.trim().split(/\s+/)
    if (pid === undefined || pid === '' || ENDED.test(state)) return []
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), session: 0, born: born.join(' ') }]
  })
}

function hasMarkHere(pid: number, mark: string): boolean {
  if (process.platform !== 'linux') return false
  return readOrNull(`/proc/${pid}/environ`)?.split('\0').includes(`${MARK_VARIABLE}=${mark}`) === true
}

/** Null when the process has ended, or is somebody else's. */
function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
