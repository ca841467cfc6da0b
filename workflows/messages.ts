import { defineSignal, defineUpdate } from '@temporalio/workflow'

/** Something happened for this run: look who is ready. Carries nothing, so that many rings are as good as one. */
export const ring = defineSignal('ring')

/** These answer when they hold: after `pause` has answered, nothing more is sent. */
export const pause = defineUpdate<void>('pause')
export const resume = defineUpdate<void>('resume')
export const stop = defineUpdate<void>('stop')

export interface CampaignInput {
  campaign: number
  run: number
  finite: boolean
  /** Who enters by time or event needs no snapshot. */
  snapshot: boolean
  carry?: { nextWave: number; enrolling: boolean; paused: boolean }
}

export interface WaveInput {
  campaign: number
  run: number
  wave: number
  version: number
  place: number
  size: number
}
