/** `plateau ab` over two starts of a real engine: each is a process of its own, started and ended by the command. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { writeGguf } from './gguf.ts'
import type { ModelShape } from './gguf.ts'

/** A server that a command starts. */
export interface AbSide {
  readonly shape: ModelShape
  readonly slots: number
}

export interface AbRun {
  readonly exitCode: number | null
  /** All that it wrote, progress included. */
  readonly text: string
  readonly seconds: number
}

const MODEL = 'random-weights'
const PORT = 18_437
/** Few and short: what both sides take must fit into three minutes with all sessions, on a machine that has become slower, too. */
const LOAD =
  '--sessions 3 --concurrency 1,4 --passes 2 --level-duration 3s --soak off --input-tokens 64 --output-tokens 64'
const TIMEOUT_MS = 300_000

/** Compares `b` with `a` by the built command; the logs of both servers stay in `folder`. */
export async function compareEngines(cli: string, folder: string, a: AbSide, b: AbSide): Promise<AbRun> {
  const from = performance.now()
  const sides = ['--a', await commandOf(folder, a), '--b', await commandOf(folder, b)]
  const args = ['ab', ...sides, '--url', `http://127.0.0.1:${PORT}/v1`, '--model', MODEL, ...LOAD.split(' ')]
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part))
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode, text, seconds: (performance.now() - from) / 1000 }
}

async function commandOf(folder: string, { shape, slots }: AbSide): Promise<string> {
  const gguf = join(folder, `dim${shape.dim}.gguf`)
  await writeGguf(gguf, shape)
  const settings = { engine: folder, gguf, model: MODEL, slots, port: PORT }
  const flags = Object.entries(settings).map(([name, value]) => `--${name} '${value}'`)
  return [`'${process.execPath}'`, `'${join(import.meta.dirname, 'server.ts')}'`, ...flags].join(' ')
}
