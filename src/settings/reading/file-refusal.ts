/** A file that exists but must not be read. The message says why and what to do: half a sentence that follows its path. */
export class FileRefusal extends Error {
  override readonly name = 'FileRefusal'
}
