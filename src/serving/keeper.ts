/**
 * The parent of a server that a command starts: `node keeper.js`, with an IPC channel to the measuring process. It
 * ends the server with all its processes when told to, and when the channel closes, however that process ended. It
 * runs in a session of its own, so that closing a terminal or ending a step does not end it first.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createFamilyFinder, endFamily, MARK_VARIABLE } from './family.ts'
import type { EndBounds } from './family.ts'

/** Messages to the keeper. */
export type Order =
  | {
      readonly kind: 'start'
      readonly command: string
      readonly log: string
      readonly mark: string
      readonly bounds: EndBounds
    }
  | { readonly kind: 'end' }
  /** What the command started stays. */
  | { readonly kind: 'release' }

/** Messages from the keeper. */
export type KeeperNews =
  | { readonly kind: 'started'; readonly pid: number }
  /** The command itself has ended, or could not be started; its children may live. */
  | { readonly kind: 'ended'; readonly how: string }
  /** All processes have ended, except these. */
  | { readonly kind: 'gone'; readonly left: readonly number[] }

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

let endServer: () => Promise<readonly number[]> = async () => []

process.on('message', (order: Order) => {
  if (order.kind === 'start') startServer(order)
  else if (order.kind === 'release') process.exit()
  else void endServer().then((left) => tellParent({ kind: 'gone', left }, () => process.exit()))
})
process.on('disconnect', () => void endServer().finally(() => process.exit()))

function startServer({ command, log, mark, bounds }: Order & { kind: 'start' }): void {
  const output = openSync(log, 'a', 0o600)
  const server = spawn(command, {
    shell: true,
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...process.env, [MARK_VARIABLE]: mark },
  })
  closeSync(output)
  server.on('error', ({ message }) => tellParent({ kind: 'ended', how: `could not be started: ${message}` }))
  server.on('exit', (code, signal) => {
    tellParent({ kind: 'ended', how: signal === null ? `ended with code ${code}` : `was ended by ${signal}` })
  })
  if (server.pid === undefined) return
  const find = createFamilyFinder({ leader: server.pid, mark })
  let ending: Promise<readonly number[]> | null = null
  endServer = async () => (ending ??= endFamily(find, bounds))
  tellParent({ kind: 'started', pid: server.pid })
}

function tellParent(news: KeeperNews, then: () => void = () => {}): void {
  if (process.connected) process.send!(news, then)
  else then()
}
