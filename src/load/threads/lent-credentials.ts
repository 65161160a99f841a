/** How threads prove who they are with a token that only the main thread fetches: what they ask of it, and its answers. */

import { EndpointError, toTrouble } from '../../errors.ts'
import type { EndpointTrouble } from '../../errors.ts'
import { createLastLetIn } from '../auth/authorizers.ts'
import type { Authorizer, LentProof, ProofHeaders, TimePorts } from '../ports.ts'

/**
 * What a thread asks of the main thread, which has the token: to refresh it in time, or to renew a refused one; and
 * what it reports.
 */
export type ProofQuestion =
  { readonly kind: 'refresh' } | { readonly kind: 'renew' | 'accepted'; readonly sent: ProofHeaders }

/** The answer, as data. */
export interface ProofAnswer {
  readonly proof: LentProof
  /** For `renew`: whether the next request has other credentials. */
  readonly isRenewed: boolean
  readonly acceptedUntil: Date | null
  /** Why there are no credentials. */
  readonly error: EndpointTrouble | null
}

/** Answers a thread with the run's authorizer, so that a token is fetched once for all threads. */
export async function answerProofQuestion(
  auth: Authorizer & { lend(): LentProof },
  question: ProofQuestion,
  signal: AbortSignal,
): Promise<ProofAnswer> {
  let isRenewed = false
  let error: EndpointError | null = null
  try {
    if (question.kind === 'refresh') await auth.refresh(signal)
    else if (question.kind === 'accepted') auth.noteAccepted(question.sent)
    else isRenewed = await auth.renew(question.sent, signal)
  } catch (thrown) {
    if (!(thrown instanceof EndpointError)) throw thrown
    error = thrown
  }
  return { proof: auth.lend(), isRenewed, acceptedUntil: auth.acceptedUntil(), error: error && toTrouble(error) }
}

/**
 * Creates an authorizer for a thread, with credentials lent by the run's. It asks for new ones when these are stale
 * or refused. These were last accepted at `before`.
 */
export function createLentAuthorizer(
  first: LentProof,
  ask: (question: ProofQuestion) => Promise<ProofAnswer>,
  ports: TimePorts,
  before: Date | null = null,
): Authorizer {
  const acceptance = createLastLetIn(ports)
  const letIn = new Set<string>()
  let held = first
  let knownUntil = before
  let pending: Promise<boolean> | null = null

  async function askOnce(question: ProofQuestion): Promise<boolean> {
    const { proof, isRenewed, acceptedUntil, error } = await ask(question)
    held = proof
    knownUntil = acceptedUntil
    if (error !== null) throw new EndpointError(error.what, error)
    return isRenewed
  }

  /** Shares one question among all workers of this thread. */
  async function askTogether(question: ProofQuestion): Promise<boolean> {
    pending ??= askOnce(question).finally(() => (pending = null))
    return pending
  }

  const isStale = (): boolean => ports.clock.now() >= held.staleAt
  return {
    acceptedUntil: () => acceptance.acceptedUntil() ?? knownUntil,
    get stale() {
      return isStale()
    },
    headers: () => held.headers,
    holds: (made) => keyOf(made) === keyOf(held.headers),
    async refresh() {
      if (isStale()) await askTogether({ kind: 'refresh' })
    },
    noteAccepted(sent) {
      acceptance.noteAccepted(sent)
      if (letIn.has(keyOf(sent))) return
      letIn.add(keyOf(sent))
      void ask({ kind: 'accepted', sent })
    },
    async renew(sent) {
      // Another worker has already renewed it.
      if (keyOf(sent) !== keyOf(held.headers)) return true
      await pending
      if (keyOf(sent) !== keyOf(held.headers)) return true
      return askTogether({ kind: 'renew', sent })
    },
  }
}

function keyOf(sent: ProofHeaders): string {
  return sent['authorization'] ?? ''
}
