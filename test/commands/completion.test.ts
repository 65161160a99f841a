import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { loadCommands } from '../../src/command.ts'
import { renderCompletion } from '../../src/commands/completion.ts'
import { MERGE_SETTINGS } from '../../src/commands/merge.ts'
import { COMMAND_SETTINGS } from '../../src/settings/lists/run-settings.ts'
import { temporaryFolder } from '../support/cli.ts'

const SHOWN = new Set(['run', 'merge', 'history', 'completion'])
const COMMANDS = (await loadCommands()).filter(({ help }) => SHOWN.has(help.name))

function hasShell(shell: string): boolean {
  return spawnSync(shell, ['-c', 'exit 0']).status === 0
}

/** What bash would offer after these words, one list for each line; the last word is the one that is being written. */
function complete(...lines: readonly (readonly string[])[]): string[][] {
  return completeIn('/', ...lines)
}

function completeIn(folder: string, ...lines: readonly (readonly string[])[]): string[][] {
  const asks = lines.map((words) => {
    const quoted = ['plateau', ...words].map((word) => `'${word}'`).join(' ')
    return `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; _plateau; (IFS='|'; echo "\${COMPREPLY[*]}")`
  })
  const script = `${renderCompletion('bash', COMMANDS)}\n${asks.join('\n')}\n`
  const told = execFileSync('bash', ['--norc', '-c', script], { cwd: folder, encoding: 'utf8' }).split('\n')
  return lines.map((_, i) => told[i]!.split('|').filter((word) => word !== ''))
}

describe('bash itself', () => {
  it('completes commands, settings, the words of a setting, files and shells', () => {
    const [commands, help, flags, all, words, afterSign, begun, switched, files, free, shells] = complete(
      ['m'],
      ['help', 'r'],
      ['run', '--endp'],
      ['merge', '--'],
      ['run', '--format', ''],
      ['run', '--format', '='],
      ['run', '--format', '=', 'ma'],
      ['run', '--append', 'f'],
      ['run', '--report-json', '/us'],
      ['run', '--model', ''],
      ['completion', ''],
    )
    expect(commands).toEqual(['merge'])
    expect(help).toEqual(['run'])
    expect(flags).toEqual(['--endpoint', '--endpoint-label'])
    expect(all!.sort()).toEqual([...Object.values(MERGE_SETTINGS).map(({ name }) => `--${name}`), '--help'].sort())
    expect(words).toEqual(['text', 'json', 'markdown'])
    expect(afterSign).toEqual(words)
    expect(begun).toEqual(['markdown'])
    expect(switched).toEqual(['false'])
    expect(files).toEqual(['/usr'])
    expect(free).toEqual([])
    expect(shells).toEqual(['bash', 'zsh', 'fish'])
  })

  it('offers the words that this command takes, where another takes others, and those of a setting that takes more', () => {
    const [ofRun, ofHistory, auth, arrivals] = complete(
      ['run', '--format', ''],
      ['history', '--format', ''],
      ['run', '--auth', 'b'],
      ['run', '--arrivals', ''],
    )
    expect(ofRun).toEqual(['text', 'json', 'markdown'])
    expect(ofHistory).toEqual(['text', 'markdown', 'html', 'json'])
    expect(auth).toEqual(['bearer', 'basic'])
    expect(arrivals).toEqual(['poisson', 'constant'])
  })

  it('offers a file as it is called, whatever its name would mean to a shell', () => {
    const folder = temporaryFolder()
    const names = ['a b.json', 'a*', 'a$(touch ran)', 'a;b']
    for (const name of names) writeFileSync(join(folder, name), '')
    const [files] = completeIn(folder, ['run', '--report-json', 'a'])
    expect(files!.sort()).toEqual(names.sort())
    expect(completeIn(folder, ['run', '--report-json', 'r'])).toEqual([[]])
  })

  it('offers words of each setting whose value is a word', () => {
    const wordless = Object.values(COMMAND_SETTINGS).filter(
      ({ placeholder, read }) => placeholder === 'WORD' && !('words' in read),
    )
    expect(wordless.map(({ name }) => name)).toEqual([])
  })

  it('and every other shell that is here takes its script', () => {
    const here = (['bash', 'zsh', 'fish'] as const).filter(hasShell)
    expect(here).toContain('bash')
    for (const shell of here)
      expect(spawnSync(shell, ['-n', '-c', renderCompletion(shell, COMMANDS)]).status, shell).toBe(0)
    if (here.includes('zsh'))
      expect(completeInZsh()).toEqual([
        ['merge'],
        ['statistical'],
        ['--endpoint', '--endpoint-label'],
        ['bash', 'zsh', 'fish'],
      ])
    if (here.includes('fish')) expect(completeInFish()).toEqual(['merge', '--decision=statistical', 'bash fish zsh'])
  })
})

