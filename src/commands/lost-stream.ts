/** The streams and the end of a process. */
type StreamsOfProcess = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'on' | 'exitCode'>

/** Exit code when all is well but for the output. */
const NOT_WRITTEN = 2

/**
 * A stream that takes nothing more ends nothing: files, history and exit code still count. Where the reader of stdout has
 * gone nobody is left to be told; when the result is lost in another way it is said, and the exit code is not 0.
 */
export function outliveStreams(process: StreamsOfProcess): void {
  let said = false
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || said) return
    said = true
    process.stderr.write(`stdout could not be written: ${message}; files and history are not affected\n`)
    process.on('exit', (exitCode) => {
      if (exitCode === 0) process.exitCode = NOT_WRITTEN
    })
  })
  // There is nowhere left to say it.
  process.stderr.on('error', () => {})
}
