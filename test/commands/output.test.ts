import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createOutput, fitForTerminal } from '../../src/commands/output.ts'
import { SettingsError } from '../../src/errors.ts'

/** An output whose streams are texts. */
function anOutput({ isTTY = false, env = {} }: { isTTY?: boolean; env?: NodeJS.ProcessEnv } = {}) {
  const written = { stdout: '', stderr: '' }
  const output = createOutput(
    { write: (text) => (written.stdout += text), isTTY },
    { write: (text) => (written.stderr += text), isTTY },
    env,
  )
  return { output, written }
}

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-output-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

const KEY = 'sk-9f8e"7d6c/5b4a'

test('results go to stdout, all else to stderr', () => {
  const { output, written } = anOutput()
  output.out('result\n')
  output.log('progress')
  output.live('never seen')
  expect(written).toEqual({ stdout: 'result\n', stderr: 'progress\n' })
})

test('on a terminal a live line is replaced by what comes next', () => {
  const { output, written } = anOutput({ isTTY: true })
  output.live('1 s')
  output.live('1 s')
  output.live('2 s')
  output.log('done')
  output.live('3 s')
  output.out('result\n')
  const clear = '\r\u001b[2K'
  expect(written).toEqual({ stdout: 'result\n', stderr: `1 s${clear}2 s${clear}done\n3 s${clear}` })
})

test('on a narrow terminal a live line is cut to what can be cleared again', () => {
  const stderr = { isTTY: true, columns: 20, text: '', write: (text: string) => (stderr.text += text) }
  const output = createOutput({ write: () => true }, stderr, {})
  output.live('█████░░░░░  7 of 18, level 16')
  expect(stderr.text).toBe('█████░░░░░  7 of 18')
  expect(output.columns).toBe(20)
})

test('a terminal that knows no escape codes gets none, neither of colours nor of the cursor', () => {
  const { output, written } = anOutput({ isTTY: true, env: { TERM: 'dumb' } })
  output.live('1 s')
  output.log('done')
  output.out('result\n')
  expect(output).toMatchObject({ isLive: false, colours: { out: false, log: false } })
  expect(written).toEqual({ stdout: 'result\n', stderr: 'done\n' })
})

test.each([
  ['on a terminal', true, {}, true],
  ['on a terminal with a name', true, { TERM: 'xterm-256color' }, true],
  ['nowhere else', false, {}, false],
  ['not where NO_COLOR is set', true, { NO_COLOR: '1' }, false],
  ['where NO_COLOR is empty, which is as good as not set', true, { NO_COLOR: '' }, true],
])('colours stand %s', (_, isTTY, env, hasColour) => {
  const { output } = anOutput({ isTTY, env })
  expect(output.colours).toEqual({ out: hasColour, log: hasColour })
  expect(output.isLive).toBe(isTTY)
})

test.each([
  ['as it is', KEY],
  ['in base64', Buffer.from(KEY).toString('base64')],
  ['in base64 without padding', Buffer.from(KEY).toString('base64').replace(/=+$/, '')],
  ['in a URL', encodeURIComponent(KEY)],
  ['in JSON', JSON.stringify(KEY)],
  ['in JSON in JSON', JSON.stringify(JSON.stringify(KEY))],
])('a secret is hidden in whatever people read: %s', (_, form) => {
  const { output, written } = anOutput({ isTTY: true })
  output.hide(KEY)
  output.log(`log ${form}`)
  output.live(`live ${form}`)
  output.out(`out ${form}\n`)
  output.out(`again ${form}\n`)
  const all = written.stdout + written.stderr + output.redact(form)
  expect(all).not.toContain(form)
  expect(all).not.toContain('sk-9f8e')
  expect(all.match(/\*\*\*/g)).toHaveLength(5)
})

test('what a cut leaves of a secret is hidden, too', () => {
  const { output } = anOutput()
  output.hide(KEY)
  expect(output.redact('the key sk-9f8e"7d6… is wrong')).toBe('the key ***… is wrong')
  expect(output.redact('a… sk-9f…')).toBe('a… ***…')
  expect(output.redact('an ordinary sentence that was cut…')).toBe('an ordinary sentence that was cut…')
})

test('JSON, and a file of it, are written as they are: a secret may be a word of theirs', () => {
  const { output, written } = anOutput()
  const path = join(aFolder(), 'report.json')
  for (const secret of ['true', 'outcome', '0.250']) output.hide(secret)
  const json = JSON.stringify({ ok: true, outcome: 'ok', share: 0.25 }, null, 2)
  output.json(json)
  output.file(path, [json])
  expect(written.stdout).toBe(json)
  expect(readFileSync(path, 'utf8')).toBe(json)
})

test('a text too short to be a secret is not hidden', () => {
  const { output } = anOutput()
  output.hide('k')
  expect(output.redact('ok')).toBe('ok')
})

test('a secret is hidden in any case, and signs that mean something to a pattern are only signs', () => {
  const { output, written } = anOutput()
  output.hide('Sk-A.b+c(9)$')
  output.log('host sk-a.b+c(9)$ and SK-A.B+C(9)$, but not Sk-AxbbcX9')
  expect(written.stderr).toBe('host *** and ***, but not Sk-AxbbcX9\n')
})

test.each([
  ['as others are', new Error(`no \`model\` for ${KEY}`)],
  ['one that nobody can set', new DOMException(`no \`model\` for ${KEY}`, 'AbortError')],
  ['one that nobody can change', Object.freeze(new TypeError(`no \`model\` for ${KEY}`))],
])('an error is shown without secrets, whatever its message is: %s', (_, error) => {
  const { output } = anOutput()
  output.hide(KEY)
  const { message, stack } = fitForTerminal(error, output) as Error
  expect(message).toBe('no model for ***')
  expect(stack).toMatch(/\*\*\*\n {4}at /)
  expect(stack).not.toContain(KEY)
})

test('an error that is shown is still of its kind, by which the process ends', () => {
  const error = new SettingsError([{ setting: 'endpoint', given: null, message: 'is required' }])
  const { output } = anOutput()
  expect(fitForTerminal(error, output)).toMatchObject({ code: 'settings', message: error.message })
  expect(fitForTerminal('a text', output)).toBe('a text')
})

test('an error that a person reads at a terminal has no line that it would break, and in a log every problem is one', () => {
  const message =
    'must be auto or whole numbers from 1 to 4096, for example 1, 2, 4, 8 (plateau.yml, line 9, column 39)'
  const error = new SettingsError([{ setting: 'concurrency', given: 'none', message }])
  const show = (isLive: boolean) =>
    (fitForTerminal(error, { ...anOutput().output, isLive, columns: 60 }) as Error).message
  expect(
    show(true)
      .split('\n')
      .filter(({ length }) => length > 60),
  ).toEqual([])
  expect(show(true).replaceAll(/\s+/g, ' ')).toBe(error.message)
  expect(show(false)).toBe(error.message)
})
