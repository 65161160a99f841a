import { spawn } from 'node:child_process'

/** A simulated endpoint in a process of its own. */
export interface SimulatedServer {
  readonly url: string
  /** Resolves when it has ended, so that its port is free. */
  stop(): Promise<void>
}

/**
 * Starts the same program in another process, because client and server must not share an event loop. It ends with
 * this one.
 */
export async function startServer(flags: readonly string[]): Promise<SimulatedServer> {
  const program = process.argv[1]!
  const server = spawn(process.execPath, [...process.execArgv, program, 'simulate', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    server.stdout!.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      if (address !== undefined) resolve(address)
    })
    server.on('error', reject)
    server.on('exit', (code) => reject(new Error(`the simulated endpoint ended with ${code} before it listened`)))
  })
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  return {
    url,
    async stop() {
      server.kill()
      await ended
    },
  }
}
