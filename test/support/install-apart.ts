import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Installs what `from/package-lock.json` names into `folder`, apart from the main install, unless that is what is there.
 * Packages that are optional and install scripts are left out.
 */
export function installApart(from: string, folder: string): void {
  const lockfile = readFileSync(join(from, 'package-lock.json'), 'utf8')
  // npm writes this file when an install is complete; our own copy of the lockfile is there before.
  const complete = existsSync(join(folder, 'node_modules', '.package-lock.json'))
  const copy = join(folder, 'package-lock.json')
  if (complete && existsSync(copy) && readFileSync(copy, 'utf8') === lockfile) return
  console.log(`installing the packages of ${from} …`)
  mkdirSync(folder, { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(from, name), join(folder, name))
  // "npm ci" asks for lockfile entries of all optional packages, also of those for other systems, which are never
  // installed; "npm install" takes the locked version of everything that is, and with --no-save leaves the lockfile as it is.
  const options = ['--omit=optional', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, error } = spawnSync('npm', ['install', `--prefix=${folder}`, ...options], {
    cwd: folder,
    stdio: 'inherit',
  })
  if (status !== 0) throw new Error(`the install failed${error === undefined ? '' : `: ${error.message}`}`)
}
