import { expect, test } from 'vitest'
import { BaselineError, EndpointError, summariseError } from '../src/errors.ts'

test.each([
  [
    'the end of a log',
    new EndpointError('the server ended before it was ready\n  its log (a.log) is empty', {
      tried: 'GET /',
      remedy: 'start it by hand',
    }),
    'the server ended before it was ready; start it by hand',
  ],
  [
    'what was tried',
    new EndpointError('the endpoint refused the key', { tried: 'POST http://h/v1', remedy: 'check api-key' }),
    'the endpoint refused the key; check api-key',
  ],
  [
    'the full stop of a sentence',
    new BaselineError('The history is not a file.', { remedy: 'give the path of a file' }),
    'The history is not a file; give the path of a file',
  ],
])('an error on one line is without %s', (_, error, line) => {
  expect(summariseError(error)).toBe(line)
})
