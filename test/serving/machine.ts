import type { ProcessPort, StartedCommand } from '../../src/serving/served-command.ts'
import type { Clock } from '../../src/load/ports.ts'

/** How a server of the machine below behaves. */
export interface Behaviour {
  /** What its log says. */
  readonly writes?: string
  /** It ends by itself, so. */
  readonly dies?: string
  /** It listens at another port. */
  readonly elsewhere?: true
  /** Ids of processes that cannot be ended. */
  readonly leaves?: readonly number[]
  /** For so long after its end its port and its memory are still taken. */
  readonly lingersMs?: number
}

/** A machine in virtual time on which one server at a time listens at any URL. */
export interface Machine extends ProcessPort {
  readonly clock: Clock
  readonly log: (line: string) => void
  readonly redact: (text: string) => string
  readonly processes: ProcessPort
  /** What was started and ended, in order, and what was logged. */
  readonly told: string[]
  /** The next server behaves so. */
  next(behaviour: Behaviour): void
  /** Somebody else listens. */
  occupied: boolean
  /** MiB that are in use beside a server's 20,000; null: no tool. */
  gpu: number | null
}

export function createMachine(): Machine {
  let now = 0
  let busyUntil = -1
  let running = false
  let behaviour: Behaviour = {}
  const machine: Machine = {
    clock: {
      now: () => now,
      async sleep(ms) {
        now += ms
        await new Promise((resolve) => setImmediate(resolve))
      },
    },
    log: (line) => machine.told.push(line.trim()),
    redact: (text) => text.replaceAll('s3cret-key', '***'),
    told: [],
    occupied: false,
    gpu: null,
    next: (given) => (behaviour = given),
    get processes() {
      return machine
    },
    async start(command): Promise<StartedCommand> {
      machine.told.push(`start ${command}`)
      const { dies, elsewhere, writes = '', leaves = [], lingersMs = 0 } = behaviour
      running = dies === undefined && elsewhere === undefined
      const fate = Promise.withResolvers<string>()
      return {
        ended: dies === undefined ? fate.promise : Promise.resolve(dies),
        readLog: () => writes,
        async end() {
          machine.told.push(`end ${command}`)
          busyUntil = now + lingersMs
          running = false
          fate.resolve('was ended by SIGTERM')
          await new Promise((resolve) => setImmediate(resolve))
          return leaves
        },
        release: () => machine.told.push(`release ${command}`),
      }
    },
    isListening: async () => machine.occupied || running || now < busyUntil,
    readGpuMemory: async () => (machine.gpu === null ? null : machine.gpu + (running || now < busyUntil ? 20_000 : 0)),
  }
  return machine
}
