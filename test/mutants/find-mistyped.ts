import { execFile } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mutated } from './mutant.ts'
import type { Mutant } from './mutant.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** A copy of the sources, in which mutants are checked. */
export interface SourceCopy {
  readonly folder: string
  remove(): void
}

/** Copies what the compiler reads. */
export function copySources(): SourceCopy {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-mutants-'))
  for (const name of ['src', 'tsconfig.json', 'package.json']) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction')
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/**
 * What the compiler says of mutants that are no correct TypeScript. As many of a file as lie apart from each other are checked at a time:
 * the compiler takes seconds. `onStart` is told of every process that is started.
 */
export async function findMistyped(
  chosen: readonly Mutant[],
  { folder }: Pick<SourceCopy, 'folder'>,
  onStart: (child: ChildProcess) => void = () => {},
): Promise<string[]> {
  const wrong: string[] = []
  let waiting = chosen
  while (waiting.length > 0) {
    const texts = new Map<string, string>()
    const later: Mutant[] = []
    for (const mutant of waiting) {
      const text = mutated(texts.get(mutant.file) ?? sourceOf(mutant.file), mutant)
      if (text === null) later.push(mutant)
      else texts.set(mutant.file, text)
    }
    // One that is not where it should be would wait for ever.
    if (texts.size === 0)
      return [...wrong, ...later.map(({ file, find }) => `${file} does not hold exactly once: ${find}`)]
    for (const file of new Set(chosen.map(({ file }) => file))) {
      writeFileSync(join(folder, file), texts.get(file) ?? sourceOf(file))
    }
    wrong.push(...(await listTypeErrors(folder, onStart)))
    // Two that lie on each other cannot be checked together, and each makes progress alone.
    waiting = later
  }
  return wrong
}

async function listTypeErrors(folder: string, onStart: (child: ChildProcess) => void): Promise<string[]> {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const flags = ['--noEmit', '--noUnusedLocals', 'false', '--noUnusedParameters', 'false', '--pretty', 'false']
  return new Promise((done) => {
    const child = execFile(process.execPath, [tsc, ...flags, '-p', folder], { cwd: folder }, (error, stdout) =>
      done(error === null ? [] : stdout.trim().split('\n')),
    )
    onStart(child)
  })
}

function sourceOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}
