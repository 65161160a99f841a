import { createOutput } from '../../../src/commands/output.ts'
import type { MeasuringPorts } from '../../../src/commands/ports.ts'
import { virtualSystem } from './system.ts'
import type { VirtualServer } from './system.ts'

/** What a command wrote, how it ended, and when in virtual time it wrote each line, in seconds. */
interface Played {
  readonly code: number
  readonly written: string
  readonly lines: readonly { readonly at: number; readonly text: string }[]
}

/** Plays a command that measures, on a machine in virtual time with this server. */
export async function playCommand(
  command: (argv: readonly string[], ports: MeasuringPorts) => Promise<number>,
  args: readonly string[],
  server: VirtualServer,
  signal = new AbortController().signal,
  { isTTY = false, env = {} }: { readonly isTTY?: boolean; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Played> {
  const lines: { at: number; text: string }[] = []
  let now = (): number => 0
  const stream = Object.assign(Object.create(process.stdout) as NodeJS.WriteStream, {
    isTTY,
    write: (text: string) => lines.push({ at: now() / 1000, text }) > 0,
  })
  const code = await command(args, {
    env,
    output: createOutput(stream, stream, {}),
    signal,
    system() {
      const system = virtualSystem(server, 'local')
      now = () => system.clock.now()
      return system
    },
    startServer: async () => Promise.reject(new Error('nothing else is started')),
  })
  return { code, written: lines.map(({ text }) => text).join(''), lines }
}
