import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The sources as they are or as a test would have them, and what the compiler says of them. */

/** Texts of source files by their path under src/, with `/`. */
export type Sources = ReadonlyMap<string, string>

/** What the compiler says, one line of its output each. */
export interface Complaint {
  /** Under src/. */
  readonly path: string
  readonly message: string
}

const root = join(import.meta.dirname, '..', '..')

/** The sources of this repository. */
export function readSources(): Sources {
  const directory = join(root, 'src')
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  return new Map(files.map((path) => [path.replaceAll('\\', '/'), readFileSync(join(directory, path), 'utf8')]))
}

/** The sources with one text in one of them replaced, which must be there. */
export function edit(sources: Sources, path: string, before: string, after: string): Map<string, string> {
  const text = sources.get(path)
  if (text?.includes(before) !== true) throw new Error(`${path} has no "${before}"`)
  return new Map([...sources, [path, text.replace(before, after)]])
}

/**
 * What the compiler of this repository says of these sources, which it finds in a new folder.
 *
 * @throws Error when it could not compile them for another reason than what it says of them.
 */
export async function compile(project: string, sources: Sources): Promise<readonly Complaint[]> {
  for (const [path, text] of sources) {
    const file = join(project, 'src', path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  copyFileSync(join(root, 'package.json'), join(project, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'), 'junction')
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions: { rootDir: '.' }, include: ['src'] }),
  )
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  return await new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      // Every further checker makes the types of shared files anew: several of them cost the cores of other tests.
      [tsc, '-p', '.', '--pretty', 'false', '--checkers', '1'],
      // Nothing is collected: it ends before that is worth a third of its time.
      { cwd: project, maxBuffer: 1 << 26, env: { ...process.env, GOGC: 'off' } },
      (error, stdout, stderr) => {
        const complaints = readComplaints(stdout)
        if (error === null || complaints.length > 0) resolve(complaints)
        else reject(new Error(`the compiler said nothing of the sources: ${stdout}${stderr}`))
      },
    )
  })
}

/** Reads the output of `tsc --pretty false`. */
function readComplaints(output: string): Complaint[] {
  return [...output.matchAll(/^src\/(\S+?)\(\d+,\d+\): error TS\d+: (.*)$/gm)].map(([, path, message]) => ({
    path: path!,
    message: message!,
  }))
}
