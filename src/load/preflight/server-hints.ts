import type { Server } from '../../protocol/servers/servers.ts'
import type { Settings } from '../../settings.ts'
import { plain } from '../../text.ts'

/** What is known of the server and stands against the levels that are planned, said before their time is spent. */
export function serverHints(
  server: Server | null,
  settings: Pick<Settings, 'concurrency' | 'maxConcurrency'>,
): string[] {
  if (server === null) return []
  const highest = settings.concurrency === 'auto' ? settings.maxConcurrency : Math.max(...settings.concurrency)
  const name = plain(server.name ?? 'the server')
  const { atOnce } = server
  if (atOnce !== null && atOnce.requests < highest) {
    const from = `from concurrency ${atOnce.requests + 1} on`
    return [
      atOnce.beyond === 'queue'
        ? `${name} works on ${atOnce.requests} requests at once: ${from} requests queue (llama.cpp: --parallel)`
        : `${name} takes ${atOnce.requests} requests at once: ${from} it refuses some (--max-concurrent-requests)`,
    ]
  }
  // It tells nobody how many.
  if (server.name === 'Ollama' && highest > 1) {
    return ['Ollama works on OLLAMA_NUM_PARALLEL requests at once, one unless it is set: beyond that requests queue']
  }
  return []
}
