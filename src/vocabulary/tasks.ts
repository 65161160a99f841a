/** What a request is for; Databricks serves all three behind one path, Ollama behind three. */
export type Task = 'chat' | 'completions' | 'embeddings'
