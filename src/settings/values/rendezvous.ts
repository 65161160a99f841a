import { readLine } from './simple.ts'
import { readHttpUrl } from './urls.ts'

/** Where the shards of a run meet. */
export type Rendezvous =
  { readonly kind: 'folder'; readonly folder: string } | { readonly kind: 'url'; readonly url: URL }

/** Reads a folder, or an http or https URL. */
export function readRendezvous(text: string): Rendezvous {
  const line = readLine(text)
  return /^https?:/i.test(line) ? { kind: 'url', url: readHttpUrl(line) } : { kind: 'folder', folder: line }
}
