import { VENDOR_FINDINGS } from '../vendors/vendor.ts'
import { MORE_OPEN_FILES } from '../vocabulary/failure-classes.ts'
import { SETTINGS_OF_LESS_LOAD } from '../vocabulary/load.ts'

/** Something that readers of a report must know about how it was measured. */
export interface Finding {
  /** A code of `FINDINGS`. */
  readonly code: FindingCode
  /** Concurrency of the level it was seen at; absent when it is about the whole run. */
  readonly level?: number
  /** One sentence with the numbers. */
  readonly message: string
}

interface FindingKind {
  readonly code: string
  /** One sentence. */
  readonly meaning: string
  readonly remedy: string
  /** Where the figures of the level must not be used. */
  readonly invalidates?: true
}

/** Each finding, what it means and what to do; docs are generated from this list. */
export const FINDINGS = [
  {
    code: 'no-success',
    meaning: 'No request of the level succeeded.',
    remedy: 'Read the failure classes; send one request by hand with the same URL (`endpoint`), `model` and `api-key`.',
    invalidates: true,
  },
  {
    code: 'errors',
    meaning: 'Clearly more than 1 % of the requests failed (one-sided 95 % bound).',
    remedy: `Read the failure classes and the server log; a lower load (${SETTINGS_OF_LESS_LOAD}) avoids an overloaded server.`,
    invalidates: true,
  },
  {
    code: 'rate-limited',
    meaning: 'The server refused more than 1 % of the requests with 429: limited, not slow.',
    remedy: `Raise the rate limit of this key, or lower the load (${SETTINGS_OF_LESS_LOAD}).`,
    invalidates: true,
  },
  {
    code: 'too-few-requests',
    meaning: 'A pass has fewer than three counted requests, or fewer than one for each worker.',
    remedy:
      'Raise `level-duration`, or the budget that cut it (`max-duration`, `max-requests`, `max-output-tokens`), or lower `output-tokens` or a `rate` that is not carried; of a trace replay more requests.',
    invalidates: true,
  },
  {
    code: 'not-full',
    meaning: 'The level did not keep its concurrency: workers were idle for part of the window.',
    remedy: 'Look for slow connects or a proxy that closes connections; 95 % of the workers must be busy on average.',
    invalidates: true,
  },
  {
    code: 'overloaded',
    meaning:
      'At this load more requests came than the server ended: its queue grew without end, and what it shows depends on how long it was looked at.',
    remedy:
      'With a list, lower `rate` or `trace-speed`; with `auto` the search was to find it: the highest one that is held is the load that this server carries.',
    invalidates: true,
  },
  {
    code: 'ceiling',
    meaning:
      'More than 1 % of the requests waited because `max-in-flight` were under way: the server had another load than the one that was asked for.',
    remedy: 'Raise `max-in-flight`, or list a lower `rate` or `trace-speed`.',
    invalidates: true,
  },
  {
    code: 'late',
    meaning: 'This machine sent requests later than they were due, by more than their times may be off.',
    remedy: 'Use a runner with more cores or less other work, or list a lower `rate` or `trace-speed`.',
    invalidates: true,
  },
  {
    code: 'client-saturated',
    meaning: 'This machine was too busy: it, not the server, was the bottleneck.',
    remedy: `Use a runner with more cores or less other work; where only high levels show it, leave \`client-threads\` to auto or lower the load (${SETTINGS_OF_LESS_LOAD}).`,
    invalidates: true,
  },
  {
    code: 'client-limit',
    meaning: 'The measuring machine ran into a limit of its own, so that requests were never sent.',
    remedy: `Raise the limit that is named (open files: \`ulimit -n\`; local ports; memory), or lower the load (${SETTINGS_OF_LESS_LOAD}); none of it says anything about the server.`,
    invalidates: true,
  },
  {
    code: 'insecure-tls',
    meaning:
      'The certificate of the endpoint was not checked (`insecure-tls`): who was measured, and who could read the key, is not known.',
    remedy: 'Give the authority of its certificate in `ca-cert`, and remove `insecure-tls`.',
  },
  {
    code: 'open-files',
    meaning: 'The plan needs more open files than this machine may have: each connection is one.',
    remedy: MORE_OPEN_FILES,
  },
  {
    code: 'beyond-proof',
    meaning: 'The plan may need more tokens a second than this machine was proven to read in time.',
    remedy: `Lower the load (${SETTINGS_OF_LESS_LOAD}), or use a machine with faster cores or less other work; levels at which the client was too busy say so themselves.`,
  },
  {
    code: 'self-proof-missing',
    meaning: 'How accurately this machine times was not tested before the load; the run went on without it.',
    remedy:
      'Measure when this machine has less to do, or on one with more cores or less other work: the proof starts a process of its own on 127.0.0.1, and has 1.5 s. Where that process cannot start at all, `self-proof: false` skips the proof.',
  },
  {
    code: 'served-model-changed',
    meaning: 'The server named more than one model or build while it was measured.',
    remedy: 'Wait for the rollout to end; `expect-version` waits for it.',
    invalidates: true,
  },
  {
    code: 'config-updated',
    meaning: 'The configuration of the serving endpoint was changed while it was measured.',
    remedy: 'Let nobody deploy to the endpoint during a run; measure again when the update has ended.',
    invalidates: true,
  },
  {
    code: 'drift',
    meaning: 'The second half of the window was faster or slower than the first.',
    remedy: 'Warm the server up (`warmup-requests`), or look for other load, autoscaling or throttling.',
    invalidates: true,
  },
  {
    code: 'foreign-load',
    meaning:
      'The server had more requests, by its own metrics, than this run had sent: others were using it, or something in between sends more than it gets.',
    remedy:
      'Keep other load away while it is measured, and measure again. Where the metrics are of other servers too, `server-metrics` can name a page of this one alone, or say off.',
    invalidates: true,
  },
  {
    code: 'littles-law',
    meaning:
      'Requests in flight do not match request rate times mean time: the answers of the window are not those of a steady load.',
    remedy:
      'Look for a machine that was paused (a virtual machine, a laptop that slept) or a server whose answers came in waves, and measure again, longer (`level-duration`).',
    invalidates: true,
  },
  {
    code: 'cancelled',
    meaning: 'The run was interrupted before it ended.',
    remedy: 'Run again.',
    invalidates: true,
  },
  {
    code: 'ended-early',
    meaning:
      'An interrupt came when some of the sessions or runs, or the first look, were complete: these are judged, without the rest.',
    remedy: 'Where that does not decide, run again, to the end.',
  },
  {
    code: 'second-look',
    meaning: 'Found in the second look, the fresh passes over what looked worse: the first one need not have had it.',
    remedy: 'As for what was found.',
  },
  {
    code: 'endpoint-gone',
    meaning: 'The endpoint no longer answered when the sweep had ended.',
    remedy: 'Look at the server log: it died or was replaced under load.',
    invalidates: true,
  },
  {
    code: 'not-settled',
    meaning:
      'The soak ended without settling, after a minute or because the engine became no faster: it may still be warming up, or its times vary a lot.',
    remedy: 'Warm the endpoint up before the run, or look for other load on it or on this machine.',
  },
  {
    code: 'sentinel-drift',
    meaning: 'The same single request became faster or slower in the course of the run.',
    remedy: 'Look for other load on the server, autoscaling or throttling; measure again.',
  },
  {
    code: 'server-ttft-off',
    meaning: 'TTFT as the client sees it does not fit TTFT as the server measures it, over the same requests.',
    remedy:
      'Far above the server: look for a slow network, a gateway, or a proxy that holds the first tokens back. Below: the metrics are of another server, or tell something else.',
  },
  {
    code: 'server-restarted',
    meaning: 'Counters of the server fell while a level was measured: it was restarted, or several answer in turn.',
    remedy: 'Look at the server log; for several servers name a page with their sums in `server-metrics`, or say off.',
  },
  {
    code: 'server-metrics-unread',
    meaning: 'No metrics of the server could be read where `server-metrics` says that they are.',
    remedy: 'Open the URL by hand; it must answer with the Prometheus metrics of the server, without a redirect.',
  },
  {
    code: 'gateway-cached',
    meaning: 'A gateway answered more than 1 % of the requests from a cache of whole answers: no model saw them.',
    remedy: 'Switch the cache of the gateway off for the test, or measure the server behind it.',
    invalidates: true,
  },
  {
    code: 'gateway-fell-back',
    meaning: 'A gateway sent more than 1 % of the requests to another model or deployment than was asked for.',
    remedy: 'Switch fallbacks off for the test, or measure the server behind the gateway; it fails where this is seen.',
    invalidates: true,
  },
  {
    code: 'token-renewed',
    meaning: 'A token was refused before its time and a new one fetched; the refused requests are left out.',
    remedy: 'Look at who revokes tokens, or at the clocks of the endpoint and of this machine.',
  },
  {
    code: 'gateway-retried',
    meaning: 'A gateway repeated failed requests: failures are hidden, and their time is part of the latencies.',
    remedy: 'Switch retries of the gateway off for the test, and look at why the server behind it fails.',
  },
  {
    code: 'cold-load',
    meaning: 'The server had to load the model before it answered counted requests.',
    remedy: 'Keep the model loaded (Ollama: `keep_alive`, OLLAMA_KEEP_ALIVE), and let nobody ask for another one.',
  },
  // What answers were like, and what that means for the figures.
  {
    code: 'hidden-tail',
    meaning: 'Streams stay open long after their last token, which users notice and latency does not show.',
    remedy: 'Look for slow logging, moderation or usage accounting after generation.',
  },
  {
    code: 'short',
    meaning: 'More than 5 % of the answers are shorter than asked for: throughput compares only per token.',
    remedy: 'Use an endpoint that honours `ignore_eos`, or prompts that ask for longer answers.',
  },
  {
    code: 'cached',
    meaning: 'More than 5 % of the input tokens came from a prefix cache: TTFT looks better than it is.',
    remedy: 'Switch the cache off for the test, or say `prefix-cache: allow` to measure it on purpose.',
  },
  {
    code: 'buffered',
    meaning: 'Answers arrive all at once: TTFT and TPOT say nothing about the model and are left out.',
    remedy:
      'Switch off response buffering (nginx: `proxy_buffering off`) and compression in front of the server; until then `--cross-check three-point` of the command measures both without streams.',
  },
  {
    code: 'bundled',
    meaning: 'Single answers arrived all at once among others that streamed: they are left out of TTFT and TPOT.',
    remedy: 'Few of them are a stall of the network or of this machine; many point at one replica whose proxy buffers.',
  },
  {
    code: 'compressed',
    meaning: 'Answers are compressed, which delays the tokens of a stream until a block is full.',
    remedy:
      'Switch off compression for `text/event-stream` (`application/json` where nothing streams) in the server or proxy; where users get it compressed, compare only runs that ask for it (`headers`: Accept-Encoding).',
  },
  {
    code: 'held-back',
    meaning:
      'Tokens arrive in bursts at fixed intervals: something in between holds them back by time. TTFT and TPOT are not the model’s, and are left out.',
    remedy:
      'Have it pass on what it has: HAProxy `option http-no-delay`; Traefik `responseForwarding.flushInterval: -1`; Caddy `flush_interval -1`. Switching buffering off (`proxy_buffering`) changes nothing here. A buffer of an odd size that a steady model fills looks the same: have a proxy of your own pass on every event.',
  },
  {
    code: 'bursts',
    meaning:
      'Tokens arrive in bursts: something in between holds them back until its buffer is full. TTFT and TPOT are those of the buffer, and are left out.',
    remedy:
      'Switch off response buffering in front of the server (nginx: `proxy_buffering off` and `proxy_http_version 1.1`, or the header `X-Accel-Buffering: no` of the answer; Apache: `flushpackets=on`) and compression.',
  },
  {
    code: 'unknown-events',
    meaning:
      'Events of the stream are not of this API, or hold a text in an unknown member: TTFT and token counts may miss them.',
    remedy: 'Check `api`; if it is right, please report this with a recording of the stream.',
  },
  {
    code: 'reasoning-in-text',
    meaning:
      'The model reasons between tags (`<think>`) inside the text of its answers: when the answer itself begins is not known, so there is no TTFO.',
    remedy:
      'Have the server separate reasoning from text (vLLM, SGLang: `--reasoning-parser`), or switch reasoning off with `extra-body`.',
  },
  {
    code: 'content-filter',
    meaning: 'A content filter withheld or cut answers: they are shorter than the model would have made them.',
    remedy: 'Switch the filter off for the test, or give prompts that it lets pass (`prompts-file`).',
  },
  {
    code: 'impossible-count',
    meaning:
      'The server states token counts that cannot be true: events are counted instead, an estimate: TPOT and throughput are not compared with runs whose counts were believed, and no limit on them is decided.',
    remedy: 'Look at who counts: a gateway may count in its own way, or repeat what stood in one event.',
  },
  {
    code: 'chunk-tokens',
    meaning: 'The server does not state token counts: events are counted instead, an estimate.',
    remedy:
      'Enable usage in streams where the server can (`stream_options.include_usage`); else compare only runs of the same model and server.',
  },
  {
    code: 'token-sources-differ',
    meaning: 'Token counts come from different sources within the level.',
    remedy: 'Look for replicas with different versions behind the endpoint.',
  },
  {
    code: 'reconnected',
    meaning: 'The server closed idle connections; requests had to be replayed on new ones.',
    remedy: 'Raise the keep-alive timeout of the server or proxy above the time of one answer.',
  },
  {
    code: 'no-keep-alive',
    meaning: 'Nearly every request had to open a connection, so each user pays for connecting.',
    remedy: 'Enable HTTP keep-alive on the server or proxy.',
  },
  {
    code: 'rate-limit-too-low',
    meaning: 'The rate-limit headers allow less than the plan needs.',
    remedy: `Raise the rate limit of this key, or lower the load (${SETTINGS_OF_LESS_LOAD}) and \`level-duration\`.`,
  },
  {
    code: 'output-length-ignored',
    meaning: 'The server does not stop at the output length asked for.',
    remedy: 'Check that the server honours `max_tokens`; answers of different lengths blur every figure.',
  },
  {
    code: 'input-length-off',
    meaning: 'The server counts the prompt as clearly longer or shorter than asked for.',
    remedy: 'Compare only runs of the same tokenizer, or use `prompts-file`.',
  },
  {
    code: 'images-uncounted',
    meaning: 'The server counts no tokens for the `images` of a request.',
    remedy: 'Check that the model reads images: one that drops them without a word is measured by its text alone.',
  },
  {
    code: 'hidden-reasoning',
    meaning:
      'The model reasons before it answers and the stream does not show it: TTFT contains the reasoning, and there is no TPOT where the server does not count it apart.',
    remedy: 'Switch reasoning off with `extra-body`, or read TTFT as time to the first visible token.',
  },
  ...VENDOR_FINDINGS,
  {
    code: 'cross-check-differs',
    meaning: 'TTFT or TPOT of answers that do not stream differs clearly from that of streams.',
    remedy:
      'Look for what treats the two differently: a proxy that holds streams back, hidden tokens, or batched chunks.',
  },
  {
    code: 'cross-check-skipped',
    meaning: 'The three-point cross-check was asked for and could not be made.',
    remedy: 'The message says why; budgets are `max-duration`, `max-requests` and `max-output-tokens`.',
  },
  {
    code: 'control-missing',
    meaning: 'The control was not there, or died: the run is judged by the recorded runs alone.',
    remedy: 'Look at the server of the control and at `control`; the log of this run shows what happened.',
  },
  {
    code: 'control-differs',
    meaning: 'Endpoint and control differ in more than the change, so that they share less.',
    remedy: 'Deploy both alike. Without recorded pairs a difference between the two looks like one of the change.',
  },
  {
    code: 'control-same',
    meaning: 'Endpoint and control are the same: what differs between the two is noise, which is worth knowing once.',
    remedy: 'Point `control` at a deployment of main to judge a change.',
  },
  {
    code: 'control-apart',
    meaning: 'Endpoint and control were to be loaded at the same time, but took turns.',
    remedy: 'Deploy them on hardware of their own, or remove `control-timing`.',
  },
  {
    code: 'plan-cut',
    meaning: 'The budget did not hold the whole plan; what was cut costs precision.',
    remedy:
      'Raise the budget to what the message says would do, or ask for less: fewer levels (`concurrency`, `rate`), fewer `passes`, a shorter `level-duration`.',
  },
] as const satisfies readonly FindingKind[]

export type FindingCode = (typeof FINDINGS)[number]['code']

const BY_CODE: ReadonlyMap<string, FindingKind> = new Map(FINDINGS.map((kind) => [kind.code, kind]))

/** Whether what it is about, a level or the whole run, must not be used. */
export function invalidates({ code }: { readonly code: string }): boolean {
  return lookUpFinding(code)?.invalidates ?? false
}

/** What a code means and what to do; null for a code from a newer version. */
export function lookUpFinding(code: string): FindingKind | null {
  return BY_CODE.get(code) ?? null
}
