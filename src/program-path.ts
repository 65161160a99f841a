import { fileURLToPath } from 'node:url'

/**
 * The path of a program that starts in a process or a thread of its own. `bundle` is what it is built to, beside the file that starts it,
 * whose URL is `here`; from sources its source is started.
 */
export function locateProgram(bundle: `./${string}.js`, here: string): string {
  return fileURLToPath(new URL(here.endsWith('.ts') ? bundle.replace(/\.js$/, '.ts') : bundle, here))
}
