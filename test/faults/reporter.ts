import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery } from '../providers/sendgrid.ts'
import type { Plant } from './plant.ts'

/** The providers report what they took, in order, until it is taken from them; some of it twice. */
export function report(plant: Plant, random: () => number): { stop(): Promise<void> } {
  let ending = false
  let mail = 0
  let text = 0
  const work = (async () => {
    while (!ending || mail < plant.sendgrid.deliveries.length || text < plant.twilio.messages.length) {
      const deliveries = plant.sendgrid.deliveries.slice(mail, mail + 100)
      if (deliveries.length > 0 && (await taken(() => reportMail(plant, deliveries)))) mail += deliveries.length
      const messages = plant.twilio.messages.slice(text, text + 20)
      const statuses = ['sent', 'delivered'].slice(random() < 0.2 ? 1 : 0)
      if (messages.length > 0) {
        let well = true
        for (const status of statuses)
          well =
            (await taken(async () =>
              (await plant.twilio.report(status, messages, { repeat: 0.1 })).every(code => code === 200),
            )) && well
        if (well) text += messages.length
      }
      if (ending && plant.sendgrid.deliveries.length === mail && plant.twilio.messages.length === text) break
      await sleep(150)
    }
  })()
  return {
    stop: async () => {
      ending = true
      await work
    },
  }
}

async function reportMail(plant: Plant, deliveries: readonly Delivery[]): Promise<boolean> {
  const events = deliveries.flatMap(each => [plant.sendgrid.event('processed', each), plant.sendgrid.event('delivered', each)])
  const codes = await plant.sendgrid.report(events, { url: `${plant.url}/webhooks/sendgrid/events`, batch: 60, repeat: 0.1 })
  return codes.every(code => code === 200)
}

const taken = (work: () => Promise<boolean>): Promise<boolean> => work().catch(() => false)
