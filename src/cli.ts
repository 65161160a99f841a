#!/usr/bin/env node
/**
 * The entry of the command. It says in one sentence that Node is too old, so it must load on an old one: no static
 * imports, and no syntax newer than ES modules.
 */

const NEEDED = [22, 19] as const

if (isTooOld(process.versions.node)) {
  process.stderr.write(
    'Plateau needs Node ' +
      NEEDED.join('.') +
      ' or newer and this is ' +
      process.versions.node +
      '; run: ' +
      spellRerun() +
      '\n',
  )
  process.exitCode = 2
} else {
  // Until the result is known: a process that runs out of work before that has measured nothing.
  process.exitCode = 3
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
  import('./command.ts')
    .then(function (command) {
      return command.main()
    })
    .then(function (code) {
      process.exitCode = code
    })
    .catch(fail)
}

function isTooOld(version: string): boolean {
  const parts = version.split('.').map(Number)
  const major = parts[0]!
  return major < NEEDED[0] || (major === NEEDED[0] && parts[1]! < NEEDED[1])
}

/** The same command on a newer Node. Secrets are left out: this line may end up in a log. */
function spellRerun(): string {
  const shown = ['npx', '--yes', 'node@24']
  let isSecret = false
  process.argv.slice(1).forEach(function (argument) {
    const flag =
      /^(--?(?:api-key|control-api-key|client-secret|headers|extra-body|github-token|candidate-command|control-command|redeploy-command|a|b))(=|$)/.exec(
        argument,
      )
    if (isSecret && !flag) shown.push('…')
    else if (flag && flag[2]) shown.push(flag[1] + '=…')
    else shown.push(quoteArgument(hideSecrets(argument)))
    isSecret = flag !== null && !flag[2]
  })
  return shown.join(' ')
}

/** Hides what comes before an @ or after a ? in a URL. */
function hideSecrets(argument: string): string {
  const scheme = argument.indexOf('://')
  if (scheme === -1) return argument
  const from = scheme + 3
  const query = argument.search(/[?#]/)
  const path = query === -1 ? argument : argument.slice(0, query)
  const at = argument.lastIndexOf('@')
  return (at < from ? path : path.slice(0, from) + '…' + path.slice(at)) + (query === -1 ? '' : '?…')
}

function quoteArgument(argument: string): string {
  if (/^[\w@%+=:,./\\…-]+$/.test(argument)) return argument
  return process.platform === 'win32' ? '"' + argument + '"' : "'" + argument.replace(/'/g, "'\\''") + "'"
}

/** Says what went wrong; with a stack trace only if asked for. */
function fail(error: unknown): void {
  const known = error instanceof Error ? (error as Error & { code?: unknown }) : null
  const isExpected =
    known !== null && (known.code === 'settings' || known.code === 'endpoint' || known.code === 'baseline')
  const message = known === null ? String(error) : known.message
  if (process.env['PLATEAU_DEBUG'] && known !== null) process.stderr.write(String(known.stack) + '\n')
  else if (isExpected) process.stderr.write(message + '\n')
  else process.stderr.write('Unexpected error: ' + message + ' (PLATEAU_DEBUG=1 shows where)\n')
  // 2: the settings are wrong. 3: it could not be measured.
  process.exitCode = known !== null && known.code === 'settings' ? 2 : 3
}

/** Ends the process on an unhandled error: what still runs can no longer be trusted. */
function end(error: unknown): void {
  fail(error)
  process.exit()
}
