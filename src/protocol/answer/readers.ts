import { createJsonReader } from './json-reader.ts'
import type { ReaderOptions, ResponseReader } from './reader.ts'
import { createStreamReader } from './stream-reader.ts'

/** A reader for one answer of that API. */
export function createResponseReader(options: ReaderOptions): ResponseReader {
  const framing = options.api.framing(options.task)
  return options.stream === false || framing === 'json'
    ? createJsonReader(options)
    : createStreamReader(options, framing)
}
