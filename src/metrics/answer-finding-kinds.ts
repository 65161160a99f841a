/** What answers were like, and what that means for the figures: what each finding says, and what to do. */
export const ANSWER_FINDINGS = [
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
] as const
