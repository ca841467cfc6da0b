import type { Campaign, Rule } from '../../api/contract.ts'

export interface Page<Item> {
  data: Item[]
  next: string | null
}

export interface CampaignView extends Campaign {
  id: string
  version: number
  status: 'draft' | 'enrolling' | 'running' | 'paused' | 'stopped' | 'completed'
  createdAt: string
  updatedAt: string
}

export interface SegmentView {
  key: string
  name: string
  rule: Rule
  summary: string
  version: number
  updatedAt: string
}
