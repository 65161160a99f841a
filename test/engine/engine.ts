/** The small part of node-llama-cpp that the test uses, typed here because the package is installed apart. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export interface LlamaModule {
  getLlama(options: {
    gpu: false
    build: 'never'
    skipDownload: true
    maxThreads: number
    logLevel: 'error'
  }): Promise<Llama>
}

export interface Llama {
  loadModel(options: { modelPath: string }): Promise<LlamaModel>
}

export interface LlamaModel {
  tokenize(text: string): number[]
  createContext(options: {
    sequences: number
    /** Tokens of each sequence. */
    contextSize: number
    batchSize: number
    threads: number
    flashAttention: boolean
  }): Promise<LlamaContext>
}

export interface LlamaContext {
  getSequence(): LlamaSequence
}

export interface LlamaSequence {
  clearHistory(): Promise<void>
  evaluate(
    tokens: number[],
    options: { temperature: number; topK: number; seed: number; yieldEogToken: boolean },
  ): AsyncIterable<number>
}

/** Loads node-llama-cpp from the folder that it was installed into. */
export async function loadEngine(folder: string): Promise<LlamaModule> {
  const entry = join(folder, 'node_modules', 'node-llama-cpp', 'dist', 'index.js')
  return (await import(pathToFileURL(entry).href)) as LlamaModule
}
