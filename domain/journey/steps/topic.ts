import { type Fault, fault } from '../../errors.ts'
import type { CheckContext } from '../step-kind.ts'

/** That a step's topic is one of those people can choose. */
export const topicFaults = (topic: string | undefined, context: CheckContext): Fault[] =>
  topic === undefined || context.topics.includes(topic)
    ? []
    : [
        fault(
          '/topic',
          'unknownTopic',
          t => t.check.unknownTopic(topic),
          t => t.check.addTopic,
        ),
      ]
