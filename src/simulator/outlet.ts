import type { ServerResponse } from 'node:http'
import { createGzip } from 'node:zlib'

/** Where the bytes of an answer go out. */
export interface Outlet {
  write(bytes: Buffer): void
  end(bytes: Buffer): void
  /** What `work` writes leaves in one piece. */
  together(work: () => void): void
}

/** Writes to a response, each piece at once, compressed or not. */
export function createOutlet(response: ServerResponse, compress: boolean): Outlet {
  if (compress) {
    const gzip = createGzip()
    gzip.on('data', (bytes: Buffer) => {
      if (!response.destroyed) response.write(bytes)
    })
    gzip.on('end', () => response.end())
    return {
      write(bytes) {
        gzip.write(bytes)
        gzip.flush()
      },
      end: (bytes) => void gzip.end(bytes),
      together: (work) => work(),
    }
  }
  let apart = true
  return {
    write(bytes) {
      if (bytes.length === 0) return
      response.write(bytes)
      // node:http corks the socket until the next tick, when a whole batch has been written; a stamp is true only when
      // the bytes leave now.
      if (apart) response.socket?.uncork()
    },
    end: (bytes) => void response.end(bytes),
    together(work) {
      apart = false
      work()
      apart = true
    },
  }
}
