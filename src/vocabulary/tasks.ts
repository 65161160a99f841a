/** What a request is for. Some APIs serve all of them behind one path. */
export const TASKS = ['chat', 'completions', 'embeddings'] as const
export type Task = (typeof TASKS)[number]
