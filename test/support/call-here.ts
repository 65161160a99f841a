import { callCommand } from '../../src/command.ts'
import { createOutput } from '../../src/commands/output.ts'
import type { Ended } from './cli.ts'

/**
 * Calls the command in this process, in that folder: what it writes and how it ends is what the built command does, which
 * `e2e/built-command.test.ts` holds it to, without the time in which a process starts. Measures nothing.
 */
export async function callHere(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  const output = createOutput({ write: (text) => (stdout += text) }, { write: (text) => (stderr += text) }, env)
  const before = process.cwd()
  process.chdir(cwd)
  try {
    const code = await callCommand(args, {
      env,
      output,
      signal: new AbortController().signal,
      system: () => refuse('measures'),
      startServer: () => refuse('starts a server'),
    })
    return { code, stdout, stderr }
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: unknown }
    // As the entry tells those that are expected.
    if (code !== 'settings' && code !== 'endpoint' && code !== 'baseline') throw error
    return { code: code === 'settings' ? 2 : 3, stdout, stderr: `${stderr}${message}\n` }
  } finally {
    process.chdir(before)
  }
}

function refuse(what: string): never {
  throw new Error(`a command that ${what} is played on a virtual server`)
}
