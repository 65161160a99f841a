import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** The variable that every process of a server inherits: one that has left its group and lost its parent is still known by it. */
export const MARK_VARIABLE = 'PLATEAU_SERVER'

/** A server as its processes are found: the leader of its process group, and the value of the variable above. */
export interface Family {
  readonly leader: number
  readonly mark: string
}

/** One process of this machine. */
interface Process {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  /** Tells it from a later process of the same id. */
  readonly born: string
}

/** Creates a finder of the processes of a family that are still there; whoever was found once is known without parents. */
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

/** How long a server may take to end after it was asked, and to be gone after it was killed. */
export interface EndBounds {
  readonly graceMs: number
  readonly killMs: number
}

const LOOK_MS = 50

/** Asks all processes of a family to end, kills those that do not, and returns the ids of those that are there all the same. */
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
      if (passed > graceMs) send(pid, 'SIGKILL')
      else if (!asked.has(pid)) send(pid, 'SIGTERM')
      asked.add(pid)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile, or is somebody else's: then it is among those that are left.
  }
}

function listProcessesHere(): readonly Process[] {
  return process.platform === 'linux' ? listFromProc() : listFromPs()
}

/** What has ended and waits for its parent to notice is not there any more. */
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

/** Elsewhere nothing says the session: who left the group is found as long as its parent lives. */
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
