/** Where `outputTokens` comes from. Different sources: TPOT and throughput are not compared. */
export type TokenSource = 'usage' | 'usage+reasoning' | 'server-final' | 'chunks'
