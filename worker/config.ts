import { type ConnectedConfig, readConnectedConfig } from '../domain/config.ts'

/** The environment of this worker process, read once. */
export const readWorkerConfig = (): ConnectedConfig => readConnectedConfig(process.env)
