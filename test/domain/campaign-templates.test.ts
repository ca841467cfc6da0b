import { describe, expect, test } from 'vitest'
import { campaignSchema } from '../../domain/campaign/campaign.ts'
import { checkCampaign, notRunnable } from '../../domain/campaign/check.ts'
import { needsOf } from '../../domain/campaign/needs.ts'
import { templates } from '../../domain/campaign/templates/index.ts'
import { defaultSettings } from '../../domain/settings.ts'

describe('the ready campaigns', () => {
  test('are the eighteen a marketer asks for, each under a name of its own', () => {
    expect(templates).toHaveLength(18)
    expect(new Set(templates.map(({ key }) => key)).size).toBe(18)
  })

  test.each(templates.map(template => [template.key, template] as const))(
    '%s can be launched as it stands, in any installation with an address',
    (_, template) => {
      const document = campaignSchema.parse(template.document)
      const surroundings = { segment: () => undefined, topics: [], postalAddress: 'Main Street 1', money: defaultSettings() }
      expect(checkCampaign(document, surroundings)).toEqual({ problems: [], warnings: expect.any(Array) })
      expect(notRunnable(document)).toEqual([])
      // Nobody is skipped because a field is missing: every open place has a default.
      expect(needsOf(document)).toEqual([])
      expect(document.goals.map(goal => goal.kind)).toContain(template.goal)
    },
  )
})
