import type { Mutant } from './mutant.ts'

const FILE = 'test/settings/prompts-file/prompts-file.test.ts'
const FORMS = 'test/settings/prompts-file/forms.test.ts'
const CHOICE = 'test/settings/prompts-file/choose-prompts.test.ts'

/** What is read of files of prompts, and which of them are sent. */
export const PROMPTS_MUTANTS: readonly Mutant[] = [
  {
    file: 'src/settings/prompts-file/prompts-file.ts',
    find: 'Math.floor((part * prompts.length) / sample)',
    replace: 'part',
    breaks: 'A sample has prompts of all lengths, and not the shortest ones',
    test: CHOICE,
  },
  {
    file: 'src/settings/prompts-file/prompts-file.ts',
    find: 'return shuffle(drawn, random)',
    replace: 'return drawn',
    breaks: 'The order of a sample says nothing of the lengths',
    test: CHOICE,
  },
  {
    file: 'src/settings/prompts-file/content.ts',
    find: 'messages.slice(0, last + 1)',
    replace: 'messages.slice(0)',
    breaks: 'An answer at the end of messages is not sent',
    test: FORMS,
  },
  {
    file: 'src/settings/prompts-file/content.ts',
    find: 'said.filter(({ who }) => SPEAKERS.asks.has(who))',
    replace: 'said',
    breaks: 'Of a conversation that begins with an answer the first question is sent',
    test: FORMS,
  },
  {
    file: 'src/settings/prompts-file/items.ts',
    find: 'if (byte === QUOTE) at = skipString(text, at)',
    replace: 'if (byte === BACKSLASH) at++',
    breaks: 'A bracket in a text does not end a list',
    test: FILE,
  },
]
