import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { atEnd } from '../support/cleanup.ts'

const INTERRUPT = join(import.meta.dirname, '..', '..', 'src', 'shell', 'interrupt.ts')

/** A process that makes the signal and then runs this; how it ends when it has said that it is ready and is told to stop. */
async function endOf(program: string): Promise<{ code: number | null; signal: NodeJS.Signals | null; said: string }> {
  const script = `import { writeSync } from 'node:fs'
    import { createInterruptSignal } from ${JSON.stringify(INTERRUPT)}
    const signal = createInterruptSignal()
    ${program}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  atEnd(() => void child.kill('SIGKILL'))
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (said === '') child.kill('SIGTERM')
    said += text
  })
  return new Promise((done) => child.on('close', (code, signal) => done({ code, signal, said })))
}

test('a process that works on a file or an expression ends when it is told to, however long that takes', async () => {
  expect(await endOf("writeSync(1, 'ready'); for (;;) {}")).toEqual({ code: null, signal: 'SIGTERM', said: 'ready' })
})

test('one that waits hears it, and may write what it has', async () => {
  const program = `setTimeout(() => writeSync(1, 'ready'), 10)
    const waiting = setInterval(() => {}, 1000)
    signal.addEventListener('abort', () => { writeSync(1, ', written'); clearInterval(waiting) })`
  expect(await endOf(program)).toEqual({ code: 0, signal: null, said: 'ready, written' })
})
