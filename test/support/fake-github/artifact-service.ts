import { createHash } from 'node:crypto'
import type { Artifact, State } from './state.ts'

/** What a runner's token of the artifact service stands for. */
export interface RuntimeScope {
  readonly runId: number
  readonly job: string
}

/** The answer of a service that speaks JSON. */
export interface ServiceReply {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
}

/** The service that takes artifacts: names are reserved, bytes go to the blob host, and a last call makes them exist. */
export interface ArtifactService {
  /** A token for one job of one run, in the form in which the client reads the ids of both from it. */
  tokenFor(scope: RuntimeScope): string
  /** One call of the service. Fields are those of its protocol, as the client writes them. */
  call(method: string, authorization: string, body: Readonly<Record<string, unknown>>): ServiceReply
}

/** Bytes on another host, reached by signed addresses only. */
export interface BlobHost {
  readonly blobs: Map<string, Uint8Array>
  /** The address of a blob with a signature that holds for it alone. */
  signedUrl(blob: string): string
  readonly blocks: Map<string, Map<string, Uint8Array>>
}

interface Reserved {
  readonly runId: number
  readonly name: string
  readonly blob: string
}

/** Starts without an artifact; those that arrive join `state.artifacts`. */
export function createArtifactService(state: State, host: BlobHost): ArtifactService {
  const reserved: Reserved[] = []
  const scopes = new Map<string, RuntimeScope>()
  const failure = (status: number, code: string, msg: string): ServiceReply => ({ status, json: { code, msg } })

  function create(runId: number, name: string): ServiceReply {
    const taken = [...reserved, ...state.artifacts.map(({ run, name }) => ({ runId: run.id, name }))]
    if (taken.some((other) => other.runId === runId && other.name === name)) {
      return failure(409, 'already_exists', 'an artifact with this name already exists on the workflow run')
    }
    const blob = `artifacts-${runId}/${reserved.length + 1}`
    reserved.push({ runId, name, blob })
    return { status: 200, json: { ok: true, signed_upload_url: host.signedUrl(blob) } }
  }

  function finalize(runId: number, name: string, size: string, hash: string | null): ServiceReply {
    const place = reserved.find((other) => other.runId === runId && other.name === name)
    const zip = place === undefined ? undefined : host.blobs.get(place.blob)
    const run = state.runs.find(({ id }) => id === runId)
    if (zip === undefined || run === undefined) return failure(404, 'not_found', 'no such artifact')
    const digest = `sha256:${createHash('sha256').update(zip).digest('hex')}`
    if (String(zip.length) !== size) return failure(400, 'invalid_argument', 'size differs from what was uploaded')
    if (hash !== null && hash !== digest) return failure(400, 'invalid_argument', 'hash differs from what was uploaded')
    const at = new Date().toISOString()
    const artifact: Artifact = { id: state.nextId(), run, name, zip, digest, expired: false, createdAt: at }
    state.artifacts.push(artifact)
    return { status: 200, json: { ok: true, artifact_id: String(artifact.id) } }
  }

  return {
    tokenFor(scope) {
      const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
      const results = `Actions.Results:run-${scope.runId}:job-${scope.job}`
      const payload = { scp: `Actions.GenericRead:00000000 ${results}`, iss: 'fake' }
      const token = `${part({ alg: 'none' })}.${part(payload)}.signature`
      scopes.set(token, scope)
      return token
    },
    call(method, authorization, body) {
      const scope = scopes.get(authorization.replace(/^Bearer /, ''))
      if (scope === undefined) return failure(401, 'unauthenticated', 'token is not known')
      if (body['workflow_run_backend_id'] !== `run-${scope.runId}`) {
        return failure(403, 'permission_denied', 'the token is of another run')
      }
      const name = textOf(body['name']) ?? ''
      const hash = textOf(body['hash'])
      if (method === 'CreateArtifact') return create(scope.runId, name)
      if (method === 'FinalizeArtifact') return finalize(scope.runId, name, textOf(body['size']) ?? '0', hash)
      return failure(404, 'bad_route', `no such method: ${method}`)
    },
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
