import { expect, test } from 'vitest'
import { readSources } from './sources.ts'

/** Where sentences are laid out, each of which has them from `render/view/`. */
const LAYOUTS = ['text', 'comment', 'page'].map((name) => `render/${name}.ts`)

/** The runs of three words and more in the texts of a source, between what is put into them. */
function phrasesOf(source: string): ReadonlySet<string> {
  const code = source.replaceAll(/\/\*[^]*?\*\/|^import [^]*? from .*$|^\s*\/\/.*$/gm, '')
  const texts = [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g)].map(([, one, other]) => one ?? other!)
  const phrases = texts.flatMap((text) => text.split(/\$\{[^}]*\}|[.:;,]/)).map((phrase) => phrase.trim().toLowerCase())
  return new Set(phrases.filter((phrase) => /^\p{L}+( \p{L}+){2,}$/u.test(phrase)))
}

test('the phrases of a source are found, and nothing else', () => {
  const source =
    "import { x } from './a b c.ts'\n/** Not this one here. */\nsay(`Not compared: ${x} is not there.`, 'two words')"
  expect([...phrasesOf(source)]).toEqual(['is not there'])
})

test('what two layouts say stands once in the view', () => {
  const sources = readSources()
  const said = LAYOUTS.flatMap((path) => [...phrasesOf(sources.get(path)!)])
  expect(said.length).toBeGreaterThan(10)
  expect(said.filter((phrase, i) => said.indexOf(phrase) !== i)).toEqual([])
})
