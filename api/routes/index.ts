import type { Routes } from '../deps.ts'
import { health } from './health.ts'
import { ingestion } from './ingest.ts'
import { keys } from './keys.ts'
import { notBuilt } from './not-built.ts'
import { settings } from './settings.ts'

/** Every file of routes; a new one is one line here. */
export const routes: readonly Routes[] = [health, keys, ingestion, settings, notBuilt]