/** What fish offers after a begun command, setting, word and shell. */
function completeInFish(): string[] {
  const lines = ['plateau me', 'plateau run --decision=s', 'plateau completion ']
  const asks = lines.map((line) => `echo (complete -C '${line}' | string replace -r '\\t.*' '' | sort)`)
  const script = [renderCompletion('fish', COMMANDS), ...asks].join('\n')
  return execFileSync('fish', ['--no-config', '-c', script], { encoding: 'utf8' }).trimEnd().split('\n')
}

/** What zsh offers for the same, read from its line editor: a widget's completions are not to be had otherwise. */
function completeInZsh(): string[][] {
  const lines = ['plateau me', 'plateau run --decision=s', 'plateau run --endp', 'plateau completion ']
  const folder = temporaryFolder()
  const [init, drive] = [join(folder, 'init.zsh'), join(folder, 'drive.zsh')]
  // What is offered stands between two bytes of zero: so nothing waits for a time.
  writeFileSync(
    init,
    `PROMPT=
autoload -U compinit
compinit -C -D
${renderCompletion('zsh', COMMANDS)}
bindkey '^I' complete-word
# Both lists are emptied whenever they were used.
before () { print -rn -- $'\\0'; compprefuncs=(before) }
after () { print -rn -- $'\\0'; comppostfuncs=(after) }
compprefuncs=(before)
comppostfuncs=(after)
compadd () {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return $?; fi
  local -a hits
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- $hits
  return 0
}
print ready
`,
  )
  writeFileSync(
    drive,
    `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'source ${init}'
until [[ $line == *ready* ]]; do zpty -r shell line; done
for line in "$@"; do
  zpty -w -n shell $'\\x15'"$line"$'\\t'
  zpty -r shell said $'*\\0*\\0'
  print -r -- \${\${said%$'\\0'}##*$'\\0'}
done
zpty -d shell
`,
  )
  const told = execFileSync('zsh', ['-f', drive, ...lines], { encoding: 'utf8', timeout: 120_000 })
  return told
    .trimEnd()
    .split(/\r?\n\n/)
    .map((words) => words.split(/\r?\n/).map((word) => word.trim()))
}

test('every setting of every command is in the script of every shell, and quoted so that help ends nothing', () => {
  const [bash, zsh, fish] = (['bash', 'zsh', 'fish'] as const).map((shell) => renderCompletion(shell, COMMANDS))
  for (const { name, help } of Object.values(COMMAND_SETTINGS)) {
    expect(bash).toContain(`--${name}`)
    expect(zsh).toContain(`*--${name}`)
    expect(fish).toContain(` -l ${name} `)
    expect(fish).toContain(help.replaceAll(/['\\]/g, String.raw`\$&`))
  }
  for (const line of fish!.split('\n')) expect(line.replaceAll(/\\./g, '').split("'").length % 2, line).toBe(1)
  for (const line of zsh!.split('\n')) {
    if (!line.startsWith('#')) expect(line.replaceAll(String.raw`'\''`, '').split("'").length % 2, line).toBe(1)
  }
})
