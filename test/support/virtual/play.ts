import { createOutput } from '../../../src/commands/output.ts'
import type { MeasuringPorts } from '../../../src/commands/ports.ts'
import type { SystemPorts } from '../../../src/shell/system-ports.ts'
import { serverOf } from './servers.ts'
import { virtualSystem } from './system.ts'
import type { VirtualServer } from './system.ts'

/** What a command wrote, how it ended, and when in virtual time it wrote each line, in seconds. */
interface Played {
  readonly code: number
  readonly written: string
  readonly lines: readonly { readonly at: number; readonly text: string }[]
}

/** What is around a command besides its server. */
interface PlayOptions {
  readonly isTTY?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** One that several commands share; default: one of its own for each measurement. */
  readonly machine?: SystemPorts
  /** Interrupted as by Ctrl-C when what it has written so far matches. */
  readonly interruptAt?: RegExp
}

/** Answers what a command asks git: nothing, as where there is no repository. To ask, each run that is recorded starts it twice. */
export const WITHOUT_GIT = { GITHUB_SHA: '', GITHUB_REF_NAME: '' }

/** Plays a command that measures, on a machine in virtual time with this server, or with the one that the command starts. */
export async function playCommand(
  command: (argv: readonly string[], ports: MeasuringPorts) => Promise<number>,
  args: readonly string[],
  server: VirtualServer,
  signal = new AbortController().signal,
  { isTTY = false, env = {}, machine, interruptAt }: PlayOptions = {},
): Promise<Played> {
  const lines: { at: number; text: string }[] = []
  const interrupt = new AbortController()
  let measured = server
  let now = (): number => 0
  const stream = Object.assign(Object.create(process.stdout) as NodeJS.WriteStream, {
    isTTY,
    write(text: string) {
      lines.push({ at: now() / 1000, text })
      if (interruptAt?.test(lines.map((line) => line.text).join('')) === true) interrupt.abort()
      return true
    },
  })
  const code = await command(args, {
    env: { ...WITHOUT_GIT, ...env },
    output: createOutput(stream, stream, {}),
    signal: AbortSignal.any([signal, interrupt.signal]),
    system() {
      const system = machine ?? virtualSystem(measured, 'local')
      now = () => system.clock.now()
      return system
    },
    async startServer(flags) {
      measured = serverOf(flags)
      return { url: 'http://127.9.9.9:1', stop: async () => {} }
    },
  })
  return { code, written: lines.map(({ text }) => text).join(''), lines }
}
