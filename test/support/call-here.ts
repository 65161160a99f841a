import { setFlagsFromString } from 'node:v8'
import { callCommand } from '../../src/command.ts'
import { createOutput } from '../../src/commands/output.ts'
import type { Surroundings } from '../../src/commands/ports.ts'
import { createSystemPorts } from '../../src/shell/system-ports.ts'
import { findServer } from './cli.ts'
import type { Ended, Surrounded } from './cli.ts'
import { WITHOUT_GIT } from './virtual/play.ts'
import { prepareSurroundings } from './virtual/surroundings.ts'

/** As what the built command of a test is started with; `real network`: nothing is measured there, but asked before. */
interface Here extends Omit<Surrounded, 'system'> {
  readonly system?: Surrounded['system'] | 'real network'
}

/**
 * Calls the command in this process, in that folder: what it writes and how it ends is what the built command does, which
 * `e2e/built-command.test.ts` holds it to, without the time in which a process starts. Measures only in virtual time. One folder at a
 * time: it is that of the process.
 */
export async function callHere(args: readonly string[], { cwd, env = {}, system }: Here = {}): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  const output = createOutput({ write: (text) => (stdout += text) }, { write: (text) => (stderr += text) }, env)
  const surroundings = await prepare(args, system)
  const before = process.cwd()
  if (cwd !== undefined) process.chdir(cwd)
  try {
    const code = await callCommand(args, {
      env: { ...WITHOUT_GIT, ...env },
      output,
      signal: new AbortController().signal,
      ...surroundings,
    })
    return { code, stdout, stderr }
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: unknown }
    // As the entry tells those that are expected.
    if (code !== 'settings' && code !== 'endpoint' && code !== 'baseline') throw error
    return { code: code === 'settings' ? 2 : 3, stdout, stderr: `${stderr}${message}\n` }
  } finally {
    if (cwd !== undefined) process.chdir(before)
  }
}

async function prepare(args: readonly string[], system: Here['system']): Promise<Surroundings> {
  const real = { system: systemHere, startServer: () => refuse('starts a server') }
  if (system === 'real network') return real
  const given = findServer(args, system)
  if (given === undefined) return { ...real, system: () => refuse('measures') }
  return (await prepareSurroundings(given))(real)
}

/** The system, without what is done to the memory of a process that only measures. */
function systemHere(env: Parameters<typeof createSystemPorts>[0]): ReturnType<typeof createSystemPorts> {
  const ports = createSystemPorts(env)
  // What it is unless somebody says otherwise.
  setFlagsFromString('--semi-space-growth-factor=2')
  return { ...ports, collectGarbage: () => {} }
}

function refuse(what: string): never {
  throw new Error(`a command that ${what} is played on a virtual server`)
}
