import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../support/cli.ts'

const ROOT = join(import.meta.dirname, '../..')

/** The folder that somebody has who installed what `npm pack` makes. */
let installed: string

beforeAll(() => {
  const folder = temporaryFolder()
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT })
  const [tarball] = readdirSync(folder)
  execFileSync('tar', ['-xzf', join(folder, tarball!), '-C', folder])
  installed = join(folder, 'package')
})

/** The chunks that a chunk loads at once or later, and those that these load; workers and processes are named the same way. */
function listLoaded(chunk: string, known = new Set<string>()): Set<string> {
  known.add(chunk)
  const text = readFileSync(join(ROOT, 'dist', chunk), 'utf8')
  for (const [, named] of text.matchAll(/["'`]\.\/([\w-]+\.js)["'`]/g))
    if (!known.has(named!) && existsSync(join(ROOT, 'dist', named!))) listLoaded(named!, known)
  return known
}

test('the package holds what the command loads, the licences, and nothing else of the program', () => {
  const packed = readdirSync(join(installed, 'dist')).sort()
  expect(packed).toEqual([...listLoaded('cli.js'), 'LICENSES.txt'].sort())
  expect(readdirSync(installed).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json'])
})

test('every program is plain ASCII, which V8 holds in half the memory', () => {
  const programs = readdirSync(join(ROOT, 'dist')).filter((name) => name.endsWith('.js'))
  expect(programs.filter((name) => /[^\0-\x7F]/.test(readFileSync(join(ROOT, 'dist', name), 'utf8')))).toEqual([])
})

test('the package needs nothing but Node: it runs where nothing else is installed', () => {
  const { bin, dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    readonly bin: { readonly plateau: string }
    readonly dependencies?: unknown
  }
  expect(dependencies).toBeUndefined()
  const run = (...args: string[]): string =>
    execFileSync(process.execPath, [join(installed, bin.plateau), ...args], { cwd: installed, encoding: 'utf8' })
  expect(run('--version')).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(run('--help')).toContain('Usage: plateau <command>')
})

/** The chunks that a chunk loads at once, and those that these load. */
function listAtOnce(chunk: string, known = new Set<string>()): Set<string> {
  known.add(chunk)
  const text = readFileSync(join(ROOT, 'dist', chunk), 'utf8')
  for (const [, named] of text.matchAll(/^import .*?"\.\/([\w-]+\.js)";$/gm))
    if (!known.has(named!)) listAtOnce(named!, known)
  return known
}

test('a run starts without what it needs only later: what plans, measures and decides, what reads a config file or a history, an HTTP client', () => {
  const command = readFileSync(join(ROOT, 'dist', 'command.js'), 'utf8')
  const [, ofRun] = /\brun: async ([^\n]*)/.exec(command)!
  const named = [...ofRun!.matchAll(/import\("\.\/([\w-]+\.js)"\)/g)].map(([, chunk]) => chunk!)
  expect(named.length).toBeGreaterThan(0)
  const loaded = ['command.js', ...named].flatMap((chunk) => [...listAtOnce(chunk)])
  expect([...new Set(loaded)].sort()).toEqual([
    'builtins.js',
    'command.js',
    'measuring.js',
    'plateau.js',
    'rolldown-runtime.js',
    'vendor-measuring.js',
    'vendor.js',
  ])
})

test('a run sends its first request before it loads what of Node it may not need: cryptography, TLS, compression, servers, processes', () => {
  const folder = temporaryFolder()
  const tell = join(folder, 'tell.cjs')
  // Before Node resolves the endpoint's address.
  writeFileSync(
    tell,
    `const { Socket } = require('node:net')
const { connect } = Socket.prototype
Socket.prototype.connect = function (...given) {
  require('node:fs').writeFileSync('loaded.json', JSON.stringify(process.moduleLoadList))
  Socket.prototype.connect = connect
  return connect.apply(this, given)
}`,
  )
  const given = ['run', '--endpoint', 'http://127.0.0.1:9', '--model', 'm', '--baseline', 'none']
  spawnSync(process.execPath, ['--require', tell, join(ROOT, 'dist', 'cli.js'), ...given], { cwd: folder })
  const loaded = JSON.parse(readFileSync(join(folder, 'loaded.json'), 'utf8')) as string[]
  expect(loaded).toContain('NativeModule net')
  const heavy = ['child_process', 'crypto', 'http', 'https', 'tls', 'zlib'].map((name) => `NativeModule ${name}`)
  expect(loaded.filter((name) => heavy.includes(name))).toEqual([])
})

test('what plans and measures loads nothing of what reads a history, which a run without one does not need', () => {
  const loaded = listAtOnce('sweep.js')
  expect(loaded).toContain('measuring.js')
  expect(loaded).not.toContain('history.js')
  expect(loaded).not.toContain('vendor-zod.js')
})

test('what recalls the levels of recorded runs loads nothing of what is late, nor of what they are compared by', () => {
  const readChunk = (name: string) => readFileSync(join(ROOT, 'dist', name), 'utf8')
  expect(readChunk('history.js')).toContain('function recallLadder(')
  expect(listAtOnce('history.js')).toContain('figures.js')
  for (const chunk of ['figures.js', 'history.js']) {
    expect(listAtOnce(chunk)).not.toContain('late.js')
    expect(readChunk(chunk)).not.toContain('function replaySegments(')
  }
})

test('a run whose command installs the program anew still lays out what came of it', () => {
  const dist = join(temporaryFolder(), 'dist')
  cpSync(join(installed, 'dist'), dist, { recursive: true })
  const given = ['--endpoint', 'http://127.0.0.1:9', '--candidate-command', `rm -r ${dist}; exit 1`]
  const { stderr, status } = spawnSync(
    process.execPath,
    [join(dist, 'cli.js'), 'run', ...given, '--baseline', 'none', '--markdown', 'comment.md'],
    { cwd: join(dist, '..'), encoding: 'utf8' },
  )
  expect(existsSync(dist)).toBe(false)
  expect(stderr).toContain('candidate-command')
  expect(stderr).not.toContain('Unexpected error')
  expect(status).toBe(3)
  expect(readFileSync(join(dist, '../comment.md'), 'utf8')).toContain('before it was ready')
})

test('a thread that carries load loads what it does with, and nothing else', () => {
  expect([...listAtOnce('load-thread.js')].sort()).toEqual([
    'builtins.js',
    'level.js',
    'load-thread.js',
    'measuring.js',
    'rolldown-runtime.js',
    'vendor-measuring.js',
  ])
})
